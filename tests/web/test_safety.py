# SPDX-License-Identifier: AGPL-3.0-or-later
"""The operator's pages about backups, the log and its witnesses, full checks, and what is open on a line."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ringtausch_node.backup import restore_backup
from ringtausch_node.bootstrap import Ring
from ringtausch_node.store import Tx
from ringtausch_node.upkeep.backups import AGAIN_SECONDS, KEPT
from ringtausch_node.web import WebLimits
from tests.federation.stating import a_day_later, are_signed
from tests.federation.towns import Towns, end_of, pay, peer, talk
from tests.serving.wire import listening
from tests.web.conftest import Oak, Pages, text_of

BACKUP, LOG = "/betrieb/sicherung", "/betrieb/protokoll"


def lying(ring: Ring) -> list[Path]:
    return sorted((ring.folder.path / "backups").glob("*"))


async def test_a_backup_made_by_page_can_be_restored_and_is_for_its_owner_alone(oak: Oak, tmp_path: Path) -> None:
    olga = await oak.member("olga")
    assert "noch keine Sicherung" in text_of(await olga.get(BACKUP))
    assert 303 == (await olga.send(BACKUP, BACKUP)).status
    [file] = lying(oak.ring)
    assert (0o600, 0o700) == tuple(stat.S_IMODE(path.stat().st_mode) for path in (file, file.parent))
    page = text_of(await olga.get(BACKUP))
    assert [True] * 3 == [part in page for part in ("Die letzte ist vom", str(file), f"ringtausch restore {file.name}")]
    assert "oak.example" == restore_backup(file, tmp_path / "new", mark=b"m" * 16, at=1).address


async def test_twenty_clicks_at_once_make_one_backup(oak: Oak) -> None:
    olga = await oak.member("olga")
    hidden = olga.hidden(await olga.get(BACKUP), BACKUP)
    heard = await asyncio.gather(*(olga.post(BACKUP, hidden) for _ in range(20)))
    assert ({303}, 1) == ({each.status for each in heard}, len(lying(oak.ring)))


async def test_only_the_newest_backups_stay_and_nothing_else_is_taken_away(
    oak: Oak, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = oak.ring.clock.now()
    await oak.ring.backups.make_here()
    (oak.ring.folder.path / "backups" / "von Hand.tar").write_bytes(b"x")
    for turn in range(1, KEPT + 2):
        monkeypatch.setattr(oak.ring.clock, "now", lambda turn=turn: now + turn * AGAIN_SECONDS)
        await oak.ring.backups.make_here()
    assert (KEPT, KEPT + 1) == (len(oak.ring.backups.here()), len(lying(oak.ring)))


async def test_a_backup_of_a_clock_that_was_ahead_does_not_keep_the_next_away(
    oak: Oak, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = oak.ring.clock.now()
    for moment in (now + 3 * AGAIN_SECONDS, now):
        monkeypatch.setattr(oak.ring.clock, "now", lambda moment=moment: moment)
        await oak.ring.backups.make_here()
    assert 2 == len(lying(oak.ring))


async def test_a_backup_that_cannot_be_written_says_so(oak: Oak) -> None:
    olga = await oak.member("olga")
    (oak.ring.folder.path / "backups").write_text("in the way")
    heard = await olga.send(BACKUP, BACKUP)
    assert (422, True) == (heard.status, "Das hat noch nicht geklappt" in text_of(heard))


async def test_everything_is_recomputed_in_the_background(oak: Oak) -> None:
    olga = await oak.member("olga")
    assert 303 == (await olga.send(LOG, f"{LOG}/nachrechnen")).status
    async with asyncio.timeout(20):
        while oak.ring.checking.last is None:
            await oak.ring.store.read(lambda tx: tx.one("SELECT 1"))
    page = text_of(await olga.get(LOG))
    assert ("Alles stimmt." in page, "gerade wird nachgerechnet" in page.lower()) == (True, False)


async def test_what_does_not_fit_is_named(oak: Oak) -> None:
    olga = await oak.member("olga")

    def break_books(tx: Tx) -> None:
        for sql in ("DROP TRIGGER balance_follows_entries", "UPDATE account SET balance_seconds = balance_seconds + 1"):
            tx.execute(sql)

    await oak.ring.store.write(break_books)
    oak.ring.checking.begin()
    assert oak.ring.checking.is_running
    async with asyncio.timeout(20):
        while oak.ring.checking.last is None:
            await oak.ring.store.read(lambda tx: tx.one("SELECT 1"))
    assert "Etwas stimmt nicht." in text_of(await olga.get(LOG))


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[tuple[Oak, Ring, Towns]]:
    """Oak, where Olga is operator, and elm, connected in one process."""
    towns = Towns(tmp_path)
    oak, elm = await towns.found("oak"), await towns.found("elm")
    for handle, role in (("alma", "member"), ("olga", "operator")):
        await oak.members.add(handle, handle.title(), role)
    await elm.members.add("ben", "Ben")
    await peer(oak, elm)
    async with listening(Pages(oak, WebLimits())) as port:
        yield Oak(oak, port), elm, towns
    await towns.close_all()


async def test_payments_that_are_open_on_a_line_are_listed_one_by_one(line: tuple[Oak, Ring, Towns]) -> None:
    oak, _, _ = line
    olga = await oak.member("olga")
    at = "/betrieb/ring/elm.example"
    assert "Zahlungen unterwegs" not in text_of(await olga.get(at))
    paths = [f"/zahlungen/{(await pay(oak.ring, 'alma', 'ben@elm.example', 60 * each)).payment_id}" for each in (1, 2)]
    page = await olga.get(at)
    assert [True] * 3 == [part in page.body.decode() for part in (*paths, "alma → ben@elm.example")]


async def test_a_statement_that_both_signed_stands_on_the_page_of_the_ring(line: tuple[Oak, Ring, Towns]) -> None:
    oak, elm, towns = line
    await talk(oak.ring, elm)
    await end_of(oak.ring, (await pay(oak.ring, "alma", "ben@elm.example", 5_400)).payment_id)
    await a_day_later(towns, oak.ring, elm)
    await are_signed(oak.ring, elm)
    page = text_of(await (await oak.member("olga")).get("/betrieb/ring/elm.example"))
    signed = page.partition("Was beide unterschrieben haben")[2]
    assert (True, True) == ("von beiden unterschrieben" in signed, "Wir haben 1,5 Stunden zu geben." in signed)
