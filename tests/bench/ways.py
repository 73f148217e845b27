# SPDX-License-Identifier: AGPL-3.0-or-later
"""P14: how long the search for a payment's way takes, in a federation as large as all rings of Germany.

Measured as a payment asks for it: from the adverts that a ring keeps, the roads, and over them the choice. Half of the
payments are larger than most lines have room for: then the search sees every ring that it can reach. To some rings no
line has room: there a payment asks four times, over neighbours that are there and all, around lines that rest and over.
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
#: Searches of a payment before it is told that there is no way, and the share of goals to which no line has room.
ASKED_IN_VAIN, FULL_SHARE, FULL_LINES = 4, 0.2, 18
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
    """The slowest median: two sizes to rings to which a way leads, and whatever has none."""
    chance = random.Random("ways")
    atlas, own = _federation(chance)
    taken = [[_one(atlas, own, chance, size) for _ in range(PAYMENTS)] for size in (SMALL_SECONDS, LARGE_SECONDS)]
    found = [[seconds for seconds, is_found in each if is_found] for each in taken]
    in_vain = [seconds for each in taken for seconds, is_found in each if not is_found]
    medians = [1_000 * median(each) for each in (*found, in_vain)]
    what = f"search for a way (processor's time) among {RINGS} rings and {LINES:,} lines, as a payment asks for it"
    beside = {"half an hour": f"{medians[0]:.2g} ms, {len(found[0])} of {PAYMENTS} found"}
    beside["ten hours"] = f"{medians[1]:.2g} ms, {len(found[1])} found"
    beside["without a way"] = f"{medians[2]:.2g} ms, {len(in_vain)} of {2 * PAYMENTS}"
    return [Figure("P14", what, max(medians), "ms", STEP_MS, at_least=False, beside=beside)]


def _one(atlas: Atlas, own: dict[str, Road], chance: random.Random, size: int) -> tuple[float, bool]:
    """One payment; some go to a ring all lines to which are full."""
    goal = f"r{chance.randrange(1, RINGS)}" if chance.random() > FULL_SHARE else "full"
    began = time.process_time()
    way = None
    for turn in range(ASKED_IN_VAIN):
        way = way or atlas.way("r0", own, goal, size, over_resting=turn >= ASKED_IN_VAIN // 2)
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
    told_of_full = [Edge(peer=f"r{ring}", limit_bucket=0, free_bucket=0, transit=True) for ring in range(1, FULL_LINES)]
    for ring in range(1, FULL_LINES):
        edges[ring].append(Edge(peer="full", limit_bucket=0, free_bucket=0, transit=True))
    atlas = Atlas(_Clock())
    for ring, told in edges.items():
        advert = Advert(v=1, net="bench", ring_id=f"r{ring}", seq=1, expires_at=NOW + 3_600, edges=told)
        atlas.take(advert, f"r{ring}.example")
    full = Advert(v=1, net="bench", ring_id="full", seq=1, expires_at=NOW + 3_600, edges=told_of_full)
    atlas.take(full, "full.example")
    return atlas, {edge.peer: Road(edge.free_bucket, lowers_debt=False, is_transit=True) for edge in edges[0]}


def _edge(peer: int, chance: random.Random) -> Edge:
    limit, free = chance.choice(BUCKETS[1:]), chance.choice(BUCKETS)
    return Edge(peer=f"r{peer}", limit_bucket=limit, free_bucket=free, transit=chance.random() < 0.9)
