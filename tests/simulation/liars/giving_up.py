# SPDX-License-Identifier: AGPL-3.0-or-later
"""Rings whose liar is gone for ever give him up: only so an order ends that was to come back by way of him."""

from __future__ import annotations

from contextlib import suppress

from ringtausch_node.bootstrap import Ring
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
    gone = [f"{liar}.example" for liar in liars]
    done = [await _gives_up(world, name, address, gone) for name in world.nodes for address in gone]
    return all(done)


async def _gives_up(world: World, name: str, address: str, gone: list[str]) -> bool:
    with suppress(Killed):
        try:
            await world.ask(name, lambda ring: _give_up(ring, address, gone))
        except LocalError as error:
            if error.code == "orders_pass":
                return False
            # No line to him, or it was given up, or both had signed its end before we stopped.
            if error.code not in ("unknown_peer", "already_given_up", "line_over"):
                raise
        return True
    return False


async def _give_up(ring: Ring, address: str, gone: list[str]) -> None:
    """Together with whoever of them waits for what he was to end, and he for them."""
    giving_up = ring.federation.giving_up
    also = [each for each in await giving_up.waited_for(address) if each in gone]
    await giving_up.give_up(address, *also)
