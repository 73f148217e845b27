# SPDX-License-Identifier: AGPL-3.0-or-later
"""A ring that winds down hands claims over: messages are lost again, nodes die, and the three lines move or none."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from ringtausch_node.errors import LocalError
from tests.simulation.assigned import Moved
from tests.simulation.assigning import Assigning, Deal, assign
from tests.simulation.chance import Options
from tests.simulation.evening.books import Books, check_unmoved, read_books, widen
from tests.simulation.evening.office import Office
from tests.simulation.story import quiet
from tests.simulation.trouble import OPERATIONS, Trouble, lasts
from tests.simulation.world import World

#: Number of the first payment.
PAYMENTS = 43_000
#: What the leaver owes one ring at least, and another one owes it, in seconds.
OWED_SECONDS = (600, 5_400)
#: How likely a node dies at a step or commit: an assignment has few of them.
DEADLY = 0.01
#: How long after its backup a ring's disk is lost, at most.
LOST_SECONDS = 40.0


class HandingOver:
    """The claims of one ring, before they go home."""

    def __init__(self, world: World, options: Options, leaver: str, assigning: Assigning, trouble: Trouble) -> None:
        self._world, self._options, self._leaver = world, options, leaver
        self._assigning, self._day = assigning, trouble
        self._office = Office(world, options, PAYMENTS)
        self._chance = random.Random(f"handing-over-{options.seed}")

    async def owe(self) -> None:
        """While the ring goes on still: it owes one neighbour, another one owes it, and these two have a line."""
        pairs = [pair for pair in self._world.pairs if self._leaver not in pair and self._has_lines(pair)]
        if not pairs:
            return
        creditor, debtor = self._chance.sample(self._chance.choice(pairs), 2)
        for here, there in ((self._leaver, creditor), (debtor, self._leaver), (debtor, creditor)):
            await widen(self._world, here, there)
            await widen(self._world, there, here)
        await quiet(self._world)
        for payer, payee in ((self._leaver, creditor), (debtor, self._leaver)):
            missing = self._chance.randint(*OWED_SECONDS) - (await self._office.line(payer, payee)).clearing_seconds
            if missing > 0:
                await self._office.pay(payer, payee, missing)

    def _has_lines(self, pair: tuple[str, str]) -> bool:
        lines = [set(each) for each in self._world.pairs]
        return all({self._leaver, each} in lines for each in pair)

    async def hand_over(self) -> None:
        """What can go to others, once each; what is declined or finds no room stays, and goes home by other ways."""
        await quiet(self._world)
        before, known = await read_books(self._world), await self._moved()
        for deal in await self._assigning.deals(self._leaver):
            await self._never_more(deal)
            with self._trouble(deal):
                await asyncio.gather(self._assigning.hand_over(deal, self._chance), self._lose_disk(deal))
            await quiet(self._world)
        self._judge(before, await read_books(self._world), (await self._moved()) - known)

    async def _moved(self) -> Counter[Moved]:
        return await self._assigning.assigned.check()

    async def _never_more(self, deal: Deal) -> None:
        """Than is open on both lines."""
        above = deal.moved._replace(amount_seconds=deal.moved.amount_seconds + 1)
        code = "offered"
        try:
            await self._world.insist(deal.leaver, partial(assign, above))
        except LocalError as error:
            code = error.code
        assert code == "no_taker", f"{above}: {code}, seed {self._world.seed}"

    async def _lose_disk(self, deal: Deal) -> None:
        """One of the three, on days on which disks are lost."""
        if "restore" not in self._options.kinds:
            return
        chance = random.Random(f"lost-{self._options.seed}-{deal.partner}-{deal.to}")
        name = chance.choice(deal.moved[:3])
        file = self._world.root / f"{name}.{deal.partner}-{deal.to}.backup"
        was_put_back = await self._day.lose_disk(name, file, chance, lasts(chance, LOST_SECONDS))
        self._world.seen["put back while handing over"] += was_put_back

    @contextmanager
    def _trouble(self, deal: Deal) -> Iterator[None]:
        """What this day has of it, once more; a power cut on days that have one."""
        world = self._world
        world.network.faults = self._options.faults
        if "power" in self._options.kinds:
            node = world.nodes[self._chance.choice(self._options.rings)]
            if node.ring is not None:
                world.cut_power(node, self._chance.randrange(OPERATIONS))
        try:
            with self._office.deaths(f"handing-over-{deal.partner}-{deal.to}", DEADLY):
                yield
        finally:
            world.network.heal()
            for node in world.nodes.values():
                if node.loses_power:
                    world.kill(node)

    def _judge(self, before: Books, after: Books, moved: Counter[Moved]) -> None:
        """Exactly what changed hands stands otherwise."""
        check_unmoved(self._world, before, after, "a claim that changed hands")
        owed = Counter(before.owed)
        for (leaver, debtor, creditor, amount), count in moved.items():
            for one, other in ((leaver, debtor), (debtor, creditor), (creditor, leaver)):
                owed[one, other] += count * amount
                owed[other, one] -= count * amount
        assert dict(owed) == after.owed, f"{moved}: {before.owed}, {after.owed}, seed {self._world.seed}"
        self._world.seen["ring hands over"] += 1
