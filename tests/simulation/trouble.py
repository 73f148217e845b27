# SPDX-License-Identifier: AGPL-3.0-or-later
"""What goes wrong on one day, as its seed says: deaths, cuts, power, disks, clocks, old copies."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any

import apsw

from ringtausch_node.backup import make_backup, restore_backup
from ringtausch_node.bootstrap import Ring
from ringtausch_node.errors import LocalError
from ringtausch_node.keyring.roots import load_roots
from ringtausch_node.keyring.rotation import Rotation
from tests.simulation.chance import Options
from tests.simulation.checks import Witness
from tests.simulation.cuts import Cuts
from tests.simulation.late import Late
from tests.simulation.nodes import Killed, Node
from tests.simulation.people import DAY_SECONDS, People
from tests.simulation.world import World

MARK_BYTES = 16
#: Clocks jump by less than what a ring begins to doubt its clock at (an hour).
JUMP_SECONDS = 1_700
#: Clocks leap by more than any ring believes: what is wrong is then seen, or is believed for a while.
LEAP_SECONDS = (4_000, 300_000)
#: A line's probe that a wrong clock refused is sent twice again before the line is open; one that was signed before a
#: cut for hours is past its deadline after it, and another follows.
PROBED_SECONDS = 200.0
#: How often a node is started anew as soon as its new card is there; else it is when it dies next, or never.
RESTARTS = 0.8
#: Cuts may last for hours.
RECOVERING_SECONDS = 90_000.0
#: How often the same copy is put back once more; how often the recovery is over before; and how long after.
AGAIN, AGAIN_AFTER, AGAIN_SECONDS = 0.2, 0.5, (2.0, 60.0)
#: Writes and syncs of one COMMIT, about: a cut comes before, between or after them.
OPERATIONS = 12
#: Deaths of a day by chance. Each start is hundreds of steps in all rings, and each step may be a death: eight rings
#: would do nothing else any more.
DEATHS_MAX = 6


class Trouble:
    """All kinds that are switched on. `begin`, and `end` before healing."""

    def __init__(self, world: World, options: Options, people: People, witness: Witness) -> None:
        self._world, self._options, self._people, self._witness = world, options, people, witness
        self._tasks: list[asyncio.Task[None]] = []
        #: Those that may take longer than the day of the people.
        self._lasting: list[asyncio.Task[None]] = []
        self._cuts = Cuts(world)

    def _chance(self, kind: str) -> random.Random:
        """Each kind has a stream of its own: switching one off changes no other."""
        return random.Random(f"{kind}-{self._options.seed}")

    def begin(self) -> None:
        """Set everything going."""
        skews = self._chance("skew")
        for name in self._options.rings:
            seconds = skews.randint(-self._options.skew_seconds, self._options.skew_seconds)
            self._world.nodes[name].clock.skew_seconds = seconds
            self._world.seen["clock skewed"] += self._world.nodes[name].clock.is_wrong
        self._world.network.faults = self._options.faults
        if self._options.crashes:
            self._world.dies_here = self._dies_here
        for kind, work in (
            ("cut", self._cuts.come_and_go), ("long_cut", self._cut_long), ("power", self._cut_power),
            ("disk", self._fail_disk), ("restore", self._put_back), ("jump", self._jump), ("leap", self._leap),
            ("rotate", self._rotate),
        ):  # fmt: skip
            if kind in self._options.kinds:
                self._tasks.append(asyncio.ensure_future(work(self._chance(kind))))
                if kind == "long_cut" or (kind == "restore" and "late" in self._options.kinds):
                    self._lasting.append(self._tasks[-1])

    async def outlast(self) -> None:
        """Wait for what takes longer than the day of the people."""
        await asyncio.gather(*self._lasting)

    async def end(self) -> None:
        """Nothing new goes wrong, and what was about to happens now."""
        for task in self._tasks:
            if task.done() and not task.cancelled():
                task.result()
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._world.disk is not None:
            self._world.disk.disarm_failures()
        for node in self._world.nodes.values():
            if node.loses_power:
                self._world.kill(node)
            node.clock.skew_seconds = max(-20, min(20, node.clock.skew_seconds))
            self._witness.read_all_again(node)

    def _dies_here(self, _node: Node, kind: str) -> bool:
        likely = self._options.crashes * (1 if kind == "step" else 3)
        return self._world.crash.random() < likely and self._world.kills < DEATHS_MAX

    async def _cut_long(self, chance: random.Random) -> None:
        await self._cuts.once(chance, DAY_SECONDS)

    def _some_node(self, chance: random.Random) -> Node | None:
        node = self._world.nodes[chance.choice(self._options.rings)]
        return node if node.ring is not None and not node.loses_power else None

    async def _cut_power(self, chance: random.Random) -> None:
        for _ in range(chance.randint(2, 6)):
            await asyncio.sleep(chance.uniform(1, DAY_SECONDS / 5))
            if (node := self._some_node(chance)) is not None:
                self._world.cut_power(node, chance.choice((None, chance.randrange(OPERATIONS))))

    async def _fail_disk(self, chance: random.Random) -> None:
        """EIO or ENOSPC at some write or sync."""
        assert self._world.disk is not None
        for _ in range(chance.randint(1, 4)):
            await asyncio.sleep(chance.uniform(1, DAY_SECONDS / 4))
            if (node := self._some_node(chance)) is not None:
                error = chance.choice((apsw.IOError, apsw.FullError))
                self._world.disk.arm_failure(self._world.folder(node), chance.randrange(OPERATIONS), error)
                self._world.loop.note("disk", node.name, error.__name__)

    async def _jump(self, chance: random.Random) -> None:
        for _ in range(chance.randint(1, 4)):
            await asyncio.sleep(chance.uniform(1, DAY_SECONDS / 2))
            node = self._world.nodes[chance.choice(self._options.rings)]
            before, node.clock.skew_seconds = node.clock.now(), chance.randint(-JUMP_SECONDS, JUMP_SECONDS) // 2
            self._world.seen["clock_jumped"] += node.clock.now() != before
            self._world.loop.note("clock jumps", node.clock.skew_seconds)
            self._witness.read_all_again(node)  # it may have leapt before, and jumped back by days

    async def _leap(self, chance: random.Random) -> None:
        """A clock is wrong by hours or days, and some time later its operator sets it right and says so."""
        for _ in range(chance.randint(1, 2)):
            await asyncio.sleep(chance.uniform(1, DAY_SECONDS / 2))
            node = self._world.nodes[chance.choice(self._options.rings)]
            before = node.clock.now()
            self._set_clock(node, node.clock.skew_seconds + chance.choice((-1, 1)) * chance.randint(*LEAP_SECONDS))
            self._world.seen["clock leapt"] += abs(node.clock.now() - before) >= LEAP_SECONDS[0]
            await asyncio.sleep(chance.uniform(5, DAY_SECONDS / 3))
            self._set_clock(node, 0)
            await self._confirm_clock(node.name)

    def _set_clock(self, node: Node, skew_seconds: int) -> None:
        node.clock.skew_seconds = skew_seconds
        self._world.loop.note("clock set", node.name, skew_seconds)
        self._witness.read_all_again(node)

    async def set_clocks_right(self) -> None:
        """Operators look at their clocks when nothing goes wrong any more."""
        if "leap" in self._options.kinds:
            for name in self._options.rings:
                await self._confirm_clock(name)
        if not self._options.kinds.isdisjoint({"leap", "long_cut"}):
            await asyncio.sleep(PROBED_SECONDS)

    async def _confirm_clock(self, name: str) -> None:
        """An operator says that a clock is right; of a ring that its copy has replaced nobody does (seed 8259)."""
        try:
            await self._world.insist(name, _confirm_clock)
        except LocalError as error:
            if error.code != "replaced":
                raise

    async def _rotate(self, chance: random.Random) -> None:
        """Operators issue a new card with new keys, beside the running node; its next boot takes them up."""
        for _ in range(chance.randint(1, 3)):
            await asyncio.sleep(chance.uniform(1, DAY_SECONDS / 3))
            if (node := self._some_node(chance)) is not None:
                folder = self._world.folder(node)
                with suppress(LocalError):  # the card before is still waiting for its boot
                    Rotation(folder, load_roots(folder), chance.randbytes).rotate()
                    self._world.seen["card issued"] += 1
                if chance.random() < RESTARTS:
                    self._world.kill(node)

    async def _put_back(self, chance: random.Random) -> None:
        """A ring is backed up, and some time later its disk is lost; then perhaps one of its neighbours'."""
        honest = [name for name in self._options.rings if f"{name}.example" not in self._witness.liars]
        for round_number in range(chance.choice((1, 1, 2))):
            await asyncio.sleep(chance.uniform(1, DAY_SECONDS / 3))
            name = chance.choice(honest)
            honest = [each for each in honest if {name, each} in map(set, self._world.pairs)] or honest
            file = self._world.root / f"{name}.{round_number}.backup"
            late = self._late(name, round_number)
            if await self.lose_disk(name, file, chance, lasts(chance, DAY_SECONDS / 2, late)):
                if late is not None:
                    await late.come()
                self._world.seen["neighbour put back, too"] += round_number

    def _late(self, name: str, round_number: int) -> Late | None:
        if "late" not in self._options.kinds:
            return None
        return Late(self._world, name, random.Random(f"late-{self._options.seed}-{round_number}"))

    async def lose_disk(
        self, name: str, file: Path, chance: random.Random, meanwhile: Callable[[], Awaitable[None]]
    ) -> bool:
        """Back up, let something happen `meanwhile`, put the copy back and let it recover; False: there was none."""
        before = set(self._people.wishes.acknowledged)  # what is acknowledged while it is made may not be in it
        if not await self._back_up(name, file):
            return False
        await meanwhile()
        self._restore(self._world.nodes[name], file, chance, before)
        await self._restore_again(self._world.nodes[name], file, before)
        await self._is_recovered(name)
        return True

    async def _restore_again(self, node: Node, file: Path, before: set[int]) -> None:
        """The same copy once more, amid the recovery or after it: of its new log a neighbour may have heard."""
        chance = self._chance(f"again-{file.name}")
        if chance.random() >= AGAIN:
            return
        if chance.random() < AGAIN_AFTER:
            await self._is_recovered(node.name)
        await asyncio.sleep(chance.uniform(*AGAIN_SECONDS))
        self._restore(node, file, chance, before)
        self._world.seen["the same copy again"] += 1

    def forget(self, name: str, partner: str) -> None:
        """A line has begun anew since the copy that is put back next: what passed on it before does not come back."""
        self._witness.forgotten.add((name, partner))

    async def _back_up(self, name: str, file: Path) -> bool:
        def backup(ring: Ring) -> Coroutine[Any, Any, Any]:
            return make_backup(ring.store, ring.folder, ring.identity.ring_id, ring.clock.now(), file)

        self._witness.is_copied(self._world.nodes[name])
        with suppress(Killed, LocalError):
            await self._world.ask(name, backup)
        return file.exists()

    def _restore(self, node: Node, file: Path, chance: random.Random, before: set[int]) -> None:
        """What was acknowledged here since the backup may be lost; what others signed or were sent comes back."""
        mark, at = chance.randbytes(MARK_BYTES), node.clock.now()
        self._world.kill(node, lambda _old, new: restore_backup(file, new, mark=mark, at=at))
        self._witness.forget(node)
        for number, name in list(self._people.wishes.acknowledged.items()):
            if name == node.name and number not in before:
                del self._people.wishes.acknowledged[number]

    async def _is_recovered(self, name: str) -> None:
        """Of two neighbours only one at a time comes from a backup: both at once is for their operators."""

        async def is_done() -> bool:
            ring = self._world.nodes[name].ring
            return ring is not None and not ring.federation.recovery.is_active

        await self._world.until(is_done, RECOVERING_SECONDS, f"{name} did not recover")


def lasts(chance: random.Random, most_seconds: float, late: Late | None = None) -> Callable[[], Awaitable[None]]:
    """Some seconds, which pass. `late`: who keeps meanwhile what a ring says."""

    async def pass_by() -> None:
        seconds = chance.uniform(5, most_seconds)
        await (asyncio.sleep(seconds) if late is None else late.keep(seconds))

    return pass_by


async def _confirm_clock(ring: Ring) -> None:
    await ring.timekeeping.confirm()
