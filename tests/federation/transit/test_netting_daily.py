# SPDX-License-Identifier: AGPL-3.0-or-later
"""Circles are walked by themselves: once a day, and not by all rings in the same moment (SPEC.md 7.14)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.federation.netting.service import Netting
from ringtausch_node.ids import SystemIds
from ringtausch_protocol.errors import LocalError


class Chance(SystemIds):
    """Jitters that were written down before."""

    def __init__(self, ring: Ring, jitters: Sequence[float]) -> None:
        super().__init__(ring.clock)
        self._jitters = list(jitters)

    def jitter(self) -> float:
        """The next one."""
        return self._jitters.pop(0)


class Days:
    """What the netting of a ring does by itself: runs, and how long it sleeps between; then it sleeps for good."""

    def __init__(self, ring: Ring, jitters: Sequence[float] = (0.25, 0.5, 0.75)) -> None:
        self.did: list[str | float] = []
        self.code: str | None = None
        self._ring, self._left, self._is_over = ring, len(jitters), asyncio.Event()
        self.netting = Netting(
            store=ring.store, clock=ring.clock, ids=Chance(ring, jitters), identity=ring.identity,
            lines=ring.federation.lines, payer=ring.federation._payer, ways=ring.federation.ways,
            verify_believed=self._began, sleep=self._sleep,
        )  # fmt: skip

    def _began(self) -> None:
        self.did.append("run")
        if self.code is not None:
            raise LocalError(self.code)

    async def _sleep(self, seconds: float) -> None:
        self.did.append(seconds)
        self._left -= 1
        if self._left == 0:
            self._is_over.set()
            await asyncio.Event().wait()

    async def over(self) -> list[str | float]:
        """What it did until its jitters ended."""
        await self._is_over.wait()
        return self.did


@pytest.fixture
async def days(oak: Ring) -> AsyncIterator[Days]:
    """The days of oak."""
    found = Days(oak)
    yield found
    await found.netting.stop()


async def test_the_first_run_comes_within_an_hour_and_the_next_ones_a_day_and_up_to_five_minutes_later(
    days: Days,
) -> None:
    days.netting.start()
    assert [900.0, "run", 86_550.0, "run", 86_625.0] == await days.over()
    assert days.netting.last is not None
    assert [] == days.netting.last.walked


async def test_a_ring_that_may_not_pay_just_now_tries_again_the_next_day(days: Days) -> None:
    days.code = "recovering"
    days.netting.start()
    assert [900.0, "run", 86_550.0, "run", 86_625.0] == await days.over()
    assert days.netting.last is None


async def test_started_twice_it_runs_once_a_day_and_stopped_no_more(days: Days) -> None:
    days.netting.start()
    task = days.netting._task
    days.netting.start()
    assert [900.0, "run", 86_550.0, "run", 86_625.0] == await days.over()
    await days.netting.stop()
    assert task is not None
    assert task.cancelled()


async def test_where_the_database_failed_no_circle_is_walked(oak: Ring) -> None:
    days = Days(oak, [0.5, 0.5])
    oak.store.failed.set()
    days.netting.start()
    assert days.netting._task is not None
    await days.netting._task
    assert [1_800.0] == days.did
