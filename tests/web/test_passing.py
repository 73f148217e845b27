# SPDX-License-Identifier: AGPL-3.0-or-later
"""The operator's page about payments of others: what passes is seen, and can be stopped for each neighbour."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from ringtausch_node.members import OPERATOR
from ringtausch_node.web import WebLimits
from ringtausch_node.web.operator import passing
from tests.federation.towns import Towns, end_of, until
from tests.federation.transit.chain import Chain, holds, row_of_rings
from tests.serving.wire import listening
from tests.web.conftest import Browser, Oak, Pages, text_of

PASSING, OAK = "/betrieb/durchgang", "/betrieb/ring/oak.example/durchgang"


@pytest.fixture
async def chain(tmp_path: Path) -> AsyncIterator[Chain]:
    """Oak, elm between, ash."""
    towns = Towns(tmp_path)
    yield await row_of_rings(towns, 3)
    await towns.close_all()


@pytest.fixture
async def olga(chain: Chain) -> AsyncIterator[Browser]:
    """The operator of elm at her pages."""
    elm = chain.rings[1]
    await elm.members.add("olga", "Olga", "operator")
    async with listening(Pages(elm, WebLimits())) as port:
        yield await Oak(elm, port).member("olga")


async def test_what_passes_is_shown_under_way_and_after_and_names_no_person(chain: Chain, olga: Browser) -> None:
    assert "Noch nichts." in text_of(await olga.get(PASSING))
    await chain.paid(3_600)
    await chain.towns.network.fall_silent("ash")
    await chain.pay(5_400)
    await until(partial(holds, chain.rings[1]))
    shown = text_of(await olga.get(PASSING)).partition("Was durchgeht und durchging")[2].partition("Zum Betrieb")[0]
    under_way, _, ended = shown.partition("1,5 Stunden")
    assert (True, True) == ("oak.example → ash.example unterwegs · seit" in under_way, "gutgeschrieben" in ended)
    assert (False, False) == ("Alma" in shown or "alma@" in shown, "Ben" in shown or "ben@" in shown)


async def test_the_operator_reads_the_names_of_towns_and_for_neighbours_their_addresses(
    chain: Chain, olga: Browser
) -> None:
    await chain.paid(3_600)
    await chain.rings[1].towns.call("ash.example", "Osnabrück", OPERATOR)
    shown = text_of(await olga.get(PASSING))
    for part in (
        "oak.example → Osnabrück",
        "von oak.example weiter an Osnabrück",
        "Osnabrück wir geben weiter ash.example",
    ):
        assert part in shown, part
    assert "Für Osnabrück nicht mehr weitergeben" in shown


async def test_all_that_passed_is_found_page_by_page_what_is_under_way_first(
    chain: Chain, olga: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passing, "LISTED_MAX", 1)
    for seconds in (3_600, 7_200):
        await chain.paid(seconds)
    await chain.towns.network.fall_silent("ash")
    await chain.pay(10_800)
    await until(partial(holds, chain.rings[1]))
    at, seen = PASSING, []
    while at:
        page = await olga.get(at)
        seen += re.findall(r"(\d) Stunden?", text_of(page).partition("Was durchgeht und durchging")[2])
        link = re.search(r'href="([^"]*)">Ältere Zahlungen', page.body.decode())
        at = link[1] if link else ""
    assert ("3", ["1", "2"]) == (seen[0], sorted(seen[1:]))
    rows = (await olga.get(f"{PASSING}.csv")).body.decode("utf-8-sig").splitlines()
    assert (4, "oak.example;ash.example;oak.example;ash.example;3;unterwegs") == (len(rows), rows[1].partition(";")[2])
    assert 400 == (await olga.get(f"{PASSING}?vor=x")).status


async def test_a_program_reads_for_whom_payments_pass_and_what_does(chain: Chain, olga: Browser) -> None:
    await chain.paid(60)
    said = (await olga.get(f"{PASSING}.json")).json
    assert {"oak.example": True, "ash.example": True} == {each["address"]: each["carries"] for each in said["peers"]}
    assert [("oak.example", "ash.example", "posted", 60)] == [
        (each["from"], each["to"], each["state"], each["amount_seconds"]) for each in said["payments"]
    ]


async def test_the_operator_stops_what_comes_new_from_a_neighbour_and_lets_it_pass_again(
    chain: Chain, olga: Browser
) -> None:
    heard = await olga.send(PASSING, f"{OAK}/anhalten")
    assert (303, PASSING) == (heard.status, heard.headers["location"])
    assert "Für oak.example weitergeben" in text_of(await olga.get(PASSING))
    view = await chain.pay(60)
    assert ("refused", "not_allowed") == ((ended := await end_of(chain.first, view.payment_id)).state, ended.code)
    await olga.send(PASSING, f"{OAK}/anfangen")
    assert ["oak.example", "ash.example"] == await chain.rings[1].federation.carrying.peers()


async def test_a_ring_that_says_nothing_more_switches_nothing_and_says_why(chain: Chain, olga: Browser) -> None:
    hidden = olga.hidden(await olga.get(PASSING), f"{OAK}/anhalten")
    chain.rings[1].federation.lines.silence()
    heard = await olga.post(f"{OAK}/anhalten", hidden)
    assert (422, True) == (heard.status, "kann gerade nichts buchen" in text_of(heard))
    assert ["oak.example", "ash.example"] == await chain.rings[1].federation.carrying.peers()


async def test_of_a_line_that_has_ended_the_page_says_what_still_passes(chain: Chain, olga: Browser) -> None:
    await chain.paid(3_600)
    assert "Diese Verbindung ist beendet." not in text_of(await olga.get(PASSING))
    await chain.rings[1].federation.set_line("ash.example", "ended")
    ended = "ash.example wir geben weiter Diese Verbindung ist beendet. Weitergegeben wird nur noch, was ihren Stand"
    assert ended in text_of(await olga.get(PASSING))


async def test_nothing_is_switched_for_lines_that_have_ended_and_are_even(chain: Chain, olga: Browser) -> None:
    for name in ("ash.example", "oak.example"):
        await chain.rings[1].federation.set_line(name, "ended")
    page = text_of(await olga.get(PASSING))
    assert ("weitergeben" in page.partition("Für wen wir weitergeben")[2], "kann noch etwas durchgehen" in page) == (
        False, True,
    )  # fmt: skip
