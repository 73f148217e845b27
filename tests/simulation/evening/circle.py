# SPDX-License-Identifier: AGPL-3.0-or-later
"""Debts that run in a circle are netted: no ring's position moves, no debt grows, no member is touched."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from itertools import pairwise

from ringtausch_node.errors import LocalError
from tests.simulation.chance import Options
from tests.simulation.evening.books import Books, check_unmoved, read_books, widen
from tests.simulation.evening.office import Office
from tests.simulation.evening.telling import check_adverts
from tests.simulation.nodes import Killed
from tests.simulation.story import quiet
from tests.simulation.world import World

#: Number of the first payment.
PAYMENTS = 40_000
#: A line in step again and some tries; who was killed looks again.
NETTED_SECONDS = 600.0
#: What each ring owes the next at least, in seconds: enough that adverts show it, and little enough for every line.
OWED_SECONDS = (7_200, 14_400)


class Circle:
    """All rings of the day, each owing the next. `starter`: who walks it, instead of any of them."""

    def __init__(self, world: World, options: Options, payments: int = PAYMENTS, starter: str = "") -> None:
        self._world, self._starter = world, starter
        self._chance = random.Random(f"circle{starter}-{options.seed}")
        names = list(options.rings)[:: self._chance.choice((1, -1))]
        self._around = list(pairwise([*names, names[0]]))
        self._office = Office(world, options, payments)

    async def net(self) -> None:
        """Owe, tell it, walk the circle, and look what has changed."""
        for pair in self._around:
            for here, there in (pair, pair[::-1]):
                await widen(self._world, here, there)
        await quiet(self._world)
        await asyncio.gather(*(self._owe(one, other) for one, other in self._around))
        await quiet(self._world)
        await check_adverts(self._world)
        before = await read_books(self._world)
        starter = self._starter or self._chance.choice(self._around)[0]
        with self._office.deaths("circle"):
            await self._world.until(lambda: self._is_netted(starter), NETTED_SECONDS, "a circle of debts is not netted")
        await quiet(self._world)
        self._judge(before, await read_books(self._world))
        self._world.seen["circle netted"] += 1

    async def _owe(self, one: str, other: str) -> None:
        """So much at least, whatever the day has left between them."""
        line = await self._office.line(one, other)
        missing = self._chance.randint(*OWED_SECONDS) - line.clearing_seconds
        if missing > 0:
            state = await self._office.pay(one, other, missing)
            assert state == "paid", f"{one} to {other}: {missing}: {state}, {line}"

    async def _is_netted(self, starter: str) -> bool:
        """The operator asks for a run until something has come off his lines. How much he tries is a guess."""
        with suppress(Killed, LocalError):
            run = await self._world.ask(starter, lambda ring: ring.federation.netting.run())
            return any(line.freed_seconds for line in run.lines)
        return False

    def _judge(self, before: Books, after: Books) -> None:
        check_unmoved(self._world, before, after, "netting")
        for pair, was in before.owed.items():
            now, where = after.owed[pair], f"{pair}, seed {self._world.seed}"
            assert min(0, was) <= now <= max(0, was), f"netting raised a debt from {was} to {now}: {where}"
