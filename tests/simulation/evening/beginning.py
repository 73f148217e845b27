# SPDX-License-Identifier: AGPL-3.0-or-later
"""A line begins anew over the balance that both rings have: what was under way goes on, and no hour is moved.

Where rings carry payments of others, what is under way passes along the line, or goes around it.
"""

from __future__ import annotations

import asyncio
import random
from functools import partial
from itertools import pairwise

from ringtausch_node.bootstrap import Ring
from ringtausch_node.errors import LocalError
from ringtausch_node.federation.reset.viewing import ResetView
from ringtausch_protocol.settlement import State
from tests.simulation.chance import Options
from tests.simulation.evening.office import Office
from tests.simulation.evening.putting_back import PuttingBack
from tests.simulation.story import ended, pay, quiet
from tests.simulation.trouble import Trouble
from tests.simulation.world import World

#: Numbers of the payments: the first that is under way, how far off the next one is, and others.
UNDER_WAY, NEXT, PAYMENTS = 42_000, 300, 42_001
#: Proposed, told, signed, told again; with deaths on the way.
BEGUN_SECONDS = 900.0
#: How often who proposes is the ring behind; how often it is looked whether the payment is held, and how long apart.
BLIND, HELD_TRIES, HELD_TRY_SECONDS = 0.5, 400, 0.005


class NewBeginning:
    """One line of the day."""

    def __init__(self, world: World, options: Options, trouble: Trouble) -> None:
        self._world, self._options, self._trouble = world, options, trouble
        self._office, self._number = Office(world, options, PAYMENTS), UNDER_WAY - NEXT
        chance = random.Random(f"anew-{options.seed}")
        self._one, self._other = chance.sample(chance.choice(world.pairs), 2)
        near = [name for pair in world.pairs if self._one in pair for name in pair]
        before = [name for name in near if name not in (self._one, self._other)]
        self._payer = chance.choice(before) if options.passes else self._one
        self._proposer, self._signer = self._one, self._other
        if options.passes and chance.random() < BLIND:  # who proposes may not have heard of what passes
            self._proposer, self._signer = self._other, self._one

    async def begin(self) -> None:
        """Once; on some days a ring is put back after it from a copy of before."""
        if "put back" in self._options.evening:
            await PuttingBack(self._world, self._options, self._trouble, (self._one, self._other)).around(self._begin)
        else:
            await self._begin()

    async def _begin(self) -> None:
        """One proposes while a payment is on its way, the other signs; then the line carries again."""
        world, one, other = self._world, self._one, self._other
        self._number += NEXT
        before = (await self._office.line(one, other)).clearing_seconds
        old = await self._epoch(one)
        with self._office.deaths("anew"):
            is_under_way = await self._send()
            await self._wait_until_held()
            await self._propose(self._proposer, self._signer)
            await world.until(partial(self._signs, old), BEGUN_SECONDS, f"{one} and {other} do not begin anew")
            await quiet(world)
        moved = await self._moved() if is_under_way else 0
        after = (await self._office.line(one, other)).clearing_seconds
        assert after - before == moved, f"{one} to {other}: {before}, {after}, {moved}"
        assert await self._epoch(one) == await self._epoch(other) != old
        world.seen["line begun anew"] += 1

    async def _wait_until_held(self) -> None:
        """Where it may pass here, the line rests as soon as it is held on it; it may go around, or be ended by then."""
        tries = HELD_TRIES if self._payer != self._one else 0
        for _ in range(tries):
            held = await self._world.insist(self._one, lambda ring: ring.federation.carrying.list())
            if any(each.state == State.HELD.value and each.amount_seconds == 1 for each in held):
                return
            await asyncio.sleep(HELD_TRY_SECONDS)

    async def _propose(self, proposer: str, signer: str) -> None:
        async def propose(ring: Ring) -> ResetView:
            return await ring.federation.resets.propose(f"{signer}.example")

        ours = (await self._world.insist(proposer, propose)).ours
        self._world.seen["went on as a line began anew"] += ours.go_on if ours else 0

    async def _moved(self) -> int:
        """What the payment moved on this line: its second, if it was paid and went along here."""
        view = await ended(self._world, self._payer, self._number)
        way = [self._payer, *(each.removesuffix(".example") for each in view.via), self._other]
        is_here = (self._one, self._other) in pairwise(way)
        self._world.seen[f"under way as a line begins anew: {view.state}, {'here' if is_here else 'around'}"] += 1
        return 1 if view.state == "paid" and is_here else 0

    async def _send(self) -> bool:
        """A second that may be signed, passed on, decided, or nothing of it when the line rests."""
        try:
            await pay(self._world, self._payer, self._other, self._number, 1)
        except LocalError:  # no room for it
            return False
        return True

    async def _signs(self, old: str) -> bool:
        """The other operator asks again until the new beginning stands. Where he has more open, he proposes that."""
        await self._sign(self._signer, self._proposer)
        if self._office.options.passes:
            await self._sign(self._proposer, self._signer)
        return old not in (await self._epoch(self._one), await self._epoch(self._other))

    async def _sign(self, signer: str, proposer: str) -> None:
        try:
            await self._world.insist(signer, lambda ring: ring.federation.resets.sign(f"{proposer}.example"))
        except LocalError as error:
            if error.code not in ("no_proposal", "ours_counts", "reset_stale"):
                raise
            if error.code == "reset_stale" and self._office.options.passes:
                self._world.seen["a new beginning left out what passes"] += 1
                await self._propose(signer, proposer)

    async def _epoch(self, name: str) -> str:
        partner = self._other if name == self._one else self._one

        async def read(ring: Ring) -> str:
            return ring.federation.lines.agreed(f"{partner}.example").names.epoch

        return await self._world.insist(name, read)
