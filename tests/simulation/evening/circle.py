# SPDX-License-Identifier: AGPL-3.0-or-later
"""Debts that run in a circle are netted: no ring's position moves, no debt grows, no member is touched."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from functools import partial
from itertools import pairwise
from typing import NamedTuple

from ringtausch_node.bootstrap import Ring
from ringtausch_node.errors import LocalError
from ringtausch_node.store import Tx
from tests.simulation.chance import Options
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
_MEMBERS = "SELECT key, balance_seconds, held_seconds FROM account WHERE kind = 'member'"
#: What netting must never leave: something on the ring's own account for it, or a booking with a member's.
_LEFT = (
    "SELECT (SELECT count(*) FROM account WHERE kind = 'netting' AND balance_seconds <> 0),"
    " (SELECT count(*) FROM transfer t JOIN account a ON a.id IN (t.debit_account, t.credit_account)"
    " WHERE t.kind = 'netting' AND a.kind = 'member')"
)


class Books(NamedTuple):
    """What everybody owes whom, by (ring, ring), and what members have, by ring."""

    owed: dict[tuple[str, str], int]
    members: dict[str, list[tuple[str, int, int]]]


class Circle:
    """All rings of the day, each owing the next."""

    def __init__(self, world: World, options: Options) -> None:
        self._world = world
        self._chance = random.Random(f"circle-{options.seed}")
        names = list(options.rings)[:: self._chance.choice((1, -1))]
        self._around = list(pairwise([*names, names[0]]))
        self._office = Office(world, options, PAYMENTS)

    async def net(self) -> None:
        """Owe, tell it, walk the circle, and look what has changed."""
        for pair in self._around:
            for here, there in (pair, pair[::-1]):
                await self._world.insist(here, partial(_widen, f"{there}.example"))
        await quiet(self._world)
        await asyncio.gather(*(self._owe(one, other) for one, other in self._around))
        await quiet(self._world)
        await check_adverts(self._world)
        before = await self._books()
        starter = self._chance.choice(self._around)[0]
        with self._office.deaths("circle"):
            await self._world.until(lambda: self._is_netted(starter), NETTED_SECONDS, "a circle of debts is not netted")
        await quiet(self._world)
        self._judge(before, await self._books())
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

    async def _books(self) -> Books:
        owed, members = {}, {}
        for name in self._world.nodes:
            for peer in await self._world.insist(name, lambda ring: ring.federation.peers()):
                owed[name, peer.address.partition(".")[0]] = peer.clearing_seconds
            members[name], left = await self._world.insist(name, lambda ring: ring.store.read(_members_and_left))
            assert left == (0, 0), f"{name}: netting left {left}, seed {self._world.seed}"
        return Books(owed, members)

    def _judge(self, before: Books, after: Books) -> None:
        seed = self._world.seed
        assert before.members == after.members, f"netting has touched members, seed {seed}"
        for name in self._world.nodes:
            was, now = (sum(each for pair, each in books.owed.items() if pair[0] == name) for books in (before, after))
            assert was == now, f"netting moved {name} from {was} to {now}, seed {seed}"
        for pair, was in before.owed.items():
            now = after.owed[pair]
            assert min(0, was) <= now <= max(0, was), f"netting raised a debt: {pair} {was}, {now}, seed {seed}"


async def _widen(address: str, ring: Ring) -> None:
    """Back to what both rings have signed."""
    await ring.federation.limit(address, ring.federation.lines.agreed(address).terms.limit_in_seconds)


def _members_and_left(tx: Tx) -> tuple[list[tuple[str, int, int]], tuple[int, int]]:
    touched = tx.one(_LEFT)
    return [(str(key), int(has), int(held)) for key, has, held in tx.execute(_MEMBERS)], (touched[0], touched[1])
