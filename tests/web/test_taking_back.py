# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whoever takes a payment back reads that it was asked for, and what became of it; what is refused is refused first."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.members import OPERATOR
from ringtausch_node.web import WebLimits
from tests.federation.towns import HOUR, Towns, end_of, pay, peer, talk, until
from tests.serving.wire import listening
from tests.web.conftest import Browser, Oak, Pages, text_of

ASKED, LATE = "Sie wollten die Zahlung zurücknehmen.", "Das Zurücknehmen kam zu spät"


@pytest.fixture
async def towns(tmp_path: Path) -> AsyncIterator[Towns]:
    made = Towns(tmp_path)
    yield made
    await made.close_all()


@pytest.fixture
async def oak(towns: Towns) -> Ring:
    """Alma lives here, Ben in elm."""
    oak, elm = await towns.found("oak"), await towns.found("elm")
    await oak.members.add("alma", "Alma")
    await elm.members.add("ben", "Ben")
    await peer(oak, elm)
    await talk(oak, elm)
    return oak


@pytest.fixture
async def alma(oak: Ring) -> AsyncIterator[Browser]:
    async with listening(Pages(oak, WebLimits())) as port:
        yield await Oak(oak, port).member("alma")


async def test_a_payment_under_way_says_that_it_was_asked_back_and_later_that_it_was_too_late(
    towns: Towns, oak: Ring, alma: Browser
) -> None:
    await towns.network.fall_silent("elm")
    number = (await pay(oak, "alma", "ben@elm.example", HOUR)).payment_id
    await until(partial(_is_held, oak, number))
    at = f"/zahlungen/{number}"
    assert (False, True) == (ASKED in text_of(page := await alma.get(at)), "Zurücknehmen" in text_of(page))
    assert 303 == (await alma.send(at, f"{at}/zuruecknehmen")).status
    page = await alma.get(at)
    assert (True, False) == (ASKED in text_of(page), f"{at}/zuruecknehmen" in page.body.decode())
    towns.network.heal()
    assert "paid" == (await end_of(oak, number)).state
    assert (True, False) == (LATE in (read := text_of(await alma.get(at))), ASKED in read)


async def _is_held(ring: Ring, number: str) -> bool:
    return (await ring.payments.get(number, OPERATOR)).state == "held"


@pytest.mark.parametrize("memo", ["R" * 241, "Ra\u202esen", "Rasen " * 100])
async def test_what_paying_would_refuse_is_refused_before_it_is_checked_and_shown_again(
    alma: Browser, memo: str
) -> None:
    check = await alma.send("/zahlen", "/zahlen/pruefen", an="ben", ring="elm.example", betrag="1", wofuer=memo)
    page = check.body.decode()
    assert (422, True) == (check.status, "hat mehrere Zeilen oder unsichtbare Zeichen" in page)
    assert f'value="{memo.strip()}' in page
