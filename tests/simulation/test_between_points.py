# SPDX-License-Identifier: AGPL-3.0-or-later
"""kill -9 of the ring between, at every await and around every commit while payments pass through it.

Round after round it dies one point later in each of four payments: forward and paid, refused behind it, given back,
refused by itself.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial
from itertools import count
from pathlib import Path

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.members.model import OPERATOR
from ringtausch_node.payments.model import PaymentView
from tests.simulation.checks import Witness, settled
from tests.simulation.nodes import Node
from tests.simulation.story import audit, copied, ended, fast_folder, heal, lay_out, live, pay, payment_id, quiet
from tests.simulation.world import World

RINGS = ("oak", "elm", "ash")
BETWEEN = "elm"
PAIRS = (("oak", "elm"), ("elm", "ash"))
SEED = 5
#: Of the steps every third one is played, of the commit points all; `make bad-days` plays all steps, too.
STRIDES = {"step": 1 if os.environ.get("EVERY_STEP") else 3, "commit": 1}
#: A payment that passes has at least so many points; one that is not carried is refused in one commit.
LEAST = {"step": 18, "commit": 3}
#: How long rings may take to hear what lines the others have.
TELLING_SECONDS = 600.0


@pytest.fixture(scope="module")
def template() -> Iterator[Path]:
    """Three rings in a row that have heard of each other's lines."""
    with fast_folder() as root:
        lay_out(root, RINGS, pairs=PAIRS, carries=True)
        live(root, SEED + 1, RINGS, _yesterday)
        yield root


async def _yesterday(world: World) -> None:
    for name in RINGS:
        await world.boot(name)
    await world.until(lambda: _know_all(world), TELLING_SECONDS, "rings never heard of each other")
    await quiet(world)
    await world.close()


async def _know_all(world: World) -> bool:
    for name in RINGS:
        ring = world.nodes[name].ring
        assert ring is not None
        if len(ring.federation.ways.adverts._held) < len(RINGS):
            return False
    return True


class Passing:
    """Rounds of four payments that pass; in each of them the ring between dies at the round's point, if it has one."""

    def __init__(self, world: World, kind: str) -> None:
        self.world, self._kind = world, kind
        #: How often it died in each of the four.
        self.died: Counter[str] = Counter()
        self._numbers = count()
        self._dies_at = 0
        self._what = ""
        world.dies_here = self._dies_here
        world.spacing_seconds = 3_600  # checkpoints have a sweep of their own

    def _dies_here(self, node: Node, kind: str) -> bool:
        if node.name != BETWEEN or (kind == "step") != (self._kind == "step"):
            return False
        self._dies_at -= 1
        if self._dies_at == 0:
            self.died[self._what] += 1
        return self._dies_at == 0

    @asynccontextmanager
    async def _dying(self, what: str, number: int) -> AsyncIterator[None]:
        """What happens inside meets the death at its point `number`."""
        self._dies_at, self._what = number, what
        yield
        await quiet(self.world)
        self._dies_at = 0

    async def days(self) -> int:
        """Rounds, until one in which nobody died: then each point had its turn. -> how many."""
        for name in RINGS:
            await self.world.boot(name)
        await quiet(self.world)
        rounds, before = 0, -1
        while self.died.total() != before:
            before = self.died.total()
            await self._round(1 + rounds * STRIDES[self._kind])
            rounds += 1
        await self._ends(rounds)
        return rounds

    async def _round(self, number: int) -> None:
        paid = next(self._numbers)
        async with self._dying("paid", number):
            assert (await self._pays(paid, 90)).state == "paid"
        async with self._dying("refused", number):
            assert (await self._pays(next(self._numbers), 60, to="nobody")).code == "payee_refuses"
        async with self._dying("given back", number):
            given = await self.world.insist("ash", lambda ring: ring.refunds.refund(payment_id(paid), OPERATOR, 30))
            assert (await self.world.insist("ash", partial(_end_of, given.payment_id))).state == "paid"
        await self.world.insist(BETWEEN, partial(_carries, carries=False))
        async with self._dying("not carried", number):
            assert (await self._pays(next(self._numbers), 60)).code == "not_allowed"
        await self.world.insist(BETWEEN, partial(_carries, carries=True))

    async def _pays(self, number: int, seconds: int, to: str = "") -> PaymentView:
        await pay(self.world, "oak", "ash", number, seconds, to=to)
        return await ended(self.world, "oak", number)

    async def _ends(self, rounds: int) -> None:
        """Each payment counts once on both lines, whatever died in it."""
        await heal(self.world)
        books, owed = await audit(self.world), 60 * rounds
        assert books == {"oak>elm": owed, "elm>oak": -owed, "elm>ash": owed, "ash>elm": -owed}
        assert settled(self.world, books) == 2 * rounds
        for name, seconds in (("oak", -owed), ("ash", owed)):
            account = await self.world.ask(name, lambda ring: ring.accounts.account("m0", OPERATOR))
            assert account.balance_seconds == seconds, name
        await self.world.close()


async def _carries(ring: Ring, *, carries: bool) -> None:
    await ring.federation.carrying.set("ash.example", carries=carries)


async def _end_of(payment: str, ring: Ring) -> PaymentView:
    return await ring.payments.wait(payment, 600.0, OPERATOR)


@pytest.mark.parametrize("kind", ["step", "commit"])
def test_the_ring_between_killed_once_at_every_point(template: Path, kind: str) -> None:
    with copied(template, SEED, RINGS) as world:
        Witness(world)
        passing = Passing(world, kind)
        world.run(passing.days())
    print(f"{BETWEEN} killed at {kind} points: {dict(passing.died)}")  # noqa: T201 - part of the result

    assert min(passing.died.values()) >= LEAST[kind] // STRIDES[kind]
