# SPDX-License-Identifier: AGPL-3.0-or-later
"""Rings that trade as they should audit clean, also after a restore."""

from __future__ import annotations

from functools import partial

import pytest

from ringtausch_node.bootstrap import Ring
from tests.audit.exports import audited, codes, export
from tests.federation.copies import Copies, pay_both_ways, ready
from tests.federation.towns import Towns, end_of, pay, talk, until
from tests.federation.transit.chain import row_of_rings


async def test_two_rings_that_trade_audit_clean(towns: Towns, pair: tuple[Ring, Ring]) -> None:
    oak, elm = pair
    await talk(oak, elm)
    await pay_both_ways(oak, elm, 9)
    refused = await pay(oak, "alma", "nobody@elm.example", 60)
    assert (await end_of(oak, refused.payment_id)).state == "refused"

    logs = [*await export(oak, towns.root / "oak"), *await export(elm, towns.root / "elm")]
    result = audited(*logs)

    assert [] == codes(result)
    assert ["oak.example", "elm.example"] == sorted((ring.address for ring in result.rings), reverse=True)
    (line,) = result.lines
    owed = sum(60 + number if number % 3 else -(90 + number) for number in range(9))
    assert owed == (line.owed_seconds if line.a == oak.identity.ring_id else -line.owed_seconds)
    assert 2 == line.sides


async def test_a_restored_ring_is_shown_as_restored_and_not_as_a_fork(
    towns: Towns, pair: tuple[Ring, Ring], copies: Copies
) -> None:
    oak, elm = pair
    await talk(oak, elm)
    await pay_both_ways(oak, elm, 3)
    oak = await copies.take("oak")
    await ready(oak)
    await pay_both_ways(oak, elm, 5)
    oak = await copies.put_back("oak", mark=True)
    await oak.federation.start()
    await ready(oak, elm)
    await pay_both_ways(oak, elm, 4)

    result = audited(*await export(oak, towns.root / "oak"), *await export(elm, towns.root / "elm"))

    assert ([], ["restored"]) == (codes(result), [each.code for each in result.findings])


@pytest.mark.parametrize("late", ["oak", "ash"])
async def test_a_restored_ring_between_may_hear_of_effects_before_their_causes(
    towns: Towns, copies: Copies, late: str
) -> None:
    """What it had passed on comes back line by line: the neighbour that comes later tells the other half."""
    chain = await row_of_rings(towns, 3)
    await copies.take("elm")
    await ready(towns.network.rings["elm"])
    for _ in range(2):
        assert (await chain.paid(60)).state == "paid"
    await towns.network.fall_silent(late)
    elm = await copies.put_back("elm", mark=True)
    await elm.federation.start()
    await until(partial(_has_heard_one, elm))
    towns.network.heal()
    await ready(*towns.network.rings.values())

    result = audited(
        *[log for name, ring in towns.network.rings.items() for log in await export(ring, towns.root / name)]
    )

    assert [] == codes(result)
    assert "restored" in {each.code for each in result.findings}


async def _has_heard_one(elm: Ring) -> bool:
    return any(not elm.federation.recovery.awaits(line) for line in elm.federation.lines.all())
