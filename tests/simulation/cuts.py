# SPDX-License-Identifier: AGPL-3.0-or-later
"""Cuts: one way between two rings, both ways, a ring from all others, two groups from each other; seconds to hours."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.simulation.world import World

#: From whom to whom nothing passes.
Ways = set[tuple[str, str]]

#: How long short cuts let everybody be, and last, on average: moments, minutes, most of a day.
CALM_SECONDS, SHORT_SECONDS = 60, (5, 60, 4000)
#: How long a long cut lasts: payments meet their deadline of an hour, and back-off its longest pause.
LONG_SECONDS = (2_400.0, 7_200.0)
HOUR_SECONDS = 3_600.0


#: What cuts are counted as.
CUTS = ("one way cut", "one way back cut", "both ways cut", "ring cut off", "two groups apart")


class Cuts:
    """Cuts the lines of a world, each for a while, and counts what was cut as it happens."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._kinds: tuple[Callable[[random.Random], tuple[str, Ways]], ...] = (
            self._one_way, self._one_way, self._both_ways, self._both_ways, self._one_ring, self._groups,
        )  # fmt: skip

    async def come_and_go(self, chance: random.Random) -> None:
        """One after the other, until cancelled."""
        while True:
            await asyncio.sleep(chance.expovariate(1 / CALM_SECONDS))
            await self._cut(chance, chance.expovariate(1 / chance.choice(SHORT_SECONDS)))

    async def once(self, chance: random.Random, within_seconds: float) -> None:
        """One for hours, which begins within so many seconds."""
        await asyncio.sleep(chance.uniform(0, within_seconds))
        seconds = chance.uniform(*LONG_SECONDS)
        await self._cut(chance, seconds)
        self._world.seen["cut for an hour"] += seconds >= HOUR_SECONDS

    async def _cut(self, chance: random.Random, seconds: float) -> None:
        name, ways = chance.choice(self._kinds)(chance)
        network = self._world.network
        mine = ways - network.cut  # what is cut already stays with who cut it
        network.cut |= mine
        self._world.seen[name] += 1
        self._world.loop.note("network", name, sorted(ways))
        await asyncio.sleep(seconds)
        network.cut -= mine
        self._world.loop.note("network", "no more:", name, sorted(mine))

    def _one_way(self, chance: random.Random) -> tuple[str, Ways]:
        one, other = chance.choice(self._world.pairs)
        return chance.choice((("one way cut", {(one, other)}), ("one way back cut", {(other, one)})))

    def _both_ways(self, chance: random.Random) -> tuple[str, Ways]:
        one, other = chance.choice(self._world.pairs)
        return "both ways cut", self._between({one}, {other})

    def _one_ring(self, chance: random.Random) -> tuple[str, Ways]:
        names = sorted(self._world.nodes)
        return "ring cut off", self._between({chance.choice(names)}, names)

    def _groups(self, chance: random.Random) -> tuple[str, Ways]:
        names = sorted(self._world.nodes)
        group = set(chance.sample(names, len(names) // 2))
        return "two groups apart", self._between(group, set(names) - group)

    def _between(self, here: Iterable[str], there: Iterable[str]) -> Ways:
        """Both ways of each line from one of `here` to one of `there`."""
        found = [(one, other) for one in here for other in there if {one, other} in map(set, self._world.pairs)]
        return {*found, *((other, one) for one, other in found)}
