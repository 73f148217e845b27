# SPDX-License-Identifier: AGPL-3.0-or-later
"""A ring between is put back from a copy in which an order passed, and one of its lines has begun anew since."""

from __future__ import annotations

from functools import partial

import pytest

from ringtausch_node.bootstrap import Ring
from tests.federation.copies import Copies, ready
from tests.federation.reset.test_reset import begin_anew
from tests.federation.towns import HOUR, Towns, end_of, line_of, row_of, until
from tests.federation.transit.chain import row_of_rings


@pytest.mark.parametrize("anew", ["oak", "ash"])
async def test_an_order_that_passed_in_the_copy_ends_and_both_lines_work(
    towns: Towns, copies: Copies, anew: str
) -> None:
    """Either the line behind took no frame any more, or the whole ring recovered for ever and paid nobody."""
    chain = await row_of_rings(towns, 3)
    oak, elm, ash = chain.rings
    await chain.paid(60)
    towns.network.apart = {frozenset({"elm", "ash"})}
    view = await chain.pay(HOUR)
    await until(partial(_carries, elm))
    elm = await copies.take("elm")
    towns.network.heal()
    assert "paid" == (await end_of(oak, view.payment_id)).state
    await ready(oak, elm, ash)
    await begin_anew(towns.network.rings[anew], elm)

    elm = await copies.put_back("elm", mark=True)
    towns.network.apart = {frozenset({"elm", "oak" if anew == "ash" else "ash"})}
    await elm.federation.start()
    await until(partial(_is_in_step, elm, towns.network.rings[anew]))
    towns.network.heal()
    await ready(oak, elm, ash)
    await until(partial(_has_ended, elm))
    rows = [await row_of(elm, other) for other in (oak, ash)]
    assert [(0, 0)] * 2 == [(row.held_in_seconds, row.held_out_seconds) for row in rows]
    await until(partial(_mirrors, ash, elm))


async def _carries(ring: Ring) -> bool:
    return [each.state for each in await ring.federation.carrying.list()][:1] == ["held"]


async def _has_ended(ring: Ring) -> bool:
    return not await _carries(ring)


async def _is_in_step(ring: Ring, other: Ring) -> bool:
    return ring.federation.recovery.state_of(line_of(ring, other)) == "in_step"


async def _mirrors(ring: Ring, other: Ring) -> bool:
    here, there = await row_of(ring, other), await row_of(other, ring)
    return (here.own_seq, here.peer_seq) == (there.peer_seq, there.own_seq)
