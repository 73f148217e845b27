# SPDX-License-Identifier: AGPL-3.0-or-later
"""A ring is put back from a copy of before one of its lines began anew: every hour that moved counts once all the same.

The copy knows the epoch before, and of what passed in it only what had come by then. Its neighbours come back one after
the other.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from functools import partial

from ringtausch_node.bootstrap import Ring
from tests.simulation.chance import Options
from tests.simulation.evening.books import read_books
from tests.simulation.evening.circle import Circle
from tests.simulation.evening.office import Office
from tests.simulation.story import quiet
from tests.simulation.trouble import Trouble
from tests.simulation.world import World

#: Number of the first payment.
PAYMENTS = 44_000
#: How many are made between the copy and the new beginning, and as many after it; of at most so many seconds.
PAID, MOST_SECONDS = 2, 600
#: How long a payment is on its way when the copy is made.
UNDER_WAY_SECONDS = (0.0, 0.01, 0.05, 0.2, 1.0)
#: How often the copied ring is one of those whose line begins anew; and how long it hears nothing of one neighbour.
AT_THE_LINE, APART_SECONDS = 0.8, (1.0, 300.0)
#: How often the ring nets a circle before each new beginning, where all stand in one; number of its first payment.
NETS, NETTED = 0.5, 46_000
#: How often the line begins anew between the copy and the loss.
TIMES = (1, 1, 2, 3)
_OWN = "SELECT coalesce(sum(balance_seconds), 0) FROM account WHERE key = ?"
#: How long it is tried to copy who dies in the midst of it.
COPIED_SECONDS = 900.0


class PuttingBack:
    """One ring of the day. `line`: the two whose line begins anew."""

    def __init__(self, world: World, options: Options, trouble: Trouble, line: tuple[str, str]) -> None:
        self._world, self._options, self._trouble, self._line = world, options, trouble, line
        self._office = Office(world, options, PAYMENTS)
        self._owed: dict[tuple[str, str], int] = {}
        self._chance = random.Random(f"putting-back-{options.seed}")
        self._times = random.Random(f"putting-back-times-{options.seed}").choice(TIMES)
        # As of an evening's circle: of a clock that leapt no advert is heard for a day.
        can_net = options.passes and "leap" not in options.kinds
        self._nets = can_net and random.Random(f"putting-back-nets-{options.seed}").random() < NETS
        self._name = self._chance.choice(line if self._chance.random() < AT_THE_LINE else options.rings)

    async def around(self, begin_anew: Callable[[], Awaitable[None]]) -> None:
        """Copy, `begin_anew`, lose the disk, recover: what everybody owes is as it was."""
        world, under_way = self._world, asyncio.ensure_future(self._pay())
        await asyncio.sleep(self._chance.choice(UNDER_WAY_SECONDS))
        file = world.root / f"{self._name}.evening.backup"

        async def live() -> None:
            await under_way
            await self._live(begin_anew)

        with self._office.deaths("putting-back"):
            await world.until(
                lambda: self._trouble.lose_disk(self._name, file, self._chance, live),
                COPIED_SECONDS,
                "it is not copied",
            )
            await quiet(world)
        await self._check()
        world.seen["put back over a new beginning"] += 1
        world.seen["put back over several new beginnings"] += self._times > 1

    async def _live(self, begin_anew: Callable[[], Awaitable[None]]) -> None:
        """What the copy knows nothing of."""
        for time in range(self._times):
            await self._pay_some()
            if self._nets:
                await Circle(self._world, self._options, NETTED + 100 * time, self._name).net()
            await begin_anew()
        await self._pay_some()
        await quiet(self._world)
        self._owed = (await read_books(self._world)).owed
        if self._name in self._line:  # the frames of an epoch that is over do not come back
            (partner,) = {*self._line} - {self._name}
            self._trouble.forget(self._name, partner)
        self._keep_apart()

    async def _check(self) -> None:
        """Every line is where it was, nothing counts as given up, and no round trip has ended at one end alone."""
        now, where = (await read_books(self._world)).owed, f"{self._name} put back over {self._line}"
        assert self._owed == now, f"{where}: {self._owed}, {now}, seed {self._world.seed}"
        for key in ("written_off", "netting"):
            left = await self._world.insist(self._name, partial(_own_account, key))
            assert left == 0, f"{where}: {left} {key}, seed {self._world.seed}"

    async def _pay_some(self) -> None:
        for _ in range(PAID):
            await self._pay()

    async def _pay(self) -> None:
        """Along the line that begins anew, or anywhere; how it ends is nothing to us."""
        pairs = [self._line, *self._world.pairs]
        two = self._options.rings if self._options.passes else self._chance.choice(pairs)
        payer, payee = self._chance.sample(two, 2)
        await self._office.pay(payer, payee, self._chance.randint(1, MOST_SECONDS))

    def _keep_apart(self) -> None:
        """The ring that is put back hears nothing of one neighbour for a while."""
        near = [pair for pair in self._world.pairs if self._name in pair]
        one, other = self._chance.choice(near)
        ways, network = {(one, other), (other, one)}, self._world.network
        network.cut |= ways
        self._world.loop.call_later(self._chance.uniform(*APART_SECONDS), network.cut.difference_update, ways)


async def _own_account(key: str, ring: Ring) -> int:
    return await ring.store.read(lambda tx: int(tx.one(_OWN, (key,))[0]))
