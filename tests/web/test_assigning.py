# SPDX-License-Identifier: AGPL-3.0-or-later
"""The operators' pages of claims that change hands: three rings, from the first question to the end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

import pytest

from ringtausch_node.web import WebLimits
from tests.federation.test_assigning import is_even, is_over, stops, three_towns
from tests.federation.towns import HOUR, Towns, faults, until
from tests.serving.wire import listening
from tests.web.conftest import Browser, Oak, Pages, text_of

ASKED, END = "/betrieb/uebernahme", "/betrieb/ring/elm.example/abschluss"


@pytest.fixture
async def three(tmp_path: Path) -> AsyncIterator[list[Oak]]:
    """Oak stops; it owes elm two hours, and ash owes oak two. Each has an operator who is signed in nowhere yet."""
    towns = Towns(tmp_path)
    rings = await three_towns(towns)
    for ring in rings:
        await ring.members.add("olga", "Olga", "operator")
    await stops(rings[0], rings[1:])
    async with AsyncExitStack() as ends:
        ports = [await ends.enter_async_context(listening(Pages(ring, WebLimits()))) for ring in rings]
        yield [Oak(ring, port) for ring, port in zip(rings, ports, strict=True)]
    await towns.close_all()


async def _hands_over(olga: Browser, hours: str = "2") -> tuple[int, str]:
    heard = await olga.send(END, f"{END}/uebernahme", durch="ash.example", gibt="ash.example", betrag=hours)
    return heard.status, text_of(heard)


async def test_three_operators_let_a_claim_change_hands_by_their_pages(three: list[Oak]) -> None:
    oak, elm, ash = [await each.member("olga") for each in three]
    page = text_of(await oak.get(END))
    assert "Oder ash.example übernimmt" in page
    status, text = await _hands_over(oak)
    assert (422, True) == (status, "Noch haben nicht beide Tauschringe zugestimmt." in text)

    assert "bittet um Ihre Zustimmung: oak.example" in text_of(await ash.get("/betrieb"))
    assert "und elm.example 2 Stunden mehr" in text_of(await ash.get(ASKED))
    assert 303 == (await ash.send(ASKED, f"{ASKED}/zustimmen")).status
    assert "bittet um Ihre Zustimmung" not in text_of(await ash.get("/betrieb"))
    assert 422 == (await _hands_over(oak))[0]
    assert "Hört auch ash.example einmal auf" in text_of(await elm.get(ASKED))
    assert 303 == (await elm.send(ASKED, f"{ASKED}/zustimmen")).status
    assert 303 == (await _hands_over(oak))[0]

    rings = [each.ring for each in three]
    await until(partial(is_even, rings))
    await until(partial(is_over, rings[0]))
    assert "Nun kann der Tauschring bescheinigen" in text_of(await oak.get("/betrieb/aufloesung"))
    assert "Gerade fragt niemand." in text_of(await elm.get(ASKED))
    assert "Übernahme von oak.example gutgeschrieben" in text_of(await ash.get("/betrieb/durchgang"))
    assert [] == await faults(*rings)


async def test_who_declines_by_the_page_moves_nothing_and_may_think_again(three: list[Oak]) -> None:
    oak, _, ash = [await each.member("olga") for each in three]
    await _hands_over(oak)
    assert 303 == (await ash.send(ASKED, f"{ASKED}/ablehnen")).status
    assert "abgelehnt" in text_of(await ash.get(ASKED))
    status, text = await _hands_over(oak)
    assert (422, True, False) == (
        status,
        "hat abgelehnt. Nichts hat sich geändert." in text,
        "Einer ist jetzt gefragt" in text,
    )
    assert not await is_even([each.ring for each in three])
    old = {"von": "oak.example", "mit": "elm.example", "sekunden": str(HOUR)}
    heard = await ash.send(ASKED, f"{ASKED}/zustimmen", **old)
    assert (422, True) == (heard.status, "Danach fragt niemand mehr" in text_of(heard))
    assert 303 == (await ash.send(ASKED, f"{ASKED}/zustimmen")).status


async def test_an_amount_that_is_none_stays_in_the_form_and_asks_nobody(three: list[Oak]) -> None:
    oak, _, ash = [await each.member("olga") for each in three]
    heard = await oak.send(END, f"{END}/uebernahme", durch="ash.example", gibt="ash.example", betrag="viel")
    assert (422, True) == (heard.status, b'value="viel"' in heard.body)
    status, text = await _hands_over(oak, "3")
    assert (422, True) == (status, "oder nicht so viel" in text)
    assert "Gerade fragt niemand." in text_of(await ash.get(ASKED))


async def test_who_read_it_the_other_way_round_hears_so_and_nothing_is_sent(three: list[Oak]) -> None:
    oak, elm, ash = [await each.member("olga") for each in three]
    assert b'name="gibt" value="ash.example"' in (await oak.get(END)).body
    heard = await oak.send(END, f"{END}/uebernahme", durch="ash.example", gibt="elm.example", betrag="1,5")
    assert (422, True) == (heard.status, "Inzwischen ist es umgekehrt" in text_of(heard))
    assert b'value="1,5"' in heard.body
    assert [True, True] == ["Gerade fragt niemand." in text_of(await each.get(ASKED)) for each in (elm, ash)]
