# SPDX-License-Identifier: AGPL-3.0-or-later
"""More rings than there is room for: whoever shows cards without end shuts nobody out, and stops no line."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import msgspec
import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.federation.orders import strangers
from ringtausch_node.federation.routes import adverts
from ringtausch_node.federation.routes.crowd import Told, give_way
from ringtausch_protocol import canonical, envelope, limits
from ringtausch_protocol.advert_bodies import AdvertsAnswer
from ringtausch_protocol.documents import Advert, Edge
from tests.federation.rotating import restart, rotate
from tests.federation.towns import Towns, line_of, talk, view_of
from tests.federation.transit.chain import row_of_rings


async def test_a_new_card_of_a_far_ring_is_taken_by_a_full_store_and_no_line_stops(
    towns: Towns, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain = await row_of_rings(towns, 3)
    oak, elm, _ = chain.rings
    monkeypatch.setattr(strangers, "STRANGERS_MAX", 1)
    rotate(towns, "ash")
    chain.rings[2] = await restart(towns, "ash")
    await talk(*chain.rings)
    assert (await chain.paid(120)).state == "paid"
    assert (-120, 120) == await chain.balances()
    assert ["open", "open"] == [(await view_of(one, other)).state for one, other in ((oak, elm), (elm, oak))]


async def test_cards_without_an_advert_make_room_and_what_a_frame_has_shown_stays(
    towns: Towns, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain = await row_of_rings(towns, 3, is_taught=False)
    oak, elm, ash = chain.rings
    yew, fir, bay = [await towns.found(name) for name in ("yew", "fir", "bay")]
    for ring in chain.rings:
        await ring.federation.stop()
    monkeypatch.setattr(strangers, "STRANGERS_MAX", 2)
    any_advert = _advert(elm, [])  # cards alone nobody takes
    await _told(oak, elm, [yew], any_advert)
    towns.clock.jump(1)
    await _told(oak, elm, [fir], any_advert)
    await _told(oak, elm, [ash], _advert(ash, [elm]))
    assert [fir, ash] == await _shown(oak, yew, fir, ash)
    await _told(oak, elm, [yew], any_advert)
    assert [yew, ash] == await _shown(oak, yew, fir, ash)
    await oak.store.write(lambda tx: oak.federation.between.strangers.heard(tx, yew.identity.own.envelope))
    rotate(towns, "yew")
    yew = await restart(towns, "yew")
    await _told(oak, elm, [yew], any_advert)
    await _told(oak, elm, [fir], any_advert)
    await _told(oak, elm, [bay], any_advert)
    assert [yew, ash, bay] == await _shown(oak, yew, fir, ash, bay)


async def test_the_next_card_beside_adverts_is_kept_as_long_as_a_chain_may_be(
    towns: Towns, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain = await row_of_rings(towns, 2)
    oak, elm = chain.rings
    yew = await towns.found("yew")
    monkeypatch.setattr(strangers, "STRANGERS_MAX", 1)
    monkeypatch.setattr(limits, "CARDS_MAX", 2)
    await _told(oak, elm, [yew], _advert(yew, []))
    for _ in range(2):
        rotate(towns, "yew")
        yew = await restart(towns, "yew")
        await _told(oak, elm, [yew], _advert(yew, []))
    known = await oak.store.read(lambda tx: oak.federation.between.strangers.chain(tx, yew.identity.ring_id))
    assert [1, 2] == [card.number for card in known]


async def test_rings_that_nobody_names_back_give_way_to_a_neighbour_and_to_one_that_somebody_names(
    towns: Towns, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Elm tells oak of yew and fir, two rings that it invented; then it names ash, which is there."""
    chain = await row_of_rings(towns, 3, is_taught=False)
    oak, elm, ash = chain.rings
    yew, fir = await towns.found("yew"), await towns.found("fir")
    for ring in chain.rings:
        await ring.federation.stop()
    monkeypatch.setattr(adverts, "EDGES_MAX", 10)
    await _told(oak, elm, [yew, fir], _advert(yew, [elm], expires_in=3_600), _advert(fir, [elm], expires_in=4_000))
    assert {"yew", "fir"} == _held(oak)
    await _told(oak, elm, [ash], _advert(ash, [elm]))
    assert {"yew", "fir"} == _held(oak)  # so far nobody names it
    await _told(oak, elm, [], _advert(elm, [oak, ash], expires_in=2_000))
    assert {"elm", "fir"} == _held(oak)
    await _told(oak, elm, [], _advert(ash, [elm]))
    assert {"elm", "ash"} == _held(oak)
    await _told(oak, elm, [yew], _advert(yew, [elm], expires_in=5_000))
    assert {"elm", "ash"} == _held(oak)
    assert oak.federation.ways.atlas.ring_at("yew.example") is None


