# SPDX-License-Identifier: AGPL-3.0-or-later
"""Days on which everything goes wrong that a seed can think of: what goes wrong, who pays, what must hold."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from ringtausch_node.errors import LocalError
from ringtausch_node.members.model import OPERATOR
from ringtausch_node.payments.model import PaymentView, PayRequest
from tests.simulation.network import Faults
from tests.simulation.story import Witness, audit, copied, heal, payment_id
from tests.simulation.world import Killed, Node, World

RINGS = ("ash", "elm", "oak")
MEMBERS = 3
#: Refusals of a line or a limit before anything is promised to the payer.
NOT_TAKEN = {"no_capacity", "limit_lower", "paused", "no_route"}


@dataclass(frozen=True)
class Options:
    """What a seed stands for: a failure prints it, and it can be played again."""

    seed: int
    rings: tuple[str, ...]
    payments: int
    faults: Faults
    kills: float
    cuts: bool
    skew_seconds: int

    @classmethod
    def of(cls, seed: int) -> Options:
        """Each kind of trouble is switched on or off, more or less of it."""
        chance = random.Random(f"options-{seed}")
        faults = Faults(
            drop=chance.choice((0.0, 0.05, 0.2)),
            drop_answer=chance.choice((0.0, 0.05, 0.2)),
            duplicate=chance.choice((0.0, 0.05, 0.3)),
            straggle=chance.choice((0.0, 0.0, 0.05)),
            latency_seconds=chance.choice((0.005, 0.05, 0.5)),
        )
        return cls(
            seed=seed, rings=RINGS[: chance.choice((2, 2, 3))], payments=30, faults=faults,
            kills=chance.choice((0.0, 0.001, 0.004)), cuts=chance.random() < 0.4,
            skew_seconds=chance.choice((0, 0, 20)),
        )  # fmt: skip


class Day:
    """One day in a world: who pays whom, and what was promised to them."""

    def __init__(self, world: World, options: Options) -> None:
        self.world, self.options = world, options
        self._work = random.Random(f"work-{options.seed}")
        self.acknowledged: dict[int, str] = {}
        self.paid: Counter[tuple[str, str]] = Counter()
        self.ends: Counter[str] = Counter()

    async def play(self) -> dict[str, int]:
        """Trouble, then healing, then the final account."""
        self._make_trouble()
        people = [asyncio.ensure_future(self._person(number)) for number in range(self.options.payments)]
        cutter = asyncio.ensure_future(self._cut()) if self.options.cuts else None
        await asyncio.gather(*people)
        if cutter is not None:
            cutter.cancel()
        await heal(self.world)
        await self._check_promises()
        books = await audit(self.world)
        for (payer, payee), seconds in self.paid.items():
            assert books[f"{payer}>{payee}"] == seconds - self.paid[payee, payer], f"{payer}>{payee}"
        await self.world.close()
        return books

    def _make_trouble(self) -> None:
        world, options = self.world, self.options
        for name in options.rings:
            node = world.nodes[name]
            node.clock.skew_seconds = self._work.randint(-options.skew_seconds, options.skew_seconds)
            world.spawn_boot(name)
        world.network.faults = options.faults
        world.dies_here = self._dies_here

    def _dies_here(self, _node: Node, kind: str) -> bool:
        likely = self.options.kills * (1 if kind == "step" else 3)
        return likely > 0 and self.world.crash.random() < likely

    async def _person(self, number: int) -> None:
        """One wish to pay: some repeat it until they are answered, some ask once, some take it back."""
        await asyncio.sleep(self._work.uniform(0, 120))
        payer, payee = self._work.sample(self.options.rings, 2)
        who = f"m{self._work.randrange(MEMBERS + 1)}"
        to, is_patient = f"{who}@{payee}.example", self._work.random() < 0.7
        seconds, takes_back = self._work.randint(1, 9000), self._work.random() < 0.15
        request = PayRequest(payment_id(number), f"m{self._work.randrange(MEMBERS)}", to, seconds, "Rasen")
        ask = self.world.insist if is_patient else self.world.ask
        try:
            await ask(payer, lambda ring: ring.payments.pay(request, OPERATOR))
            self.acknowledged[number] = payer
            if takes_back:
                await ask(payer, lambda ring: ring.payments.cancel(payment_id(number), OPERATOR))
        except Killed:
            pass
        except LocalError as error:
            if error.code not in NOT_TAKEN:
                raise

    async def _cut(self) -> None:
        """One-way and whole cuts between two rings, for seconds or hours."""
        while True:
            await asyncio.sleep(self._work.expovariate(1 / 20))
            one, other = self._work.sample(self.options.rings, 2)
            ways = self._work.choice(([(one, other)], [(one, other), (other, one)]))
            self.world.network.cut.update(ways)
            await asyncio.sleep(self._work.expovariate(1 / self._work.choice((5, 60, 4000))))
            self.world.network.cut.difference_update(ways)

    async def _check_promises(self) -> None:
        """Whoever was told that a payment is under way finds it ended; the others find it ended or never begun."""
        for number in range(self.options.payments):
            views = [view for name in self.options.rings if (view := await self._view(name, number)) is not None]
            assert len(views) == (1 if number in self.acknowledged else len(views)), f"payment {number} is lost"
            for view in views:
                assert view.state in ("paid", "refused", "cancelled"), f"payment {number} is {view.state}"
                self.ends[view.state] += 1

    async def _view(self, name: str, number: int) -> PaymentView | None:
        try:
            view = await self.world.ask(name, lambda ring: ring.payments.get(payment_id(number), OPERATOR))
        except LocalError as error:
            if error.code != "not_found":
                raise
            return None
        if "@" not in view.to:
            return None  # the payee's side of it
        if view.state == "paid":
            self.paid[name, view.to.partition("@")[2].partition(".")[0]] += view.amount_seconds
        return view


def play_seed(template: Path, seed: int) -> tuple[World, Day]:
    """Play one seed. Raises AssertionError with the options where something does not hold."""
    options = Options.of(seed)
    with copied(template, seed, options.rings) as world:
        day = Day(world, options)
        Witness(world)
        try:
            world.run(day.play())
        except AssertionError as error:
            raise AssertionError(f"{error}\n{options}\npython -m tests.simulation --seed {seed} --trace") from error
        return world, day
