# SPDX-License-Identifier: AGPL-3.0-or-later
"""Netting while a ring of the circle winds down: it lowers claims, raises none, and holds nothing up (SPEC.md 5.6)."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from ringtausch_node.bootstrap import Ring
from tests.audit.exports import audited, codes, export
from tests.federation.towns import HOUR, Towns, faults, row_of, until, view_of
from tests.federation.transit.circle import Circle, circle_of_rings, netting_of
from tests.federation.transit.test_netting import tell


async def _heard(circle: Circle, leaver: Ring) -> None:
    for ring in circle.rings:
        if ring is not leaver:
            await until(partial(_has_ended, ring, leaver))


async def _has_ended(ring: Ring, leaver: Ring) -> bool:
    return (await view_of(ring, leaver)).state == "ended"


async def _is_over(ring: Ring) -> bool:
    return (await ring.winding_down.view()).is_over


async def _is_free(ring: Ring, other: Ring) -> bool:
    row = await row_of(ring, other)
    return (row.held_in_count, row.held_out_count) == (0, 0)


async def _is_closed_cleanly(circle: Circle, leaver: Ring) -> None:
    """Every claim on the leaver is gone, its certificate is made, nothing is held, and no replay finds anything."""
    await until(partial(_is_over, leaver))
    assert (await leaver.winding_down.close()).document is not None
    for one, other in circle.edges:
        for ring, peer in ((one, other), (other, one)):
            await until(partial(_is_free, ring, peer))
    assert await faults(*circle.rings) == []
    logs = [log for ring in circle.rings for log in await export(ring, circle.towns.root / ring.config.name)]
    assert codes(audited(*logs)) == []


@pytest.mark.parametrize("by", ["leaver", "partner"])
async def test_a_netting_right_after_the_announcement_takes_the_claims_home(towns: Towns, by: str) -> None:
    circle = await circle_of_rings(towns, 3)
    await circle.owe([2, 2, 2])
    await tell(circle)
    leaver, partner = circle.rings[:2]
    await leaver.winding_down.begin()
    runner = netting_of(leaver if by == "leaver" else partner)

    run = await runner.run()

    assert [(each.freed_seconds, each.code) for each in run.walked] == [(2 * HOUR, None)]
    assert await circle.debts() == [0, 0, 0]
    await _is_closed_cleanly(circle, leaver)


async def test_a_netting_that_runs_while_the_ring_announces_its_end_does_not_hold_it_up(towns: Towns) -> None:
    circle = await circle_of_rings(towns, 3)
    await circle.owe([2, 2, 2])
    await tell(circle)
    leaver = circle.rings[0]

    run, _ = await asyncio.gather(netting_of(circle.rings[1]).run(), leaver.winding_down.begin())

    assert [each.code for each in run.walked] == [None]
    await _is_closed_cleanly(circle, leaver)


async def test_no_plan_and_no_guess_makes_anybody_owe_more_on_a_line_that_ends(towns: Towns) -> None:
    """Two debts and, on the line that would close the circle, none: it ends, and stays as it is."""
    circle = await circle_of_rings(towns, 3)
    await circle.owe([2, 2, 0])
    leaver = circle.rings[0]
    await leaver.winding_down.begin()
    await _heard(circle, leaver)
    await tell(circle)
    for ring in circle.rings:
        assert (await netting_of(ring).plan()).circles == []
        assert (await netting_of(ring).run(only_ours=True)).walked == []
    assert await circle.debts() == [2 * HOUR, 2 * HOUR, 0]
    claims = {each.we_owe_seconds: each.state for each in (await leaver.winding_down.view()).claims}
    assert claims[2 * HOUR] == "ended"
    assert await faults(*circle.rings) == []
