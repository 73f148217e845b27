# SPDX-License-Identifier: AGPL-3.0-or-later
"""What rings tell of their lines: everybody holds the newest word of each, and it is true in coarse steps."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import NamedTuple

import msgspec

from ringtausch_node.bootstrap import Ring
from ringtausch_node.store import Tx
from ringtausch_protocol import envelope
from tests.simulation.nodes import Killed
from tests.simulation.world import World

#: Adverts change a minute after what they tell, are looked at twice a minute, and are told from ring to ring.
SOONEST_SECONDS, TOLD_SECONDS = 60.0, 900.0
#: The steps of SPEC.md 7.5, in seconds.
STEPS = (0, 1_800, 3_600, 7_200, 18_000, 36_000, 72_000)
_TOLD = "SELECT ring_id, seq, envelope FROM advert"
_LINES = (
    "SELECT p.ring_id, l.limit_out_seconds, l.limit_out_seconds - a.balance_seconds - l.held_out_seconds"
    " FROM line l JOIN peer p ON p.id = l.peer JOIN account a ON a.id = p.clearing_account"
)


class Word(NamedTuple):
    """What a ring holds of all rings, and whether what it tells of itself is so."""

    told: dict[str, tuple[int, bytes]]
    is_true: bool


async def check_adverts(world: World) -> None:
    """Wait until all know all, and each tells its lines as they stand."""
    await asyncio.sleep(SOONEST_SECONDS)
    await world.until(lambda: _is_told(world), TOLD_SECONDS, "an advert is not true, too exact, or not known to all")


async def _is_told(world: World) -> bool:
    with suppress(Killed):
        first, *others = [await world.ask(name, _word) for name in world.nodes]
        is_same = len(first.told) == len(world.nodes) and all(each.told == first.told for each in others)
        return is_same and all(each.is_true for each in (first, *others))
    return False


async def _word(ring: Ring) -> Word:
    return await ring.store.read(lambda tx: _read(tx, ring.identity.ring_id))


def _read(tx: Tx, own: str) -> Word:
    told = {ring: (seq, data) for ring, seq, data in tx.execute(_TOLD)}
    data = told.get(own, (0, b""))[1]
    edges = msgspec.json.decode(envelope.parse_envelope(data).body())["edges"] if data else []
    found = sorted((edge["peer"], edge["limit_bucket"], edge["free_bucket"]) for edge in edges)
    return Word(told, found == sorted((peer, _step(limit), _step(free)) for peer, limit, free in tx.execute(_LINES)))


def _step(seconds: int) -> int:
    return max(step for step in STEPS if step <= max(0, seconds))
