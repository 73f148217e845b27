# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the operator reads first: all is well only where nothing is wrong, and each cause leads to where to mend it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from msgspec import structs

from ringtausch_node.bootstrap import Ring, found_ring, open_ring
from ringtausch_node.errors import LocalError
from ringtausch_node.post import records as post
from ringtausch_node.post.service import FAILED_SECONDS
from ringtausch_node.store import Tx
from ringtausch_node.upkeep.backups import OLD_SECONDS, YOUNG_SECONDS
from ringtausch_node.upkeep.checking import Found, LastCheck
from ringtausch_node.web import WebLimits
from tests.federation.agreement.test_operators import KARIN, with_operators
from tests.federation.statements.test_statements_differ import differ
from tests.federation.stating import by_id
from tests.federation.towns import HOUR, Towns, peer, talk, until
from tests.serving.wire import Heard, listening
from tests.web.conftest import CONFIG, Browser, Oak, Pages, text_of
from tests.web.test_safety import WORDS

HERE, WELL = "/betrieb", "Alles in Ordnung."


async def move_clock(monkeypatch: pytest.MonkeyPatch, ring: Ring, seconds: int) -> None:
    """So much later it is, and the operator has said that the clock is right."""
    later = ring.clock.now() + seconds
    monkeypatch.setattr(ring.clock, "now", lambda: later)
    await ring.timekeeping.confirm()


async def books_shifted(ring: Ring, _: pytest.MonkeyPatch) -> None:
    """A minute of one account is another's; the sum stays zero. Then somebody recomputes."""

    def shift(tx: Tx) -> None:
        tx.execute("DROP TRIGGER balance_follows_entries")
        for key, seconds in (("alma", 60), ("ben", -60)):
            sql = "UPDATE account SET balance_seconds = balance_seconds + ? WHERE id ="
            tx.execute(f"{sql} (SELECT account_id FROM member WHERE handle = ?)", (seconds, key))

    await ring.store.write(shift)
    await recomputed(ring)


async def recomputed(ring: Ring) -> None:
    ring.checking.begin()

    async def is_so() -> bool:
        return ring.checking.last is not None

    await until(is_so)


async def check_without_end(ring: Ring, _: pytest.MonkeyPatch) -> None:
    ring.checking.last = LastCheck(ring.clock.now(), None, "storage_failed")


async def mail_refused(ring: Ring, _: pytest.MonkeyPatch) -> None:
    now = ring.clock.now()

    def refuse(tx: Tx) -> None:
        post.insert_letter(tx, "<1@oak.example>", "weg@post.example", "Code", "", now, now + 60)
        post.set_over(tx, post.load_due(tx, now, 1)[0].id, "refused", "mail_refused")

    await ring.store.write(refuse)


async def backup_missing(ring: Ring, monkeypatch: pytest.MonkeyPatch) -> None:
    await move_clock(monkeypatch, ring, YOUNG_SECONDS + 1)


async def backup_old(ring: Ring, monkeypatch: pytest.MonkeyPatch) -> None:
    await ring.backups.make_here(WORDS, "1")
    await move_clock(monkeypatch, ring, OLD_SECONDS + 1)


Cause = Callable[[Ring, pytest.MonkeyPatch], Awaitable[None]]


def links(page: Heard) -> list[str]:
    """Where the remarks of the page lead."""
    shown = page.body.decode().partition("<h1>")[2].partition("<dl")[0]
    return [part.partition('"')[0] for part in shown.split('href="')[1:]]


@pytest.mark.parametrize(("cause", "words", "link"), [
    (books_shifted, "Beim Nachrechnen stimmte etwas nicht.", "/betrieb/protokoll"),
    (check_without_end, "Das Nachrechnen kam zu keinem Ende.", "/betrieb/protokoll"),
    (mail_refused, "In der letzten Woche kamen Mails nicht an.", "/betrieb/mails"),
    (backup_missing, "Geht dieser Rechner heute kaputt, sind alle Konten weg.", "/betrieb/sicherung"),
    (backup_old, "Die letzte Sicherung ist älter als ein Monat.", "/betrieb/sicherung"),
])  # fmt: skip
async def test_each_cause_is_a_line_with_a_link_and_then_all_is_not_well(
    oak: Oak, monkeypatch: pytest.MonkeyPatch, cause: Cause, words: str, link: str
) -> None:
    assert WELL in text_of(await (await oak.member("olga")).get(HERE))
    await cause(oak.ring, monkeypatch)
    olga = await oak.member("olga")
    page = await olga.get(HERE)
    read = text_of(page)
    assert (False, True, True) == (WELL in read, "Bitte ansehen." in read, words in read)
    assert link == links(page)[0]
    assert 200 == (await olga.get(link)).status


