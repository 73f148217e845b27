# SPDX-License-Identifier: AGPL-3.0-or-later
"""Limits by the za:rt rule: 10 % of a year's turnover, at most 20 % of the hours created, less what others have."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.members.model import OPERATOR
from ringtausch_node.payments.proposals import YEAR_SECONDS, Figures, propose
from tests.federation.towns import HOUR, Towns, end_of, pay, peer, talk, view_of


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        ((0, 0, 0, 0), (0, 0, "nothing_yet")),
        ((1_000 * HOUR, 1_000 * HOUR, 0, 0), (100 * HOUR, 100 * HOUR, "turnover")),
        ((1_000 * HOUR, 100 * HOUR, 0, 0), (20 * HOUR, 20 * HOUR, "created")),
        ((1_000 * HOUR, 500 * HOUR, 0, 0), (100 * HOUR, 100 * HOUR, "turnover")),
        ((1_000 * HOUR, 1_000 * HOUR, 30 * HOUR, 90 * HOUR), (70 * HOUR, 10 * HOUR, "turnover")),
        ((1_000 * HOUR, 1_000 * HOUR, 200 * HOUR, 40 * HOUR), (0, 60 * HOUR, "turnover")),
        ((1_000 * HOUR, 1_000 * HOUR, 100 * HOUR, 500 * HOUR), (0, 0, "all_given")),
        ((10 * HOUR + 17_999, 100 * HOUR, 0, 0), (HOUR, HOUR, "turnover")),
        ((5 * HOUR - 1, 100 * HOUR, 0, 0), (0, 0, "nothing_yet")),
        ((2**53, 2**53, 0, 0), (2**53 // 10 // 1_800 * 1_800,) * 2 + ("turnover",)),
    ],
)
def test_the_rule(figures: tuple[int, int, int, int], expected: tuple[int, int, str]) -> None:
    found = propose("elm.example", Figures(*figures))
    assert expected == (found.limit_in_seconds, found.limit_out_seconds, found.reason)


@pytest.fixture
async def towns(tmp_path: Path) -> AsyncIterator[Towns]:
    land = Towns(tmp_path)
    yield land
    await land.close_all()


async def rich(towns: Towns, name: str) -> Ring:
    """A ring with two members who may do what they like."""
    ring = await towns.found(name)
    for handle in ("alma", "ben"):
        await ring.members.add(handle, handle, min_seconds=-10_000 * HOUR, max_seconds=10_000 * HOUR)
    return ring


async def test_the_figures_are_those_of_the_last_year(towns: Towns) -> None:
    oak = await rich(towns, "oak")
    await pay(oak, "alma", "ben", 100 * HOUR)
    towns.clock.ahead_seconds = YEAR_SECONDS + 60
    for _ in range(2):
        await pay(oak, "alma", "ben", 200 * HOUR)
    back = await pay(oak, "alma", "ben", 50 * HOUR)
    await oak.refunds.refund(back.payment_id, OPERATOR)

    found = await oak.proposals.propose("elm.example")

    assert (400 * HOUR, 500 * HOUR) == (found.turnover_seconds, found.created_seconds)
    assert (40 * HOUR, "turnover") == (found.limit_in_seconds, found.reason)


async def test_payments_abroad_count_and_other_lines_are_taken_off(towns: Towns) -> None:
    oak, elm, ash = [await rich(towns, name) for name in ("oak", "elm", "ash")]
    await peer(oak, elm, limit_in=6 * HOUR, limit_out=20 * HOUR)
    await peer(oak, ash, limit_in=2 * HOUR, limit_out=3 * HOUR)
    await talk(oak, elm, ash)
    await pay(oak, "alma", "ben", 190 * HOUR)
    assert "paid" == (await end_of(oak, (await pay(oak, "alma", "ben@elm.example", 10 * HOUR)).payment_id)).state

    found = await oak.proposals.propose("elm.example")

    assert (200 * HOUR, 190 * HOUR) == (found.turnover_seconds, found.created_seconds)
    assert (18 * HOUR, 17 * HOUR) == (found.limit_in_seconds, found.limit_out_seconds)
    view = await view_of(oak, elm)
    assert (6 * HOUR, 20 * HOUR) == (view.limit_in, view.limit_out)  # nothing was set


async def test_a_line_that_was_given_up_takes_nothing_off(towns: Towns) -> None:
    oak, elm = [await rich(towns, name) for name in ("oak", "elm")]
    await peer(oak, elm, limit_in=6 * HOUR, limit_out=20 * HOUR)
    await talk(oak, elm)
    await oak.federation.giving_up.give_up("elm.example")

    found = await oak.proposals.propose("ash.example")

    assert (0, 0) == (found.given_in_seconds, found.given_out_seconds)
