# SPDX-License-Identifier: AGPL-3.0-or-later
"""Rings whose liar is gone for ever give him up: only so an order ends that was to come back by way of him."""

from __future__ import annotations

from contextlib import suppress

from ringtausch_node.errors import LocalError
from tests.simulation.nodes import Killed
from tests.simulation.story import HEALING_SECONDS
from tests.simulation.world import World


async def give_up(world: World, liars: tuple[str, ...]) -> None:
    """Each honest ring, by its operators' word, once nothing that came from him is under way at the others."""
    await world.until(lambda: _is_given_up(world, liars), HEALING_SECONDS, "a liar is not given up")
    world.seen["liar given up"] += 1


async def _is_given_up(world: World, liars: tuple[str, ...]) -> bool:
    """All of them, again and again: what one has passed on to another ends there first."""
    done = [await _gives_up(world, name, f"{liar}.example") for name in world.nodes for liar in liars]
    return all(done)


async def _gives_up(world: World, name: str, address: str) -> bool:
    with suppress(Killed):
        try:
            await world.ask(name, lambda ring: ring.federation.giving_up.give_up(address))
        except LocalError as error:
            if error.code == "orders_pass":
                return False
            if error.code != "unknown_peer":  # no line to him, or its name is another one by now
                raise
        return True
    return False
