# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a ring that stops, or has closed, can do no more, its pages do not offer; a partner that goes on may do more."""

from __future__ import annotations

import pytest

from ringtausch_node.errors import LocalError
from tests.federation.towns import Towns, faults
from tests.web.conftest import Browser, Oak, text_of
from tests.web.test_ends_once import GONE, stops_at_zero
from tests.web.test_winding_down import STOP, TO_ELM, TO_OAK, pair

__all__ = ["pair"]
GIVE_UP, NEW_THERE = "Den anderen Tauschring gibt es nicht mehr", "Dort gibt es einen neuen Tauschring"
RING = "/betrieb/ring/elm.example"


async def _stops_at_zero(oak: Oak, elm: Oak) -> Browser:
    olga = await oak.member("olga")
    await stops_at_zero(oak, elm, olga)
    return olga


async def test_a_closed_ring_offers_nothing_that_it_cannot_do_any_more(pair: tuple[Oak, Oak, Towns]) -> None:
    oak, elm, _ = pair
    olga = await _stops_at_zero(oak, elm)
    assert "Jetzt verrechnen" in text_of(await olga.get("/betrieb/verrechnung"))
    await oak.ring.winding_down.close()
    offered = [
        ("/betrieb/verrechnung", "Jetzt verrechnen", "Es gibt nichts mehr zu verrechnen."),
        ("/betrieb/durchgang", "nicht mehr weitergeben", "Über keine Verbindung kann noch etwas durchgehen."),
        (RING, "Was offen ist, zum Abschluss bringen", "Abschluss ansehen"),
        (TO_ELM, GIVE_UP, "Mit diesem Tauschring ist nichts mehr offen."),
    ]
    for path, offer, told in offered:
        page = text_of(await olga.get(path))
        assert (False, True) == (offer in page, told in page), path
    assert NEW_THERE not in text_of(await olga.get(TO_ELM))


async def test_a_ring_that_stops_gives_no_line_up_that_both_have_signed_as_over(pair: tuple[Oak, Oak, Towns]) -> None:
    oak, elm, _ = pair
    olga = await oak.member("olga")
    form = olga.hidden(await olga.get(TO_ELM), f"{TO_ELM}/aufgeben")
    await _stops_at_zero(oak, elm)
    giving_up = oak.ring.federation.giving_up
    for is_closed in (False, True):
        if is_closed:
            await oak.ring.winding_down.close()
        for doing in (giving_up.verify_gone, giving_up.give_up):
            with pytest.raises(LocalError, match="line_over"):
                await doing("elm.example")
        heard = await olga.post(f"{TO_ELM}/aufgeben", {**form, **GONE})
        assert (422, True) == (heard.status, "Beide haben schon unterschrieben" in text_of(heard)), text_of(heard)
    assert [] == await faults(oak.ring, elm.ring)


async def test_a_ring_that_goes_on_gives_such_a_line_up_to_free_its_address(pair: tuple[Oak, Oak, Towns]) -> None:
    oak, elm, _ = pair
    await _stops_at_zero(oak, elm)
    olga = await elm.member("olga")
    page = text_of(await olga.get(TO_OAK))
    assert (False, True) == (GIVE_UP in page, NEW_THERE in page)
    assert 303 == (await olga.send(TO_OAK, f"{TO_OAK}/aufgeben", **GONE)).status
    assert [] == await faults(elm.ring)


async def test_a_ring_that_stops_offers_no_operator_to_connect_with_others(pair: tuple[Oak, Oak, Towns]) -> None:
    oak, _, _ = pair
    olga = await oak.member("olga")
    await olga.send(STOP, f"{STOP}/beginnen", sicher="ja")
    assert b"/betrieb/einladen" not in (await olga.get("/betrieb")).body
    for path, button in (("/betrieb/einladen", "Einladung machen"), ("/betrieb/annehmen", "Wörter vergleichen")):
        page = text_of(await olga.get(path))
        assert (True, False) == ("verbindet sich mit keinem anderen mehr" in page, button in page)
