# SPDX-License-Identifier: AGPL-3.0-or-later
"""P14: how long the search for a payment's way takes, in a federation as large as all rings of Germany.

Measured as a payment asks for it: from the adverts that a ring keeps, the roads, and over them the choice. Half of the
payments are larger than most lines have room for: then the search sees every ring that it can reach.
"""

from __future__ import annotations

import random
import time
from pathlib import Path

from ringtausch_node.federation.routes.atlas import Atlas
from ringtausch_node.federation.routes.buckets import BUCKETS
from ringtausch_node.federation.routes.paths import Road
from ringtausch_protocol.documents import Advert, Edge
from tests.bench.figures import Figure, median

RINGS, LINES, PAYMENTS = 436, 4_000, 200
SMALL_SECONDS, LARGE_SECONDS = 1_800, 36_000
STEP_MS = 5.0
NOW = 1_800_000_000


class _Clock:
    """It is always the same moment."""

    def now(self) -> int:
        """Unix seconds."""
        return NOW

    def monotonic(self) -> float:
        """Nobody waits."""
        return 0.0


async def measure(_: Path) -> list[Figure]:
    """The slower median of two sizes, payments between rings chosen by chance."""
    chance = random.Random("ways")
    atlas, own = _federation(chance)
    taken = [[_one(atlas, own, chance, size) for _ in range(PAYMENTS)] for size in (SMALL_SECONDS, LARGE_SECONDS)]
    medians = [1_000 * median([seconds for seconds, _ in each]) for each in taken]
    found = [sum(is_found for _, is_found in each) for each in taken]
    what = f"search for a way (processor's time) among {RINGS} rings and {LINES:,} lines, as a payment asks for it"
    beside = {"half an hour": f"{medians[0]:.2g} ms, {found[0]} of {PAYMENTS} found"}
    beside["ten hours"] = f"{medians[1]:.2g} ms, {found[1]} found"
    return [Figure("P14", what, max(medians), "ms", STEP_MS, at_least=False, beside=beside)]


def _one(atlas: Atlas, own: dict[str, Road], chance: random.Random, size: int) -> tuple[float, bool]:
    goal = f"r{chance.randrange(1, RINGS)}"
    began = time.process_time()
    way = atlas.way("r0", own, goal, size)
    return time.process_time() - began, way is not None


def _federation(chance: random.Random) -> tuple[Atlas, dict[str, Road]]:
    """An atlas that knows all lines, as ring 0 keeps it, and that ring's own lines."""
    pairs: set[tuple[int, int]] = set()
    while len(pairs) < LINES:
        one, other = sorted(chance.sample(range(RINGS), 2))
        pairs.add((one, other))
    edges: dict[int, list[Edge]] = {ring: [] for ring in range(RINGS)}
    for one, other in sorted(pairs):
        edges[one].append(_edge(other, chance))
        edges[other].append(_edge(one, chance))
    atlas = Atlas(_Clock())
    for ring, told in edges.items():
        advert = Advert(v=1, net="bench", ring_id=f"r{ring}", seq=1, expires_at=NOW + 3_600, edges=told)
        atlas.take(advert, f"r{ring}.example")
    return atlas, {edge.peer: Road(edge.free_bucket, lowers_debt=False, is_transit=True) for edge in edges[0]}


def _edge(peer: int, chance: random.Random) -> Edge:
    limit, free = chance.choice(BUCKETS[1:]), chance.choice(BUCKETS)
    return Edge(peer=f"r{peer}", limit_bucket=limit, free_bucket=free, transit=chance.random() < 0.9)
