# SPDX-License-Identifier: AGPL-3.0-or-later
"""Some days of the federation: everybody's wishes, nodes that are away, the end of all payments, then netting.

The rings are real, with their SQLite, signatures and rules; time and the network between them are the simulator's. What
rings do only because time passes is slowed down where nothing depends on it: a federation that has nothing to do would
cost more than all its payments.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from unittest import mock

import msgspec

from ringtausch_node.federation.line.model import LineSettings
from tests.federation_run.books import Books
from tests.federation_run.netting import Netted, net_all
from tests.federation_run.people import Fate, People
from tests.federation_run.plan import DAY, HOUR, Absence, Plan
from tests.federation_run.postman import Postman, no_gossip
from tests.federation_run.table import Ring
from tests.simulation.network import Faults
from tests.simulation.nodes import Killed
from tests.simulation.story import fast_folder
from tests.simulation.world import World

#: One way, on the mean: rings at home behind ordinary lines.
LATENCY_SECONDS = 0.1
#: A ring with an order of others that waits for its next hop looks at it as often as in service.
LOOK_SECONDS = 30.0
#: How often adverts are carried to everybody, and rings with payments of their own under way look at them.
ROUND_SECONDS = 600.0
#: What every ring does now and then of itself, and posts on idle lines; in service 30 s and 5 min.
IDLE_SWEEP_SECONDS, IDLE_POST_SECONDS = 3.0 * HOUR, 6.0 * HOUR
#: The longest pause between two tries to reach a node that is away (in service a minute); it says when it is back.
RETRY_SECONDS = 900.0
#: How far heads of a log lie apart: each life of a node signs one.
SIGN_SECONDS = 30.0 * DAY


class Played(msgspec.Struct, frozen=True, kw_only=True):
    """One run. hold_hours: credit in hours times the hours for which it was held, over all rings on the way."""

    seed: int
    across: float
    days: float
    factor: float
    absences: int
    away_share: float
    hold_hours: float
    fates: list[Fate]
    netted: Netted
    faults: list[str]
    trace: str


class Days:
    """The federation in one run."""

    def __init__(self, world: World, plan: Plan, rings: Sequence[Ring]) -> None:
        self._world, self._plan = world, plan
        self._books = Books(world)
        self._postman = Postman(world, self._books, {ring.name: ring.country for ring in rings})
        self._people = People(world, self._books)
        world.spacing_seconds = SIGN_SECONDS

    async def play(self) -> Played:
        """All of it."""
        for name in self._world.nodes:
            await self._world.boot(name)
        await self._world.until(self._is_met, DAY, "lines do not open")
        own = [asyncio.create_task(work) for work in (self._go_round(), self._look_after())]
        absences = [asyncio.create_task(self._be_away(each)) for each in self._plan.absences]
        fates = await asyncio.gather(*map(self._people.fulfil, self._plan.wishes))
        await asyncio.gather(*absences)
        hold_hours = self._books.held_seconds_squared() / HOUR / HOUR
        netted = await net_all(self._world, self._books, self._postman)
        for task in own:
            task.cancel()
        await asyncio.gather(*own, return_exceptions=True)
        faults = [*self._books.faults(), *self._world.failures()]
        await self._world.close()
        self._books.close()
        return self._played(fates, hold_hours, netted, faults)

    def _played(self, fates: list[Fate], hold_hours: float, netted: Netted, faults: list[str]) -> Played:
        plan, count = self._plan, len(self._world.nodes)
        away = sum(each.seconds for each in plan.absences) / (count * plan.days * DAY)
        return Played(
            seed=plan.seed, across=plan.across, days=plan.days, factor=round(plan.factor, 3),
            absences=len(plan.absences), away_share=round(away, 4), hold_hours=round(hold_hours, 3), fates=fates,
            netted=netted, faults=faults, trace=self._world.loop.trace,
        )  # fmt: skip

    async def _is_met(self) -> bool:
        rings = [node.ring for node in self._world.nodes.values() if node.ring is not None]
        lines = [line for ring in rings for line in ring.federation.lines.all()]
        return all(line.in_step and line.have_seq >= line.own_seq for line in lines)

    async def _be_away(self, absence: Absence) -> None:
        await asyncio.sleep(absence.at - self._world.loop.time())
        node = self._world.nodes[absence.ring]
        await node.up.wait()
        self._world.kill(node, away_seconds=absence.at + absence.seconds - self._world.loop.time())
        await node.up.wait()
        self._postman.tell_all(node.name)

    async def _go_round(self) -> None:
        while True:
            await self._postman.go_round()
            await self._sweep(lambda name: self._books.of(name).open > 0)
            await asyncio.sleep(ROUND_SECONDS)

    async def _look_after(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await self._sweep(lambda name: self._books.of(name).waiting > 0)

    async def _sweep(self, needs: Callable[[str], bool]) -> None:
        for name, node in self._world.nodes.items():
            if node.ring is not None and needs(name):
                with suppress(Killed):
                    await self._world.ask(name, lambda ring: ring.store.write(ring.federation._sweep_once))


def play(template: Path, plan: Plan, rings: Sequence[Ring]) -> Played:
    """Play a plan with copies of the folders that `found_all` made."""
    with fast_folder() as root:
        world = World(plan.seed, root)
        world.network.faults = Faults(latency_seconds=LATENCY_SECONDS)
        for ring in rings:
            shutil.copytree(template / f"{ring.name}.0", world.folder(world.add(ring.name)))
        with no_gossip(), _slowly():
            return world.run(Days(world, plan, rings).play())


@contextmanager
def _slowly() -> Iterator[None]:
    """What rings do of themselves is done seldom, and a node that is away is asked for seldom."""
    settings = partial(
        LineSettings, poll_seconds=IDLE_POST_SECONDS, retry_most_seconds=RETRY_SECONDS,
        retry_idle_seconds=RETRY_SECONDS,
    )  # fmt: skip
    with (
        mock.patch("ringtausch_node.federation.service.SWEEP_SECONDS", IDLE_SWEEP_SECONDS),
        mock.patch("ringtausch_node.bootstrap.composing.LineSettings", settings),
    ):
        yield
