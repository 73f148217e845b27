# SPDX-License-Identifier: AGPL-3.0-or-later
"""A line begins anew over the balance that both rings have: what was under way goes on, and no hour is moved."""

from __future__ import annotations

import random
from functools import partial

from ringtausch_node.bootstrap import Ring
from ringtausch_node.errors import LocalError
from tests.simulation.chance import Options
from tests.simulation.evening.office import Office
from tests.simulation.story import ended, pay, quiet
from tests.simulation.world import World

#: Numbers of the payments: one under way, and others.
UNDER_WAY, PAYMENTS = 42_000, 42_001
#: Proposed, told, signed, told again; with deaths on the way.
BEGUN_SECONDS = 900.0


class NewBeginning:
    """One line of the day."""

    def __init__(self, world: World, options: Options) -> None:
        self._world, self._office = world, Office(world, options, PAYMENTS)
        chance = random.Random(f"anew-{options.seed}")
        self._one, self._other = chance.sample(chance.choice(world.pairs), 2)

    async def begin(self) -> None:
        """One proposes while a payment is on its way, the other signs; then the line carries again."""
        world, one, other = self._world, self._one, self._other
        before = (await self._office.line(one, other)).clearing_seconds
        old = await self._epoch(one)
        with self._office.deaths("anew"):
            is_under_way = await self._send()
            await world.insist(one, lambda ring: ring.federation.resets.propose(f"{other}.example"))
            await world.until(partial(self._signs, old), BEGUN_SECONDS, f"{one} and {other} do not begin anew")
            await quiet(world)
        state = (await ended(world, one, UNDER_WAY)).state if is_under_way else "not sent"
        after = (await self._office.line(one, other)).clearing_seconds
        assert after - before == (1 if state == "paid" else 0), f"{one} to {other}: {before}, {after}, {state}"
        assert await self._epoch(one) == await self._epoch(other) != old
        world.seen["line begun anew"] += 1

    async def _send(self) -> bool:
        """A second that may be signed, decided, or neither when the line rests."""
        try:
            await pay(self._world, self._one, self._other, UNDER_WAY, 1)
        except LocalError:  # no room for it
            return False
        return True

    async def _signs(self, old: str) -> bool:
        """The other operator, who asks again until the new beginning stands."""
        try:
            await self._world.insist(self._other, lambda ring: ring.federation.resets.sign(f"{self._one}.example"))
        except LocalError as error:
            if error.code not in ("no_proposal", "ours_counts", "reset_stale"):
                raise
        return old not in (await self._epoch(self._one), await self._epoch(self._other))

    async def _epoch(self, name: str) -> str:
        partner = self._other if name == self._one else self._one

        async def read(ring: Ring) -> str:
            return ring.federation.lines.agreed(f"{partner}.example").names.epoch

        return await self._world.insist(name, read)