async def test_a_restart_forgets_not_who_told_the_most(towns: Towns, monkeypatch: pytest.MonkeyPatch) -> None:
    """Oak has told elm of two rings that name each other; of a third it finds no room, and ash does."""
    chain = await row_of_rings(towns, 3, is_taught=False)
    oak, elm, ash = chain.rings
    yew, fir, bay = [await towns.found(name) for name in ("yew", "fir", "bay")]
    for ring in chain.rings:
        await ring.federation.stop()
    monkeypatch.setattr(adverts, "EDGES_MAX", 10)
    pair = _advert(yew, [fir, bay], expires_in=5_000), _advert(fir, [yew], expires_in=4_000)
    await _told(elm, oak, [yew, fir], *pair)
    await towns.close("elm")
    elm = await towns.open("elm")
    await _told(elm, oak, [bay], _advert(bay, [yew]))
    assert {"yew", "fir"} == _held(elm)
    await _told(elm, ash, [], _advert(bay, [yew]))
    assert {"yew", "bay"} == _held(elm)


def test_of_rings_that_are_all_named_those_of_the_neighbour_who_told_the_most_give_way() -> None:
    held = [
        *(Told(f"liar{number}", 10, 100 + number, "liar", is_named=True) for number in range(4)),
        Told("honest", 10, 50, "elm", is_named=True),
        Told("nobody's", 2, 900, "elm", is_named=False),
    ]
    assert ["nobody's"] == give_way(held, "liar", 5)
    assert give_way(held, "liar", 6) is None
    assert ["nobody's", "liar0", "liar1"] == give_way(held, "elm", 16)
    assert give_way(held, "elm", 46) is None


def _advert(about: Ring, edges: Iterable[Ring], expires_in: int = 7_200) -> bytes:
    named = [Edge(peer=ring.identity.ring_id, limit_bucket=72_000, free_bucket=72_000, transit=True) for ring in edges]
    now, ring_id = about.clock.now(), about.identity.ring_id
    advert = Advert(v=1, net="test", ring_id=ring_id, seq=expires_in, expires_at=now + expires_in, edges=named)
    signer = (about.identity.frame_key_id, about.identity.frame_signer)
    return envelope.seal("advert", canonical.encode(advert), [signer])


async def _told(ring: Ring, by: Ring, shown: Iterable[Ring], *told: bytes) -> None:
    cards = [msgspec.Raw(each.identity.own.envelope) for each in shown]
    said = AdvertsAnswer(have=[], cards=cards, adverts=[msgspec.Raw(data) for data in told])
    await ring.federation.ways.adverts.take(line_of(ring, by), said)


async def _shown(ring: Ring, *others: Ring) -> list[Ring]:
    """Of which of these rings a card is known."""
    chain = ring.federation.between.strangers.chain
    return [each for each in others if await ring.store.read(partial(chain, ring_id=each.identity.ring_id))]


def _held(ring: Ring) -> set[str]:
    """The names of rings of which adverts are held."""
    known, towns = ring.federation.ways.adverts._held, ("oak", "elm", "ash", "fir", "yew", "bay")
    return {name for name in towns if ring.federation.ways.atlas.ring_at(f"{name}.example") in known}
