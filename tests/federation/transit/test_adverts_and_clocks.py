# SPDX-License-Identifier: AGPL-3.0-or-later
"""Adverts of rings whose clock was wrong for a while, and of those that do not take what they are told."""

from __future__ import annotations

import msgspec
import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.federation.routes import adverts
from ringtausch_node.federation.routes.adverts import Adverts
from ringtausch_protocol.advert_bodies import AdvertsAnswer
from tests.federation.towns import HOUR, Towns, line_of
from tests.federation.transit.chain import row_of_rings

DAY = 86_400


def adverts_of(ring: Ring) -> Adverts:
    """What a ring knows of others' lines."""
    return ring.federation.ways.adverts


async def silent_pair(towns: Towns) -> tuple[Ring, Ring]:
    """Oak and elm, who tell nothing by themselves."""
    chain = await row_of_rings(towns, 2, is_taught=False)
    for ring in chain.rings:
        await ring.federation.stop()
        adverts_of(ring)._there.clear()
        adverts_of(ring)._told.clear()
    return chain.rings[0], chain.rings[1]


async def said_at(towns: Towns, ring: Ring, ahead_seconds: int) -> int:
    """Its clock says so; it says anew what it says of itself. -> the number of that."""
    towns.clock.ahead_seconds = ahead_seconds
    await ring.store.write(adverts_of(ring).refresh)
    return adverts_of(ring)._held[ring.identity.ring_id]


async def test_a_rings_own_word_counts_on_whatever_its_clock_has_said(towns: Towns) -> None:
    oak, _ = await silent_pair(towns)
    told = [await said_at(towns, oak, days * DAY) for days in (5, 0, 3)]
    assert sorted(set(told)) == told


async def test_what_a_wrong_clock_forgot_is_taken_again(towns: Towns) -> None:
    oak, elm = await silent_pair(towns)
    await said_at(towns, elm, 0)
    await tell(elm, oak)
    known = dict(adverts_of(oak)._held)
    await said_at(towns, oak, 2 * DAY)
    assert elm.identity.ring_id in known.keys() - adverts_of(oak)._held.keys()
    await said_at(towns, oak, 0)
    await tell(elm, oak)
    assert known[elm.identity.ring_id] == adverts_of(oak)._held[elm.identity.ring_id]


@pytest.mark.parametrize(
    ("leap_seconds", "then_seconds", "is_asked"),
    [(10 * DAY, 2 * DAY, True), (600, -HOUR, True), (600, HOUR, True), (600, 300, False)],
    ids=["something expired", "the clock goes back", "the clock leaps", "nothing happened"],
)
async def test_neighbours_are_asked_anew_where_something_may_be_missing(
    towns: Towns, monkeypatch: pytest.MonkeyPatch, leap_seconds: int, then_seconds: int, is_asked: bool
) -> None:
    monkeypatch.setattr(adverts, "LEAP_SECONDS", leap_seconds)
    oak, elm = await silent_pair(towns)
    await said_at(towns, elm, 0)
    await tell(elm, oak)
    await said_at(towns, oak, 0)
    adverts_of(oak).failed(line_of(oak, elm))  # as if elm held all that oak holds
    await said_at(towns, oak, then_seconds)
    assert is_asked == (adverts_of(oak)._there == {})


async def test_what_a_peer_does_not_take_it_is_not_told_without_a_pause(
    towns: Towns, monkeypatch: pytest.MonkeyPatch
) -> None:
    oak, elm = await silent_pair(towns)
    await said_at(towns, elm, 0)
    here, line, nothing = adverts_of(elm), line_of(elm, oak), AdvertsAnswer(have=[], cards=[], adverts=[])
    await here.take(line, nothing)
    told = []
    for _ in range(2):
        told.append((here.is_due(line), len((await here.ask(line)).adverts)))
        await here.take(line, nothing)
    assert [(True, 1), (False, 0)] == told
    monkeypatch.setattr(adverts, "TOLD_SECONDS", 0)
    assert (True, 1) == (here.is_due(line), len((await here.ask(line)).adverts))


async def test_who_did_not_answer_is_told_when_he_asks(towns: Towns) -> None:
    oak, elm = await silent_pair(towns)
    await said_at(towns, elm, 0)
    here, line, nothing = adverts_of(elm), line_of(elm, oak), AdvertsAnswer(have=[], cards=[], adverts=[])
    await here.take(line, nothing)
    asked = await here.ask(line)
    here.failed(line)
    assert (1, False) == (len(asked.adverts), here.is_due(line))
    asks = msgspec.structs.replace(asked, have=[], adverts=[])
    assert asked.adverts == (await here.answer(line, asks)).adverts


async def tell(by: Ring, to: Ring) -> None:
    """What `by` holds of itself, as it came."""
    data = adverts_of(by)._newest[by.identity.ring_id]
    await adverts_of(to).take(line_of(to, by), AdvertsAnswer(have=[], cards=[], adverts=[msgspec.Raw(data)]))
