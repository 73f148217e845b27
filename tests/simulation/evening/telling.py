# SPDX-License-Identifier: AGPL-3.0-or-later
"""What rings tell of their lines: everybody holds the newest word of each, and it is true in coarse steps."""

from __future__ import annotations

from contextlib import suppress

import msgspec

from ringtausch_node.bootstrap import Ring
from ringtausch_node.store import Tx
from ringtausch_protocol import envelope
from tests.simulation.nodes import Killed
from tests.simulation.world import World

#: Adverts change a minute after what they tell, are looked at twice a minute, and are told from ring to ring.
TOLD_SECONDS = 900.0
#: The steps of SPEC.md 7.5, in seconds.
STEPS = (0, 1_800, 3_600, 7_200, 18_000, 36_000, 72_000)
_TOLD = "SELECT ring_id, seq, envelope FROM advert"
_LINES = (
    "SELECT p.ring_id, l.limit_out_seconds, l.limit_out_seconds - a.balance_seconds - l.held_out_seconds"
    " FROM line l JOIN peer p ON p.id = l.peer JOIN account a ON a.id = p.clearing_account"
)

Told = dict[str, tuple[int, bytes]]


async def check_adverts(world: World) -> None:
    """Wait until all know all, and each tells its lines as they stand."""
    await world.until(lambda: _is_told(world), TOLD_SECONDS, "an advert is not true, too exact, or not known to all")


async def _is_told(world: World) -> bool:
    with suppress(Killed):
        told = {name: await world.ask(name, lambda ring: ring.store.read(_told)) for name in world.nodes}
        news = {
            ring: max(each.get(ring, (0, b"")) for each in told.values()) for each in told.values() for ring in each
        }
        true = [await world.ask(name, _is_true) for name in world.nodes]
        return all(true) and len(news) == len(told) and all(each == news for each in told.values())
    return False


def _told(tx: Tx) -> Told:
    return {ring: (seq, data) for ring, seq, data in tx.execute(_TOLD)}


async def _is_true(ring: Ring) -> bool:
    """Whether a ring's own advert tells its lines as its books have them."""
    told = await ring.store.read(_told)
    lines = await ring.store.read(lambda tx: list(tx.execute(_LINES)))
    _, data = told.get(ring.identity.ring_id, (0, b""))
    edges = msgspec.json.decode(envelope.parse_envelope(data).body())["edges"] if data else []
    found = sorted((edge["peer"], edge["limit_bucket"], edge["free_bucket"]) for edge in edges)
    return found == sorted((peer, _step(limit), _step(free)) for peer, limit, free in lines)


def _step(seconds: int) -> int:
    return max(step for step in STEPS if step <= max(0, seconds))
