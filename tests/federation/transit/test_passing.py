# SPDX-License-Identifier: AGPL-3.0-or-later
"""Alma pays Ben through rings between: paid, refused, stopped, waiting, cancelled."""

from __future__ import annotations

from itertools import pairwise

import msgspec
import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.federation.line.lines import Line
from ringtausch_node.members.model import OPERATOR
from tests.federation.towns import Towns, end_of, faults, line_of, pay, row_of, until
from tests.federation.transit.chain import Chain, row_of_rings


@pytest.mark.parametrize("count", [3, 4])
async def test_a_payment_passes_and_every_book_sums_to_zero(towns: Towns, count: int) -> None:
    chain = await row_of_rings(towns, count)
    ended = await chain.paid(5_400)
    assert (ended.state, ended.code) == ("paid", None)
    assert ended.via == [ring.config.address for ring in chain.rings[1:-1]]
    assert await chain.balances() == (-5_400, 5_400)
    assert await chain.clearings() == [5_400] * (count - 1)
    assert await faults(*chain.rings) == []


async def test_the_payee_reads_who_paid(towns: Towns) -> None:
    chain = await row_of_rings(towns, 3)
    await chain.paid(60)
    entry = (await chain.last.accounts.statement("ben", None, 10, OPERATOR)).entries[0]
    assert (entry.amount_seconds, entry.with_, entry.memo) == (60, "alma@oak.example", "memo")


async def test_a_refusal_of_the_last_ring_travels_back_and_frees_everybody(towns: Towns) -> None:
    chain = await row_of_rings(towns, 4)
    ended = await end_of(chain.first, (await pay(chain.first, "alma", "nobody@fir.example", 60)).payment_id)
    assert (ended.state, ended.code) == ("refused", "payee_refuses")
    await _nothing_is_held(chain)


async def test_a_ring_between_that_does_not_carry_is_refused_by_it(towns: Towns) -> None:
    chain = await row_of_rings(towns, 3)
    await chain.rings[1].federation.carrying.set("ash.example", carries=False)
    ended = await chain.paid(60)
    assert (ended.state, ended.code) == ("refused", "not_allowed")
    await _nothing_is_held(chain)


async def test_the_operator_between_sees_what_passes_and_no_person(towns: Towns) -> None:
    chain = await row_of_rings(towns, 3)
    await chain.paid(60)
    carrying = chain.rings[1].federation.carrying
    assert await carrying.peers() == ["oak.example", "ash.example"]
    seen = [(each.from_, each.to, each.payer_ring, each.payee_ring, each.state) for each in await carrying.list()]
    assert seen == [("oak.example", "ash.example", "oak.example", "ash.example", "posted")]
    assert b"alma" not in msgspec.json.encode(await carrying.list())


async def test_a_silent_next_ring_is_waited_for_a_minute_then_refused(towns: Towns) -> None:
    chain = await row_of_rings(towns, 3)
    between = chain.rings[1]
    await _cut_off(towns, between, chain.last)
    view = await chain.pay(60)
    await until(lambda: _states(between, ["waiting"]))
    await between.store.write(between.federation.between.look)
    assert await _states(between, ["waiting"])
    towns.clock.ahead_seconds += 61
    await between.store.write(between.federation.between.look)
    ended = await end_of(chain.first, view.payment_id)
    assert (ended.state, ended.code) == ("refused", "next_hop_down")
    towns.network.cut.clear()
    await _nothing_is_held(chain)


async def test_a_next_ring_that_comes_back_in_time_gets_what_waited(towns: Towns) -> None:
    chain = await row_of_rings(towns, 3)
    between = chain.rings[1]
    await _cut_off(towns, between, chain.last)
    view = await chain.pay(60)
    await until(lambda: _states(between, ["waiting"]))
    towns.network.cut.clear()
    assert (await end_of(chain.first, view.payment_id)).state == "paid"
    await _nothing_is_held(chain)


async def test_what_waits_between_can_be_taken_back(towns: Towns) -> None:
    chain = await row_of_rings(towns, 3)
    await _cut_off(towns, chain.rings[1], chain.last)
    view = await chain.pay(60)
    await until(lambda: _states(chain.rings[1], ["waiting"]))
    await chain.first.payments.cancel(view.payment_id, OPERATOR)
    assert (await end_of(chain.first, view.payment_id)).state == "cancelled"
    await _nothing_is_held(chain)


async def test_a_refund_goes_back_the_same_way(towns: Towns) -> None:
    chain = await row_of_rings(towns, 3)
    paid = await chain.paid(5_400)
    back = await chain.last.refunds.refund(paid.payment_id, OPERATOR, 600)
    assert (await end_of(chain.last, back.payment_id)).state == "paid"
    assert await chain.balances() == (-4_800, 4_800)
    await _nothing_is_held(chain)


async def _cut_off(towns: Towns, one: Ring, other: Ring) -> None:
    """The ring between has noticed that the next one does not answer."""
    towns.network.cut.add(other.config.name)
    line = line_of(one, other)
    line.owes_have = True
    line.wake.set()
    await until(lambda: _is_away(line))


async def _is_away(line: Line) -> bool:
    return line.is_away


async def _states(ring: Ring, states: list[str]) -> bool:
    return [each.state for each in await ring.federation.carrying.list()] == states


async def _nothing_is_held(chain: Chain) -> None:
    for one, other in pairwise(chain.rings):
        for ring, peer_ in ((one, other), (other, one)):
            row = await row_of(ring, peer_)
            assert (row.held_in_seconds, row.held_in_count, row.held_out_seconds, row.held_out_count) == (0, 0, 0, 0)
    assert await faults(*chain.rings) == []
