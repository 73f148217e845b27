# SPDX-License-Identifier: AGPL-3.0-or-later
"""Rings tell each other of their lines, and a member pays a ring that nobody named to his."""

from __future__ import annotations

from functools import partial

import msgspec
import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.federation.routes import adverts
from ringtausch_node.federation.routes.adverts import Adverts
from ringtausch_node.federation.routes.atlas import Atlas
from ringtausch_node.federation.routes.buckets import BUCKETS, bucket
from ringtausch_node.federation.routes.paths import Road
from ringtausch_node.store import Tx
from ringtausch_protocol import canonical, envelope
from ringtausch_protocol.advert_bodies import AdvertsAnswer
from ringtausch_protocol.documents import Advert, Edge
from ringtausch_protocol.errors import LocalError
from tests.federation.towns import HOUR, Towns, line_of, pay, until
from tests.federation.transit.chain import row_of_rings


def adverts_of(ring: Ring) -> Adverts:
    """What a ring knows of others' lines."""
    return ring.federation.ways.adverts


async def test_adverts_travel_and_a_way_is_found(towns: Towns) -> None:
    chain = await row_of_rings(towns, 4, is_taught=False)
    with pytest.raises(LocalError, match="no_route"):
        await pay(chain.first, "alma", chain.payee, 60)
    for ring in chain.rings:
        await ring.store.write(adverts_of(ring).refresh)
    for ring in chain.rings:
        await until(partial(_knows, ring, 4))
    assert (await chain.paid(60)).via == ["elm.example", "ash.example"]
    await towns.close("oak")
    again = await towns.open("oak")  # what was told is known after a restart
    assert again.federation.ways.atlas.ring_at("fir.example") == chain.last.identity.ring_id


async def test_what_is_forged_expired_too_long_or_old_is_passed_over(towns: Towns) -> None:
    chain = await row_of_rings(towns, 3, is_taught=False)
    oak, elm, ash = chain.rings
    now = oak.clock.now()
    await _told(oak, elm, _advert(ash, [_edge(elm)], signer=elm))
    await _told(oak, elm, _advert(elm, [], expires_at=now - 1))
    await _told(oak, elm, _advert(elm, [], expires_at=now + 2 * 86_400))
    assert adverts_of(oak)._held == {}
    await _told(oak, elm, _advert(elm, [_edge(ash)], seq=5))
    await _told(oak, elm, _advert(elm, [], seq=4))
    await _told(oak, elm, _advert(elm, [], seq=5))
    assert adverts_of(oak)._held == {elm.identity.ring_id: 5}


async def test_a_ring_takes_back_its_own_word_that_a_restored_copy_lacks_and_says_a_newer_one(towns: Towns) -> None:
    """Else neighbours would go on telling what it no longer says, for as long as an advert counts."""
    chain = await row_of_rings(towns, 3, is_taught=False)
    oak, elm, ash = chain.rings
    for ring in chain.rings:
        await ring.federation.stop()
    now = elm.clock.now()
    await _told(elm, oak, _advert(elm, [_edge(ash)], seq=now + 86_400))  # a thief's, behind which none would be newer
    assert {} == adverts_of(elm)._held
    await _told(elm, oak, _advert(elm, [_edge(ash)], signer=oak, seq=now + 5))
    assert {} == adverts_of(elm)._held
    await _told(elm, oak, _advert(elm, [_edge(ash)], seq=now + 5, expires_at=now + adverts.LIFE_SECONDS - 90))
    taken = adverts_of(elm)._newest[elm.identity.ring_id]
    for seq in (now + 4, now + 5):
        await _told(elm, oak, _advert(elm, [], seq=seq))
    assert taken == adverts_of(elm)._newest[elm.identity.ring_id]
    await elm.store.write(adverts_of(elm).refresh)
    assert {elm.identity.ring_id: now + 6} == adverts_of(elm)._held
    said = adverts._advert_in(adverts_of(elm)._newest[elm.identity.ring_id])
    assert {oak.identity.ring_id, ash.identity.ring_id} == {edge.peer for edge in said.edges}


async def test_what_a_neighbour_tells_again_is_not_written_again(towns: Towns) -> None:
    chain = await row_of_rings(towns, 3, is_taught=False)
    oak, elm, ash = chain.rings
    for ring in chain.rings:
        await ring.federation.stop()
    told = [_advert(elm, [_edge(ash)], seq=5), _advert(elm, [], seq=6)]
    hops = []
    for data in (told[0], told[0], told[1], told[1]):
        await _told(oak, elm, data)
        hops.append(oak.store.hops)

    assert [1, 1, 2, 2] == [each - hops[0] + 1 for each in hops]


def test_a_way_that_surely_has_room_goes_before_one_that_may_have_it() -> None:
    """Oak may go by elm, which tells two hours behind it (so less than five), or by ash and fir, which tell five."""
    atlas = Atlas(_Noon())
    for name, rooms in {
        "elm": {"oak": 5, "yew": 2}, "yew": {"elm": 5, "fir": 5},
        "ash": {"oak": 5, "fir": 5}, "fir": {"ash": 5, "yew": 5},
    }.items():  # fmt: skip
        edges = [
            Edge(peer=peer, limit_bucket=18_000, free_bucket=hours * HOUR, transit=True)
            for peer, hours in rooms.items()
        ]
        atlas.take(Advert(v=1, net="test", ring_id=name, seq=1, expires_at=_Noon.NOW + 60, edges=edges), name)
    own = {name: Road(9 * HOUR, lowers_debt=False, is_transit=True) for name in ("elm", "ash")}
    assert atlas.way("oak", own, "yew", 2 * HOUR) == ("oak", "elm", "yew")
    assert atlas.way("oak", own, "yew", 4 * HOUR) == ("oak", "ash", "fir", "yew")
    atlas.rest("ash", "fir")
    assert atlas.way("oak", own, "yew", 4 * HOUR) == ("oak", "elm", "yew")
    assert atlas.way("oak", own, "yew", 5 * HOUR) is None
    narrow = {"elm": own["elm"]._replace(free_seconds=3 * HOUR)}  # our own room is known to the second
    assert atlas.way("oak", narrow, "yew", 4 * HOUR) is None