async def test_a_check_that_finds_nothing_leaves_all_well_and_says_when_it_was(oak: Oak) -> None:
    olga = await oak.member("olga")
    assert "Alles nachgerechnet noch nie" in text_of(await olga.get(HERE))
    await recomputed(oak.ring)
    page = text_of(await olga.get(HERE))
    assert (True, False) == (WELL in page, "noch nie" in page)


def findings_of(ring: Ring) -> list[Found]:
    last = ring.checking.last
    assert last is not None
    assert last.checked is not None
    assert not last.checked.ok
    return last.checked.findings


async def test_what_a_check_found_is_remembered_without_details_when_the_node_starts_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found_ring(tmp_path / "oak", CONFIG)
    ring = await open_ring(tmp_path / "oak")
    for handle in ("alma", "ben"):
        await ring.members.add(handle, handle.title())
    await books_shifted(ring, monkeypatch)
    found = findings_of(ring)
    await ring.close()
    again = await open_ring(tmp_path / "oak")
    assert [structs.replace(each, detail="") for each in found] == findings_of(again)
    await again.close()


async def test_a_mail_that_was_refused_long_ago_frightens_nobody(oak: Oak, monkeypatch: pytest.MonkeyPatch) -> None:
    await oak.ring.backups.make_here(WORDS, "1")
    await mail_refused(oak.ring, monkeypatch)
    await move_clock(monkeypatch, oak.ring, FAILED_SECONDS + 1)
    assert WELL in text_of(await (await oak.member("olga")).get(HERE))


async def test_a_young_ring_without_a_backup_is_given_a_hint_that_goes_with_the_first_one(oak: Oak) -> None:
    olga = await oak.member("olga")
    page = text_of(await olga.get(HERE))
    hint = "Noch gibt es keine Sicherung. Machen Sie in der ersten Woche eine."
    assert (True, True) == (WELL in page, hint in page)
    await oak.ring.backups.make_here(WORDS, "1")
    assert hint not in text_of(await olga.get(HERE))


@pytest.fixture
async def pair(tmp_path: Path) -> AsyncIterator[tuple[Oak, Ring, Towns]]:
    """Oak with Olga as operator, and elm; their line is open."""
    towns = Towns(tmp_path)
    oak, elm = await towns.found("oak"), await towns.found("elm")
    await oak.members.add("olga", "Olga", "operator")
    await peer(oak, elm)
    await talk(oak, elm)
    async with listening(Pages(oak, WebLimits())) as port:
        yield Oak(oak, port), elm, towns
    await towns.close_all()


async def test_a_statement_that_differs_is_a_line_that_leads_to_its_ring(pair: tuple[Oak, Ring, Towns]) -> None:
    oak, elm, towns = pair
    olga: Browser = await oak.member("olga")
    assert WELL in text_of(await olga.get(HERE))
    await differ(towns, *by_id(oak.ring, elm))
    page = await olga.get(HERE)
    read = text_of(page)
    assert (False, True) == (WELL in read, "Ein Stand ist verschieden: Rufen Sie dort an. elm.example" in read)
    assert "/betrieb/ring/elm.example" == links(page)[0]


@pytest.mark.parametrize(("name", "words"), [
    ("impressum", "Das Impressum ist noch leer. In Deutschland ist es Pflicht."),
    ("datenschutz", "Die Erklärung zum Datenschutz ist noch leer. Auch sie ist Pflicht."),
])  # fmt: skip
async def test_a_text_that_the_law_asks_for_is_a_hint_with_a_link_until_it_is_written(
    oak: Oak, name: str, words: str
) -> None:
    olga = await oak.member("olga")
    page, at = await olga.get(HERE), f"/betrieb/texte/{name}"
    assert (True, True, True) == (WELL in text_of(page), words in text_of(page), at in links(page))
    assert "Hier hat der Tauschring noch nichts geschrieben." in text_of(await olga.get(f"/seite/{name}"))
    assert 303 == (await olga.send(at, at, text="Tauschring Eiche, Markt 1")).status
    page = await olga.get(HERE)
    assert (False, False) == (words in text_of(page), at in links(page))


async def test_what_waits_for_a_second_operator_is_named_with_the_ring_it_is_about(towns: Towns) -> None:
    oak, elm = await towns.found("oak"), await towns.found("elm")
    await oak.members.add("olga", "Olga", "operator")
    oak = await with_operators(towns, "oak", KARIN, threshold=2)
    with pytest.raises(LocalError, match="threshold"):
        await oak.federation.accept(await elm.federation.invite(HOUR, HOUR))
    async with listening(Pages(oak, WebLimits())) as port:
        page = await (await Oak(oak, port).member("olga")).get(HERE)
    assert "wartet eine Vereinbarung mit: elm.example" in text_of(page)
    assert b"/betrieb/ring/elm.example" not in page.body  # it is no partner yet, and has no page
