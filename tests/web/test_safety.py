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
from ringtausch_node.entrance.model import FRESH_SECONDS
from ringtausch_node.errors import LocalError
from ringtausch_node.store import Tx
from ringtausch_node.upkeep.backups import KEPT
from ringtausch_node.web import WebLimits
from tests.federation.stating import a_day_later, are_signed
from tests.federation.towns import Towns, end_of, pay, peer, talk
from tests.serving.wire import listening
from tests.web.conftest import Browser, Oak, Pages, text_of

BACKUP, LOG = "/betrieb/sicherung", "/betrieb/protokoll"
WORDS = "Abend Acker Adler Affe Ahorn Album Allee Ampel Amsel Anker"


def lying(ring: Ring) -> list[Path]:
    return sorted((ring.folder.path / "backups").glob("*"))


async def form_of(browser: Browser) -> dict[str, str]:
    """What the form of a new backup carries, its ten words among it."""
    return browser.hidden(await browser.get(f"{BACKUP}?neu=ja"), BACKUP)


def grow_old(monkeypatch: pytest.MonkeyPatch, ring: Ring) -> None:
    """Whoever signed in before is no longer fresh."""
    later = ring.clock.now() + FRESH_SECONDS
    monkeypatch.setattr(ring.clock, "now", lambda: later)


async def test_a_backup_made_by_page_is_downloaded_sealed_and_restored_with_its_words(oak: Oak, tmp_path: Path) -> None:
    olga = await oak.member("olga")
    assert "noch keine Sicherung" in text_of(await olga.get(BACKUP))
    form = await form_of(olga)
    assert 303 == (await olga.post(BACKUP, form)).status
    [file] = lying(oak.ring)
    assert (0o600, 0o700) == tuple(stat.S_IMODE(path.stat().st_mode) for path in (file, file.parent))
    page = text_of(await olga.get(BACKUP))
    assert [True] * 3 == [part in page for part in ("Die letzte ist vom", str(file), f"ringtausch restore {file.name}")]
    heard = await olga.get(f"{BACKUP}/{file.name}")
    assert (200, file.read_bytes()) == (heard.status, heard.body)
    assert f'attachment; filename="{file.name}"' == heard.headers["content-disposition"]
    (tmp_path / "carried").write_bytes(heard.body)
    made = restore_backup(tmp_path / "carried", tmp_path / "new", mark=b"m" * 16, at=1, passphrase=form["woerter"])
    assert ("oak.example", True) == (made.address, made.is_sealed)


async def test_every_form_has_other_words_and_a_passphrase_of_one_s_own_takes_their_place(
    oak: Oak, tmp_path: Path
) -> None:
    olga = await oak.member("olga")
    first, second = await form_of(olga), await form_of(olga)
    assert (10, True) == (len(first["woerter"].split()), first["woerter"] != second["woerter"])
    assert "Lieber ein eigenes" not in text_of(await olga.get(BACKUP))
    short = await olga.post(BACKUP, {**first, "eigenes": "zu kurz"})
    assert (422, [], first["woerter"]) == (short.status, lying(oak.ring), olga.hidden(short, BACKUP)["woerter"])
    assert 303 == (await olga.post(BACKUP, {**first, "eigenes": (own := "Nadel Heu Dorf 17")})).status
    [file] = lying(oak.ring)
    with pytest.raises(LocalError, match="passphrase_wrong"):
        restore_backup(file, tmp_path / "new", mark=b"m" * 16, at=1, passphrase=first["woerter"])
    assert restore_backup(file, tmp_path / "new", mark=b"m" * 16, at=1, passphrase=own).is_sealed


async def test_a_stolen_device_makes_no_backup_without_a_password_or_a_code(
    oak: Oak, monkeypatch: pytest.MonkeyPatch
) -> None:
    olga = await oak.member("olga")
    code = (await oak.ring.entrance.issue_code("olga")).code
    grow_old(monkeypatch, oak.ring)
    form = await form_of(olga)
    for wrong in ("", "K7M4-2QPX"):
        heard = await olga.post(BACKUP, {**form, "bisher": wrong})
        assert (422, []) == (heard.status, lying(oak.ring))
    assert 303 == (await olga.post(BACKUP, {**form, "bisher": code})).status
    again = await olga.post(BACKUP, {**await form_of(olga), "bisher": code})
    assert (422, 1) == (again.status, len(lying(oak.ring)))


async def test_twenty_clicks_at_once_make_one_backup(oak: Oak) -> None:
    olga = await oak.member("olga")
    form = await form_of(olga)
    heard = await asyncio.gather(*(olga.post(BACKUP, form) for _ in range(20)))
    assert ({303}, 1) == ({each.status for each in heard}, len(lying(oak.ring)))


async def test_only_the_newest_backups_stay_and_nothing_else_is_taken_away(
    oak: Oak, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = oak.ring.clock.now()
    await oak.ring.backups.make_here(WORDS, "0")
    (oak.ring.folder.path / "backups" / "von Hand.tar").write_bytes(b"x")
    for turn in range(1, KEPT + 2):
        monkeypatch.setattr(oak.ring.clock, "now", lambda turn=turn: now + turn)
        await oak.ring.backups.make_here(WORDS, str(turn))
    assert (KEPT, KEPT + 1) == (len(oak.ring.backups.here()), len(lying(oak.ring)))


async def test_what_is_not_sealed_is_not_handed_out(oak: Oak) -> None:
    olga = await oak.member("olga")
    place = oak.ring.folder.path / "backups"
    place.mkdir()
    await oak.ring.backups.make(place / "oak.example-20260101-000000.tar")
    page = await olga.get(BACKUP)
    assert (True, False) == ("Diese ist nicht verschlossen" in text_of(page), b"Herunterladen" in page.body)
    for name in ("oak.example-20260101-000000.tar", "..%2Fconfig.toml", "x.backup", "%2E%2E"):
        assert 404 == (await olga.get(f"{BACKUP}/{name}")).status


async def test_a_backup_that_cannot_be_written_says_so(oak: Oak) -> None:
    olga = await oak.member("olga")
    (oak.ring.folder.path / "backups").write_text("in the way")
    heard = await olga.post(BACKUP, await form_of(olga))
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
    olga = await oak.member("olga")
    sheet = text_of(await olga.get("/buero/liste"))
    lines = (
        "zusammen \N{MINUS SIGN}1,5",
        "mit elm.example das hat unser Tauschring dort noch zu geben 1,5",
        "Konten 0",
    )
    assert [True] * 3 == [f"{line} Stunden" in sheet for line in lines]
    assert ";Offen mit elm.example;1,5\r\n" in (await olga.get("/buero/liste.csv")).body.decode("utf-8-sig")
    page = text_of(await olga.get("/betrieb/ring/elm.example"))
    signed = page.partition("Was beide unterschrieben haben")[2]
    assert (True, True) == ("von beiden unterschrieben" in signed, "Wir haben 1,5 Stunden zu geben." in signed)
