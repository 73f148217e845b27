# SPDX-License-Identifier: AGPL-3.0-or-later
"""Hours without an owner on the office's page: a wrong name is told where it was typed, the right one books them."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.web import WebLimits
from tests.federation.copies import Copies
from tests.federation.recovery.test_recovered import restored
from tests.federation.towns import Towns, balance, peer
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
