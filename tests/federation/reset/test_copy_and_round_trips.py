# SPDX-License-Identifier: AGPL-3.0-or-later
"""A ring has netted a circle since its copy, and one of its two lines there has begun anew."""

from __future__ import annotations

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

    async def assert_even(self, *waiting: int) -> None:
        """Nobody owes anybody, the ring's own account is empty, and so many seconds wait for the office."""
        assert [0, 0, 0] == await self.circle.debts()
        assert 0 == await on_account(self.ring, "netting")
        assert sum(waiting) == await on_account(self.ring, "recovered")
        assert await waits(self.ring, *waiting)
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


async def test_a_ring_that_recovers_without_the_neighbour_of_the_other_end_explains_it_when_that_one_comes(
    case: Case,
) -> None:
    await case.copy()
    await case.net()
    await begin_anew(case.ring, case.begins)
    name, begins = case.ring.config.name, case.begins
    ring = case.circle.rings[case.place] = await case.copies.put_back(name, mark=True)
    case.towns.network.apart = {frozenset({name, begins.config.name})}
    await ring.federation.start()
    await until(partial(is_in_step, ring, case.ends))
    await ring.federation.recovery.go_without(line_of(ring, begins))
    await until(partial(is_over, ring))
    assert 2 * HOUR == await on_account(ring, "netting")

    case.towns.network.heal()
    await until(partial(is_lost_or_old, ring, begins))
    await ring.federation.recovery.declare_old_copy()
    await ready(*case.circle.rings)

    await case.assert_even()


async def test_what_was_explained_once_is_not_explained_again(case: Case, towns: Towns) -> None:
    await case.copy()
    await case.net()
    await begin_anew(case.ring, case.begins)
    await case.put_back()
    await case.assert_even()

    await case.ring.federation.recovery.declare_old_copy()
    await ready(*case.circle.rings)

    await case.assert_even()


async def is_over(ring: Ring) -> bool:
    return not ring.federation.recovery.is_active


async def is_lost_or_old(ring: Ring, other: Ring) -> bool:
    view = await view_of(ring, other)
    return view.state == "quarantined"
