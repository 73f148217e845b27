# SPDX-License-Identifier: AGPL-3.0-or-later
"""A ring has netted a circle since its copy, and one of its two lines there has begun anew."""

from __future__ import annotations

import asyncio
from functools import partial
from itertools import pairwise

import pytest

from ringtausch_node.bootstrap import Ring
from tests.federation.copies import Copies, ready
from tests.federation.reset.copied import is_in_step, waits
from tests.federation.reset.test_reset import begin_anew
from tests.federation.stating import a_day_later, are_signed
from tests.federation.towns import HOUR, Towns, faults, line_of, row_of, until, view_of
from tests.federation.transit.circle import Circle, circle_of_rings, netting_of
from tests.federation.transit.test_netting import tell


class Case:
    """A circle in which all owe each other two hours; the ring that begins it has a copy."""

    def __init__(self, towns: Towns, copies: Copies, circle: Circle) -> None:
        self.towns, self.copies, self.circle = towns, copies, circle
        self.place = circle.rings.index(circle.starter)

    @property
    def ring(self) -> Ring:
        """That is copied and put back."""
        return self.circle.rings[self.place]

    @property
    def begins(self) -> Ring:
        """The neighbour to which the trip goes: it owes us."""
        return self.circle.rings[self.place - 1]

    @property
    def ends(self) -> Ring:
        """The neighbour from which it comes back."""
        return self.circle.rings[(self.place + 1) % 3]

    async def copy(self) -> None:
        self.circle.rings[self.place] = await self.copies.take(self.ring.config.name)
        await ready(*self.circle.rings)

    async def net(self) -> None:
        await tell(self.circle)
        run = await netting_of(self.ring).run()
        assert [2 * HOUR] == [each.freed_seconds for each in run.walked]
        await until(partial(is_even, self.circle))

    async def put_back(self, first: Ring | None = None) -> None:
        """The copy back; `first`: which neighbour is heard before the other."""
        name = self.ring.config.name
        ring = self.circle.rings[self.place] = await self.copies.put_back(name, mark=True)
        if first is not None:
            other = self.ends if first is self.begins else self.begins
            self.towns.network.apart = {frozenset({name, other.config.name})}
        await ring.federation.start()
        if first is not None:
            await until(partial(is_in_step, ring, first))
            self.towns.network.heal()
        await ready(*self.circle.rings)

    async def lose_and_go_on_without(self, other: Ring, *, anew: bool) -> None:
        """It nets, `anew`: begins the line to the other anew, is put back, and recovers while that one is away."""
        await self.copy()
        await self.net()
        if anew:
            await begin_anew(self.ring, other)
        name = self.ring.config.name
        ring = self.circle.rings[self.place] = await self.copies.put_back(name, mark=True)
        self.towns.network.apart = {frozenset({name, other.config.name})}
        await ring.federation.start()
        await until(partial(is_in_step, ring, self.ends if other is self.begins else self.begins))
        await ring.federation.recovery.go_without(line_of(ring, other))
        await until(partial(is_over, ring))
        assert 2 * HOUR == await on_account(ring, "netting")
        self.towns.network.heal()

    async def recover_again(self) -> None:
        """As its operator says."""
        await self.ring.federation.recovery.declare_old_copy()
        await ready(*self.circle.rings)

    def path(self) -> list[str]:
        """The trip without its end."""
        return [each.identity.ring_id for each in (self.ring, self.begins, self.ends)]

    async def _is_explained(self) -> bool:
        left = [await on_account(self.ring, key) for key in ("netting", "recovered")]
        return [0, 0] == left and await waits(self.ring)

    async def assert_even(self) -> None:
        """Nobody owes anybody, the ring's own account is empty, and nothing waits for the office."""
        await until(self._is_explained)  # the last word of a circle may come as news when the recovery is over
        assert [0, 0, 0] == await self.circle.debts()
        await a_day_later(self.towns, *self.circle.rings)
        for one, other in pairwise([*self.circle.rings, self.circle.rings[0]]):
            await are_signed(one, other)
            assert [None, None] == [(await row_of(*each)).closed for each in ((one, other), (other, one))]
        assert [] == await faults(*self.circle.rings)


