# SPDX-License-Identifier: AGPL-3.0-or-later
"""The page of a ring shows what is kept against it, and gives it out as a file."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ringtausch_node.web import WebLimits
from tests.federation.towns import Towns, peer, talk
from tests.federation.transit.test_evidence import advert_of, tell
from tests.serving.wire import listening
from tests.web.conftest import Oak, Pages, text_of

ELM, FIR = "/betrieb/ring/elm.example", "/betrieb/ring/fir.example"


@pytest.fixture
async def oak(tmp_path: Path) -> AsyncIterator[Oak]:
    """The operator Olga here, with lines to elm and fir; elm said two things under one number."""
    towns = Towns(tmp_path)
    oak, elm, fir = [await towns.found(name) for name in ("oak", "elm", "fir")]
    await oak.members.add("olga", "Olga", "operator")
    for other in (elm, fir):
        await peer(oak, other)
        await talk(oak, other)
    await tell(oak, elm, advert_of(elm, oak.clock.now() + 60, oak), advert_of(elm, oak.clock.now() + 60))
    async with listening(Pages(oak, WebLimits())) as port:
        yield Oak(oak, port)
    await towns.close_all()


async def test_the_page_of_a_ring_shows_the_evidence_against_it_and_gives_it_out(oak: Oak) -> None:
    olga = await oak.member("olga")
    page = await olga.get(ELM)
    assert "Zwei Aushänge unter einer Nummer" in text_of(page)
    assert "Belege" not in text_of(await olga.get(FIR))
    (place,) = re.findall(rf'href="({ELM}/beleg/[0-9]+)"', page.body.decode())
    file = await olga.get(place)
    assert (file.status, json.loads(file.body)["fault"]) == (200, "two_adverts")
    assert re.search(r'filename="beleg-[0-9]+[.]json"', file.headers["content-disposition"])


@pytest.mark.parametrize("number", ["0", "x", "-1", "9" * 40, "%D9%A3"])
async def test_what_is_no_evidence_against_this_ring_is_not_there(oak: Oak, number: str) -> None:
    olga = await oak.member("olga")
    assert (await olga.get(f"{ELM}/beleg/{number}")).status == 404
    kept = (await oak.ring.evidence.about())[0].number
    assert (await olga.get(f"{FIR}/beleg/{kept}")).status == 404
