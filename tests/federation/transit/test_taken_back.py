# SPDX-License-Identifier: AGPL-3.0-or-later
"""A payment is taken back while the ring between does not know whether it has passed it on (SPEC.md 6.6)."""

from __future__ import annotations

from functools import partial

from ringtausch_node.bootstrap import Ring
from ringtausch_node.federation.orders import between_records
from ringtausch_node.federation.orders.between_records import Carried
from ringtausch_node.members.model import OPERATOR
from ringtausch_node.store import Tx
from tests.federation.copies import Copies, ready
from tests.federation.towns import Towns, end_of, faults, pay, until
from tests.federation.transit.chain import Chain, cut_off, row_of_rings


async def test_what_was_taken_back_before_the_gate_opens_is_refused_then_and_not_passed_on(towns: Towns) -> None:
    """Elm was started again: until ash tells what it has, elm may have passed the order on."""
    chain = await row_of_rings(towns, 3)
    payment_id = await _waits(towns, chain)
    await towns.close("elm")
    chain.rings[1] = await towns.open("elm")
    await chain.rings[1].federation.start()
    await _take_back(chain, payment_id)
    await chain.rings[1].store.write(chain.rings[1].federation.between.look)
    assert await _stands(chain.rings[1], "waiting", 1)
    towns.network.heal()
    await _is_cancelled(chain, payment_id)


async def test_a_ring_between_that_lost_a_take_back_is_given_it_back(towns: Towns, copies: Copies) -> None:
    chain = await row_of_rings(towns, 3)
    await chain.rings[1].members.add("eve", "Eve")
    payment_id = await _waits(towns, chain)
    chain.rings[1] = await copies.take("elm")
    await _take_back(chain, payment_id)
    # A frame of elm acks it: it is given back, and not sent again.
    view = await pay(chain.rings[1], "eve", "alma@oak.example", 60)
    assert (await end_of(chain.rings[1], view.payment_id)).state == "paid"
    chain.rings[1] = await copies.put_back("elm", mark=True)
    towns.network.heal()
    await chain.rings[1].federation.start()
    await ready(*towns.network.rings.values())
    await _is_cancelled(chain, payment_id)


async def _waits(towns: Towns, chain: Chain) -> str:
    """Alma pays, and the payment waits at the ring between: the last one is away. -> its id."""
    await cut_off(towns, chain.rings[1], chain.last)
    view = await chain.pay(60)
    await until(partial(_stands, chain.rings[1], "waiting", 0))
    return view.payment_id


async def _take_back(chain: Chain, payment_id: str) -> None:
    await chain.first.payments.cancel(payment_id, OPERATOR)
    await until(partial(_stands, chain.rings[1], "waiting", 1))


async def _is_cancelled(chain: Chain, payment_id: str) -> None:
    assert (await end_of(chain.first, payment_id)).state == "cancelled"
    assert await chain.clearings() in ([0, 0], [-60, 0])
    assert await faults(*chain.rings) == []


async def _stands(ring: Ring, state: str, cancel_asked: int) -> bool:
    """Whether one order passes here, in this state."""
    return [(each.state, each.cancel_asked) for each in await ring.store.read(_open_ones)] == [(state, cancel_asked)]


def _open_ones(tx: Tx) -> list[Carried]:
    return between_records.load_open(tx, between_records.NEWEST, 10)
