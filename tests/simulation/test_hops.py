# SPDX-License-Identifier: AGPL-3.0-or-later
"""Counted, never timed: one hop to the writer per use case, one signature and one verification per frame and side."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from ringtausch_node.members.model import OPERATOR
from ringtausch_node.payments.model import PayRequest
from tests.simulation.story import audit, copied, ended, fast_folder, lay_out, pay, quiet
from tests.simulation.world import World

RINGS = ("elm", "oak")


class Count(NamedTuple):
    """What one ring has done since the last look."""

    hops: int
    signatures: int
    verifications: int


class Counter:
    """Reads the counters of the rings of a world; each look gives what came since the one before."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._before = {name: Count(0, 0, 0) for name in RINGS}

    def look(self) -> dict[str, Count]:
        """-> by ring."""
        found = {}
        for name in RINGS:
            ring = self._world.nodes[name].ring
            assert ring is not None
            federation = ring.federation
            now = Count(ring.store.hops, federation.sealer.signatures, federation.incoming.verifications)
            found[name] = Count(*(after - before for after, before in zip(now, self._before[name], strict=True)))
            self._before[name] = now
        return found


@pytest.fixture(scope="module")
def template() -> Iterator[Path]:
    with fast_folder() as root:
        lay_out(root, RINGS, members=2)
        yield root


@pytest.fixture
def play(template: Path) -> Callable[[Callable[[World, Counter], object]], None]:
    """Play a story in a world whose two nodes have met and have nothing to do."""

    def run(story: Callable[[World, Counter], object]) -> None:
        with copied(template, 1, RINGS) as world:

            async def whole() -> None:
                for name in RINGS:
                    await world.boot(name, signs=False)  # its hops are a second's, not a payment's
                await quiet(world)
                counter = Counter(world)
                counter.look()
                await story(world, counter)  # type: ignore[misc]
                await audit(world)
                await world.close()

            world.run(whole())

    return run


Play = Callable[[Callable[[World, Counter], object]], None]


def test_a_payment_to_another_town(play: Play) -> None:
    async def story(world: World, counter: Counter) -> None:
        await pay(world, "elm", "oak", 1)
        assert "paid" == (await ended(world, "elm", 1)).state
        await quiet(world)
        found = counter.look()
        # elm: the member's wish, which is signed in the same commit; the decision. One frame each way.
        assert Count(hops=2, signatures=1, verifications=1) == found["elm"]
        # oak: the order, decided and answered in one commit; the post that says that the answer arrived costs none.
        assert Count(hops=1, signatures=1, verifications=1) == found["oak"]

    play(story)


def test_a_payment_within_the_town(play: Play) -> None:
    async def story(world: World, counter: Counter) -> None:
        request = PayRequest(None, "m0", "m1", 600, "Rasen")
        await world.ask("elm", lambda ring: ring.payments.pay(request, OPERATOR))
        assert {"elm": Count(1, 0, 0), "oak": Count(0, 0, 0)} == counter.look()

    play(story)


def test_payments_of_one_moment_share_commits_and_frames(play: Play) -> None:
    async def story(world: World, counter: Counter) -> None:
        tasks = [world.loop.create_task(pay(world, "elm", "oak", number, 60, number % 2)) for number in range(10)]
        for task in tasks:
            await task
        for number in range(10):
            assert "paid" == (await ended(world, "elm", number)).state
        found = counter.look()
        assert found["elm"].hops + found["oak"].hops < 20
        assert found["elm"].signatures == found["oak"].verifications < 10
        assert found["oak"].signatures == found["elm"].verifications < 10

    play(story)


def test_reading_never_asks_the_writer(play: Play) -> None:
    async def story(world: World, counter: Counter) -> None:
        await world.ask("elm", lambda ring: ring.federation.peers())
        await world.ask("elm", lambda ring: ring.accounts.statement("m0", None, 10, OPERATOR))
        assert {"elm": Count(0, 0, 0), "oak": Count(0, 0, 0)} == counter.look()

    play(story)
