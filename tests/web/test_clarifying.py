# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the office clarifies: hours without an owner, and payments that nobody answered for very long."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.web import WebLimits
from tests.federation.copies import Copies
from tests.federation.orders.test_doubt import Held, falls_in_doubt, never_answered, paid_after_doubt
from tests.federation.recovery.test_recovered import restored
from tests.federation.towns import HOUR, Towns, balance, faults, peer
from tests.serving.wire import listening
from tests.web.conftest import Oak, Pages, text_of

PAGE, ASSIGN = "/buero/klaeren", "/buero/klaeren/zuordnen"


@pytest.fixture
async def oak(tmp_path: Path) -> AsyncIterator[Ring]:
    """Oak after a restore: 600 s and -60 s of a member that it does not know wait."""
    towns = Towns(tmp_path)
    first, elm = await towns.found("oak"), await towns.found("elm")
    await first.members.add("alma", "Alma")
    await elm.members.add("ben", "Ben")
    await peer(first, elm)
    found, _, _ = await restored((first, elm), towns, Copies(towns))
    await found.members.add("buero", "Das Büro", "office")
    yield found
    await towns.close_all()


async def test_hours_without_an_owner_are_given_to_a_member_and_a_wrong_name_is_told_at_its_field(oak: Ring) -> None:
    waiting = next(each for each in await oak.recovered.waiting() if each.rest_seconds > 0)
    async with listening(Pages(oak, WebLimits())) as port:
        office = await Oak(oak, port).member("buero")
        page = await office.get(PAGE)
        assert "Jemand hier bekommt sie." in text_of(page)
        seal = office.hidden(page, ASSIGN)["siegel"]
        form = {"siegel": seal, "posten": waiting.item}
        wrong = await office.post(ASSIGN, {**form, "an": "niemand"})
        html = wrong.body.decode()
        assert (422, 1, 1) == (wrong.status, html.count('href="#an"'), html.count('aria-describedby="an-fehler"'))
        assert 'id="an" name="an" type="text" value="niemand"' in html
        assert re.search(r'id="an\d" name="an" type="text" value=""', html)  # the other form is as it was
        right = await office.post(ASSIGN, {**form, "an": "alma"})
        assert (303, 600) == (right.status, await balance(oak, "alma"))
        told = text_of(await office.get(PAGE))
        assert "Schon zugeordnet Alma" in told
        assert "Jemand hier bekommt sie." not in told


async def test_a_part_of_what_waits_is_given_and_a_wrong_part_is_told_at_its_field(oak: Ring) -> None:
    waiting = next(each for each in await oak.recovered.waiting() if each.rest_seconds > 0)
    async with listening(Pages(oak, WebLimits())) as port:
        office = await Oak(oak, port).member("buero")
        form = {"siegel": office.hidden(await office.get(PAGE), ASSIGN)["siegel"], "posten": waiting.item, "an": "alma"}
        for typed, told in (("viel", "Diese Menge können wir nicht lesen."), ("1", "So viel wartet hier nicht.")):
            wrong = await office.post(ASSIGN, {**form, "betrag": typed})
            html = wrong.body.decode()
            assert (422, 1) == (wrong.status, html.count(f'href="#betrag">{told}'))
            assert f'id="betrag" name="betrag" type="text" value="{typed}"' in html
            assert 'id="an" name="an" type="text" value="alma"' in html
        assert 0 == await balance(oak, "alma")
        assert 303 == (await office.post(ASSIGN, {**form, "betrag": "5 min"})).status
        assert 300 == await balance(oak, "alma")
        rest = [each.rest_seconds for each in await oak.recovered.waiting() if each.item == waiting.item]
        assert [300] == rest


@pytest.fixture
async def doubted(tmp_path: Path) -> AsyncIterator[tuple[Held, Towns]]:
    """Alma of oak has paid Ben of elm an hour, and elm's answer never came."""
    towns = Towns(tmp_path)
    here, elm = await towns.found("oak"), await towns.found("elm")
    await here.members.add("alma", "Alma")
    await here.members.add("buero", "Das Büro", "office")
    await elm.members.add("ben", "Ben")
    await peer(here, elm)
    yield await never_answered(here, elm, towns), towns
    await towns.close_all()


async def test_a_payment_that_nobody_answered_waits_on_both_pages_and_the_member_has_the_hours_back(
    doubted: tuple[Held, Towns],
) -> None:
    (here, _, payment), towns = doubted
    await falls_in_doubt(here, towns)
    async with listening(Pages(here, WebLimits())) as port:
        door = Oak(here, port)
        listed = text_of(await (await door.member("buero")).get(PAGE))
        page = text_of(await (await door.member("alma")).get(f"/zahlungen/{payment}"))
        assert (True, True) == ("Zahlungen ohne Antwort" in listed, "Wie viel 1 Stunde Von Alma (alma)" in listed)
        assert (True, False) == ("Noch hat niemand entschieden." in listed, "gibt sie" in listed)
        assert ("Wird geklärt" in page, 0) == (True, await door.balance("alma"))


@pytest.mark.parametrize(("by", "button", "seconds"), [
    ("member", "Alma gibt sie", -HOUR), ("ring", "Die Gemeinschaft gibt sie", 0),
])  # fmt: skip
async def test_who_gives_the_hours_of_a_payment_that_was_paid_after_all_is_one_click_of_the_office(
    doubted: tuple[Held, Towns], by: str, button: str, seconds: int
) -> None:
    held, towns = doubted
    here, settle = await paid_after_doubt(held, towns), f"{PAGE}/zahlung/{held[2]}"
    async with listening(Pages(here, WebLimits())) as port:
        office = await Oak(here, port).member("buero")
        page = await office.get(PAGE)
        shown = re.search(rf'<button[^>]*name="wer" value="{by}">(.*?)</button>', page.body.decode())
        assert (button, 0) == (shown and re.sub("<[^>]*>", "", shown[1]), await balance(here, "alma"))
        form = {**office.hidden(page, settle), "wer": by}
        assert (303, seconds) == ((await office.post(settle, form)).status, await balance(here, "alma"))
        again = await office.post(settle, form)
        assert (422, seconds) == (again.status, await balance(here, "alma"))
        assert "Hier wartet nichts." in text_of(again)
    assert [] == await faults(here, held[1])
