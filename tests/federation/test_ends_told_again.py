# SPDX-License-Identifier: AGPL-3.0-or-later
"""A line that begins anew while a ring winds down: its end and the farewell are told again (SPEC.md 5.4, 5.6)."""

from __future__ import annotations

from functools import partial

import pytest

from ringtausch_node.bootstrap import Ring
from tests.federation.towns import HOUR, Towns, end_of, faults, pay, peer, talk, until, view_of


async def _owing(towns: Towns) -> tuple[Ring, Ring]:
    """Oak owes elm two hours."""
    oak, elm = await towns.found("oak"), await towns.found("elm")
    for ring in (oak, elm):
        await ring.members.add("office", "Office", role="office")
    await peer(oak, elm)
    await talk(oak, elm)
    await _paid(oak, elm, 2 * HOUR)
    return oak, elm


async def _paid(payer: Ring, payee: Ring, seconds: int) -> None:
    view = await pay(payer, "office", f"office@{payee.config.address}", seconds)
    assert (await end_of(payer, view.payment_id)).state == "paid"


@pytest.mark.parametrize("is_proposed_first", [True, False])
async def test_a_partner_who_was_away_hears_the_end_in_the_new_epoch_and_all_comes_to_its_end(
    towns: Towns, *, is_proposed_first: bool
) -> None:
    """Whether the line rested already when the end was announced, or only then."""
    oak, elm = await _owing(towns)
    await towns.network.fall_silent("elm")
    if is_proposed_first:
        await oak.federation.resets.propose("elm.example", HOUR)
    await oak.winding_down.begin()
    if not is_proposed_first:
        await oak.federation.resets.propose("elm.example", HOUR)
    towns.network.heal()
    await until(partial(_sees_it, elm))
    assert (await view_of(elm, oak)).stops_since is None
    await elm.federation.resets.sign("oak.example")
    await until(partial(_knows_all, elm, oak))
    await _paid(elm, oak, HOUR)
    await until(partial(_is_over, oak))
    assert (await oak.winding_down.close()).document is not None
    assert await faults(oak, elm) == []


async def _sees_it(ring: Ring) -> bool:
    return (await ring.federation.resets.view("oak.example")).theirs is not None


async def _knows_all(ring: Ring, other: Ring) -> bool:
    """That the line has ended, and that the other ring stops."""
    view = await view_of(ring, other)
    return view.state == "ended" and view.stops_since is not None


async def _is_over(ring: Ring) -> bool:
    return (await ring.winding_down.view()).is_over
