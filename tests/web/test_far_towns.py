# SPDX-License-Identifier: AGPL-3.0-or-later
"""A member pays into a town with which the ring has no line: over others, and reads over which."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from ringtausch_node.members import OPERATOR
from ringtausch_node.web import WebLimits
from ringtausch_node.web.member import paying
from ringtausch_protocol.errors import LocalError
from tests.federation.towns import HOUR, Towns, balance, end_of, pay
from tests.federation.transit.chain import Chain, row_of_rings
from tests.serving.wire import Heard, ask, listening
from tests.web.conftest import Browser, Oak, Pages, text_of

CHECK = "/zahlen/pruefen"


@pytest.fixture
async def chain(tmp_path: Path) -> AsyncIterator[Chain]:
    """Alma in oak, elm between, Ben in ash."""
    towns = Towns(tmp_path)
    yield await row_of_rings(towns, 3)
    await towns.close_all()


@pytest.fixture
async def alma(chain: Chain) -> AsyncIterator[Browser]:
    async with listening(Pages(chain.first, WebLimits())) as port:
        yield await Oak(chain.first, port).member("alma")


async def _check(alma: Browser, an: str, ring: str = "", betrag: str = "1,5") -> Heard:
    return await alma.send("/zahlen", CHECK, an=an, ring=ring, betrag=betrag, wofuer="Rasen")


async def test_what_the_check_page_promises_over_others_is_what_paying_does(chain: Chain, alma: Browser) -> None:
    await chain.first.towns.call("elm.example", "Osnabrück", OPERATOR)
    check = await _check(alma, "ben", "ash.example")
    for part in ("1,5 Stunden", "ben@ash.example", "Über Osnabrück Wofür", "Nach ash.example geht es über andere"):
        assert part in text_of(check)
    went = await alma.post("/zahlen", alma.hidden(check, "/zahlen"))
    assert 303 == went.status
    at = went.headers["location"]
    await end_of(chain.first, at.rpartition("/")[2])
    assert 3 * HOUR // 2 == await balance(chain.last, "ben")
    assert "Über Osnabrück" in text_of(await alma.get(at))


async def test_the_form_offers_towns_beyond_the_neighbours_as_far_as_there_is_room(
    chain: Chain, alma: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    offered = (await alma.get("/zahlen")).body.decode().partition("<optgroup")[2].partition("</optgroup>")[0]
    assert ("ash.example", False) == (offered.partition('value="')[2].partition('"')[0], "elm.example" in offered)
    assert "der hier nicht steht" not in text_of(await alma.get("/zahlen"))
    monkeypatch.setattr(paying, "BEYOND_SHOWN", 0)
    assert "der hier nicht steht" in text_of(await alma.get("/zahlen"))


async def test_the_beginning_of_a_far_town_is_enough(alma: Browser) -> None:
    assert "ben@ash.example" in text_of(await _check(alma, "ben@ash"))


async def test_more_than_any_way_can_carry_is_said_before_it_is_paid(chain: Chain, alma: Browser) -> None:
    check = await _check(alma, "ben", "ash.example", "11")
    too_much = await chain.first.payments.quote("ben@ash.example", 11 * HOUR, OPERATOR)
    assert (422, "no_capacity", 10 * HOUR) == (check.status, too_much.code, too_much.most_seconds)
    assert 'value="11"' in check.body.decode()
    assert "Zurzeit gehen dorthin bis zu 10 Stunden." in text_of(check)
    assert 200 == (await _check(alma, "ben", "ash.example", "10")).status
    with pytest.raises(LocalError, match="no_capacity") as refused:
        await pay(chain.first, "alma", "ben@ash.example", 11 * HOUR)
    assert {"most_seconds": 10 * HOUR} == refused.value.figures


async def test_a_program_that_pays_too_much_reads_what_goes_and_the_page_says_so_too(
    chain: Chain, alma: Browser
) -> None:
    token = await chain.first.members.token("alma")
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    wish = {"from": "alma", "to": "ben@ash.example", "amount_seconds": 11 * HOUR, "memo": ""}
    heard = await ask(alma.port, "POST", "/api/v1/payments", headers, msgspec.json.encode(wish))
    assert (409, "no_capacity", 10 * HOUR) == (heard.status, heard.code, heard.json["most_seconds"])
    check = await _check(alma, "ben", "ash.example", "10")
    await chain.paid(5 * HOUR)
    late = await alma.post("/zahlen", alma.hidden(check, "/zahlen"))
    assert (422, True) == (late.status, "Zurzeit gehen dorthin bis zu 5 Stunden." in text_of(late))


async def test_what_goes_is_told_in_steps_whatever_stands_on_the_lines(chain: Chain) -> None:
    """Trying amounts shows no balance: eight hours and a half are told as five, and what is full as nothing."""
    said = []
    for seconds in (3 * HOUR // 2, 8 * HOUR, 1_740, 60):
        await chain.paid(seconds)
        quote = await chain.first.payments.quote("ben@ash.example", 11 * HOUR, OPERATOR)
        said.append((quote.code, quote.most_seconds))
    assert [("no_capacity", 5 * HOUR), ("no_capacity", 1_800), ("no_capacity", 0), ("no_capacity", 0)] == said


async def test_a_bill_to_a_town_beyond_the_neighbours_says_what_to_do_instead(chain: Chain, alma: Browser) -> None:
    page = await alma.send("/rechnung-schreiben", "/rechnung-schreiben", an="ben@ash.example", betrag="2", wofuer="Rad")
    assert (422, True) == (page.status, "mit denen wir selbst verbunden sind" in text_of(page))
    assert 'href="/karte?betrag=2&amp;wofuer=Rad"' in page.body.decode()
    assert 200 == (await alma.get("/karte?betrag=2&wofuer=Rad")).status
    nowhere = await alma.send("/rechnung-schreiben", "/rechnung-schreiben", an="ben@no.example", betrag="2", wofuer="x")
    assert "Mit diesem Tauschring sind wir nicht verbunden." in text_of(nowhere)


async def test_a_quote_names_the_rings_between_and_nobody(chain: Chain) -> None:
    asked = await chain.first.payments.quote("ben@ash.example", HOUR, OPERATOR)
    assert (False, None, None, ["elm.example"]) == (asked.reachable, asked.code, asked.name, asked.via)
    nowhere = await chain.first.payments.quote("zoe@nowhere.example", HOUR, OPERATOR)
    assert ("no_route", []) == (nowhere.code, nowhere.via)


async def test_what_a_line_of_our_own_cannot_carry_is_said_before_it_is_paid(chain: Chain, alma: Browser) -> None:
    check = await _check(alma, "elma", "elm.example", "11")
    too_much = await chain.first.payments.quote("elma@elm.example", 11 * HOUR, OPERATOR)
    assert (422, "no_capacity") == (check.status, too_much.code)


async def test_the_check_page_says_that_it_will_wait_for_the_first_ring(chain: Chain, alma: Browser) -> None:
    waits = "elm.example ist gerade nicht zu erreichen. Die Stunden werden vorgemerkt"
    assert waits not in text_of(await _check(alma, "ben", "ash.example"))
    for line in chain.first.federation.lines.all():
        line.is_away = True
    check = await _check(alma, "ben", "ash.example")
    assert (200, True) == (check.status, waits in text_of(check))
