# SPDX-License-Identifier: AGPL-3.0-or-later
"""One day in a world, from its seed: people and trouble, healing, the final account."""

from __future__ import annotations

import asyncio
from collections import Counter

from ringtausch_node.errors import LocalError
from ringtausch_node.federation.line.views import PeerView
from ringtausch_node.members.model import OPERATOR
from ringtausch_node.payments.model import PayRequest
from ringtausch_node.witnessing.records import load_all_cosigned, load_forks
from tests.simulation.assigned import Assigned
from tests.simulation.assigning import Assigning
from tests.simulation.auditing import audit_logs
from tests.simulation.billed import Billed
from tests.simulation.chance import Options
from tests.simulation.checks import Witness, settled
from tests.simulation.evening.beginning import NewBeginning
from tests.simulation.evening.circle import Circle
from tests.simulation.evening.signing import Statements
from tests.simulation.evening.stopping import Stopping
from tests.simulation.gifts import Gifts
from tests.simulation.granted import Granted
from tests.simulation.people import People
from tests.simulation.story import audit, ended, heal, payment_id, quiet
from tests.simulation.trouble import Trouble
from tests.simulation.world import World

#: Number of the payments that fill a line to the last second, and one second more.
EXACT, ABOVE = 30_000, 30_001
#: Rings look every five minutes.
LOOKED_SECONDS = 330.0
#: With more rings each has two neighbours on either side instead of a line to everybody.
NEIGHBOURS = 2


class Day:
    """Who pays whom, what was promised to them, and how it ended."""

    def __init__(self, world: World, options: Options) -> None:
        self.world, self.options = world, options
        self.people, self.witness = People(world, options), Witness(world)
        self._trouble = Trouble(world, options, self.people, self.witness)
        self.assigned = Assigned(world, self.witness.put_back)
        #: Rings of this day that lie.
        self.lying: tuple[str, ...] = ()
        self.ends: Counter[str] = Counter()
        self.settled = 0

    async def play(self) -> None:
        """Trouble, then healing, then the final account."""
        await self._live()
        await self.people.open_lines()
        await heal(self.world)
        await self._check_promises()
        await self._evening()
        if self.world.watches:
            await self._nobody_is_suspected()
        books = await audit(self.world)
        await self.assigned.check()
        await audit_logs(self.world)
        self.settled = settled(self.world, books, self.witness.forgotten)
        await self.world.close()

    async def _live(self) -> None:
        self._trouble.begin()
        for name in self.options.rings:
            self.world.spawn_boot(name)
        busy: list[Assigning | Gifts] = []
        if "assigning" in self.options.kinds:
            busy.append(Assigning(self.world, self.options, self.assigned))
        if self.options.gives:
            busy.append(Gifts(self.world, self.options, self.people.wishes, self.people.seen))
        await asyncio.gather(self.people.live(), *(each.live() for each in busy))
        await self._trouble.outlast()
        await self._trouble.end()
        self.world.calm()
        await self._trouble.set_clocks_right()

    async def _evening(self) -> None:
        if "circle" in self.options.evening:
            await Circle(self.world, self.options).net()
        await self._fill_a_line()
        if "anew" in self.options.evening:
            await NewBeginning(self.world, self.options, self._trouble).begin()
        if "statement" in self.options.evening:
            await Statements(self.world, self.options).sign()
        if "stopping" in self.options.evening:
            assigning = Assigning(self.world, self.options, self.assigned)
            await Stopping(self.world, self.options, assigning, self._trouble).wind_down()

    async def _check_promises(self) -> None:
        """Who was told that something is under way finds it ended as he wished it, and nothing else is booked."""
        put_back = self.witness.put_back
        billed = await Billed(self.world, self.people.wishes, put_back, self.lying).check()
        granted = Granted(self.world, self.people.wishes, put_back, self.lying)
        await granted.check(billed)
        self.ends = granted.ends

    async def _nobody_is_suspected(self) -> None:
        """Everybody has looked at the logs of all neighbours at least once more, and has no proof against anybody."""
        await asyncio.sleep(LOOKED_SECONDS)
        for name in self.options.rings:
            proofs = await self.world.insist(name, lambda ring: ring.store.read(load_forks))
            heads = await self.world.insist(name, lambda ring: ring.store.read(load_all_cosigned))
            neighbours = {each for pair in self.world.pairs if name in pair for each in pair} - {name}
            assert [] == proofs, f"{name} has a proof against an honest ring, seed {self.world.seed}"
            assert len(heads) >= len(neighbours), f"{name} has not cosigned all of {neighbours}, seed {self.world.seed}"
        self.world.seen["logs watched"] += 1

    async def _fill_a_line(self) -> None:
        """A second more than a line can carry is not taken; exactly what it can carry is, by both rings."""
        payer, payee = self.world.pairs[self.options.seed % len(self.world.pairs)]
        line = await self._line(payer, payee)
        room = line.limit_out - line.clearing_seconds
        if room < 1:
            return
        await self.world.ask(payer, lambda ring: ring.members.add("rich", "Mitglied", min_seconds=-3 * room))
        await self.world.ask(payee, lambda ring: ring.members.add("pot", "Mitglied", max_seconds=3 * room))
        above = await self._fill(payer, payee, ABOVE, room + 1)
        # Where rings carry for each other, it may go around; by this line it never goes.
        fits = above != "paid" if self.options.passes else above == "no_capacity"
        assert fits, f"{payer} to {payee}: more than {room}: {above}"
        assert await self._fill(payer, payee, EXACT, room) == "paid", f"{payer} to {payee}: not the {room} that fit"
        await self._rest()

    async def _rest(self) -> None:
        """Wait until nothing is under way."""
        await quiet(self.world)

    async def _fill(self, payer: str, payee: str, number: int, seconds: int) -> str:
        """-> how it ended, or the code with which it was not even taken."""
        request = PayRequest(payment_id(number), "rich", f"pot@{payee}.example", seconds, "Rasen")
        try:
            await self.world.ask(payer, lambda ring: ring.payments.pay(request, OPERATOR))
        except LocalError as error:
            return error.code
        view = await ended(self.world, payer, number)
        return view.code or ("paid through others" if view.via else view.state)

    async def _line(self, one: str, other: str) -> PeerView:
        return await self.world.ask(one, lambda ring: ring.federation.view(f"{other}.example"))


def pairs_of(names: tuple[str, ...], *, passes: bool = False) -> list[tuple[str, str]]:
    """Who has a line to whom, each pair once; `passes`: each ring to the next one only, in a circle."""
    steps = range(1, 2 if passes else min(NEIGHBOURS, len(names) // 2) + 1)
    found = {tuple(sorted((names[at], names[(at + step) % len(names)]))) for at in range(len(names)) for step in steps}
    return sorted((one, other) for one, other in found)