def test_no_way_leads_over_a_line_of_which_one_end_said_nothing_new_in_time() -> None:
    clock = _Noon()
    atlas, edges = Atlas(clock), {"elm": ["oak", "ash"], "ash": ["elm"]}
    for name, life_seconds in (("elm", 60), ("ash", 30)):
        told = [Edge(peer=peer, limit_bucket=18_000, free_bucket=18_000, transit=True) for peer in edges[name]]
        atlas.take(Advert(v=1, net="test", ring_id=name, seq=1, expires_at=clock.NOW + life_seconds, edges=told), name)
    own = {"elm": Road(9 * HOUR, lowers_debt=False, is_transit=True)}
    clock.NOW += 29
    assert atlas.way("oak", own, "ash", HOUR) == ("oak", "elm", "ash")
    clock.NOW += 1
    assert atlas.way("oak", own, "ash", HOUR) is None


class _Noon:
    NOW = 1_800_000_000

    def now(self) -> int:
        return self.NOW

    def monotonic(self) -> float:
        return 0.0


async def test_lines_that_one_end_names_lead_nowhere_and_unknown_rings_say_nothing(towns: Towns) -> None:
    chain = await row_of_rings(towns, 3, is_taught=False)
    oak, elm, ash = chain.rings
    fir = await towns.found("fir")
    await _told(oak, elm, _advert(fir, [_edge(elm)]))  # nobody has shown oak a card of fir
    assert adverts_of(oak)._held == {}
    await _told(oak, elm, _advert(elm, [_edge(oak), _edge(ash)]))
    await oak.store.write(partial(_hear, oak, ash))
    own = {elm.identity.ring_id: Road(72_000, lowers_debt=False, is_transit=True)}
    way = partial(oak.federation.ways.atlas.way, oak.identity.ring_id, own, ash.identity.ring_id, 60)
    assert way() is None
    await _told(oak, elm, _advert(ash, [_edge(elm)]))
    assert way() == tuple(ring.identity.ring_id for ring in chain.rings)


def test_ten_thousand_lines_that_one_end_names_make_no_way_and_hide_none() -> None:
    """Two hundred rings lie that they have lines to everybody; oak, elm and ash alone say the same of each other."""
    atlas, liars = Atlas(_Noon()), [f"liar{number}" for number in range(200)]
    honest = {"oak": ["elm"], "elm": ["oak", "ash"], "ash": ["elm", "fir"], "fir": []}
    for name in (*liars, *honest):
        edges = [
            Edge(peer=peer, limit_bucket=18_000, free_bucket=18_000, transit=True)
            for peer in honest.get(name, [*honest, *(f"nobody{number}" for number in range(46))])
        ]
        atlas.take(Advert(v=1, net="test", ring_id=name, seq=1, expires_at=_Noon.NOW + 60, edges=edges), name)
    own = {"elm": Road(9 * HOUR, lowers_debt=False, is_transit=True)}
    assert atlas.way("oak", own, "ash", HOUR) == ("oak", "elm", "ash")
    assert [atlas.way("oak", own, goal, HOUR) for goal in ("fir", "liar7", "nobody7")] == [None] * 3


async def test_ten_thousand_lines_are_enough(towns: Towns, monkeypatch: pytest.MonkeyPatch) -> None:
    chain = await row_of_rings(towns, 3, is_taught=False)
    oak, elm, _ = chain.rings
    assert adverts.EDGES_MAX == 10_000
    monkeypatch.setattr(adverts, "EDGES_MAX", 5)
    await _told(oak, elm, _advert(elm, [_edge(ring) for ring in chain.rings * 2]))
    assert adverts_of(oak)._held == {}
    await _told(oak, elm, _advert(elm, [_edge(oak)], seq=2))
    assert adverts_of(oak)._held == {elm.identity.ring_id: 2}


def _hear(ring: Ring, other: Ring, tx: Tx) -> None:
    assert ring.federation.between.strangers.heard(tx, other.identity.own.envelope) is None


def test_room_is_told_in_steps_that_hide_a_balance() -> None:
    assert [bucket(seconds) for seconds in (-5, 0, 1_799, 1_800, 9 * HOUR, 10 * HOUR, 10**9)] == [
        0, 0, 0, 1_800, 18_000, 36_000, BUCKETS[-1],
    ]  # fmt: skip


def _edge(ring: Ring) -> Edge:
    return Edge(peer=ring.identity.ring_id, limit_bucket=72_000, free_bucket=72_000, transit=True)


def _advert(about: Ring, edges: list[Edge], signer: Ring | None = None, seq: int = 1, expires_at: int = 0) -> bytes:
    expires_at = expires_at or about.clock.now() + 3_600
    advert = Advert(v=1, net="test", ring_id=about.identity.ring_id, seq=seq, expires_at=expires_at, edges=edges)
    by = (signer or about).identity
    return envelope.seal("advert", canonical.encode(advert), [(by.frame_key_id, by.frame_signer)])


async def _told(ring: Ring, by: Ring, data: bytes) -> None:
    told = AdvertsAnswer(have=[], cards=[], adverts=[msgspec.Raw(data)])
    await adverts_of(ring).take(line_of(ring, by), told)


async def _knows(ring: Ring, count: int) -> bool:
    return len(adverts_of(ring)._held) >= count