async def is_even(circle: Circle) -> bool:
    debts = await circle.debts()
    there = [(await view_of(other, one)).clearing_seconds for one, other in circle.edges]
    return [0, 0, 0] == debts == there


async def on_account(ring: Ring, key: str) -> int:
    sql = "SELECT coalesce(sum(balance_seconds), 0) FROM account WHERE key = ?"
    return await ring.store.read(lambda tx: int(tx.one(sql, (key,))[0]))


@pytest.fixture
async def case(towns: Towns, copies: Copies) -> Case:
    circle = await circle_of_rings(towns, 3)
    await circle.owe([2, 2, 2])
    return Case(towns, copies, circle)


@pytest.mark.parametrize("first", ["begins", "ends"])
@pytest.mark.parametrize("anew", ["begins", "ends"])
async def test_the_end_that_was_over_with_an_epoch_before_counts_once(case: Case, anew: str, first: str) -> None:
    await case.copy()
    await case.net()
    await begin_anew(case.ring, getattr(case, anew))

    await case.put_back(getattr(case, first))

    await case.assert_even()


async def test_a_trip_that_waited_in_the_copy_to_be_signed_counts_once(case: Case) -> None:
    """It is dropped when the recovery ends: members may have thought better of what waits."""
    case.towns.network.apart = {frozenset({case.ring.config.name, case.begins.config.name})}
    await until(partial(is_away, case.ring, case.begins))
    path = [*case.path(), case.ring.identity.ring_id]
    trip = asyncio.create_task(netting_of(case.ring).go_round(path, 2 * HOUR))
    await until(partial(is_queued, case.ring))
    trip.cancel()
    case.circle.rings[case.place] = await case.copies.take(case.ring.config.name)
    case.towns.network.heal()
    await until(partial(goes_round, case))
    await begin_anew(case.ring, case.begins)

    await case.put_back()

    await case.assert_even()


async def test_a_ring_that_recovers_without_the_neighbour_of_the_other_end_explains_it_when_that_one_comes(
    case: Case,
) -> None:
    await case.lose_and_go_on_without(case.begins, anew=True)
    await until(partial(is_back, case.ring, case.begins))

    await case.recover_again()
    await case.assert_even()

    await case.recover_again()
    await case.assert_even()


async def test_where_the_line_to_the_neighbour_of_the_other_end_begins_anew_instead_it_is_explained_then(
    case: Case,
) -> None:
    await case.lose_and_go_on_without(case.begins, anew=False)
    await until(partial(is_back, case.ring, case.begins))

    await begin_anew(case.begins, case.ring)

    await case.assert_even()


def meet(ring: Ring, other: Ring) -> None:
    """No test waits for a back-off."""
    line_of(ring, other).was_met()
    line_of(other, ring).was_met()


async def goes_round(case: Case) -> bool:
    """No test waits until a ring looks at what waits."""
    meet(case.ring, case.begins)
    await case.ring.store.write(case.ring.federation._sweep_once)
    return await is_even(case.circle)


async def is_queued(ring: Ring) -> bool:
    return await ring.store.read(lambda tx: tx.row("SELECT 1 FROM order_out WHERE state = 'queued'")) is not None


async def is_away(ring: Ring, other: Ring) -> bool:
    """An empty post finds out, and no test waits for it."""
    line = line_of(ring, other)
    line.owes_have = True
    line.wake.set()
    return (await view_of(ring, other)).state == "away"


async def is_over(ring: Ring) -> bool:
    return not ring.federation.recovery.is_active


async def is_back(ring: Ring, other: Ring) -> bool:
    """It is there again, and says that frames are lost, or has none of the new epoch yet."""
    meet(ring, other)
    return (await view_of(ring, other)).state in ("quarantined", "open")
