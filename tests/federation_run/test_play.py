# SPDX-License-Identifier: AGPL-3.0-or-later
"""A few of the real rings trade for some hours: real rooms, and the same seed gives the same bytes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from tests.federation_run.founding import found_all
from tests.federation_run.plan import HOUR, Absence, Plan, Wish, lines_of
from tests.federation_run.play import Played, play
from tests.federation_run.table import Ring
from tests.simulation.story import fast_folder

#: Each has a line to each.
RINGS = [
    Ring(name, "Here", (50.0, east), "", 10, 10, 50.0) for name, east in (("elm", 8.0), ("oak", 9.0), ("ash", 10.0))
]
LINES = lines_of(RINGS)


def plan(*wishes: tuple[str, str, int], absences: list[Absence] | None = None) -> Plan:
    """Payments of so many hours, a minute apart, from the first ten minutes on."""
    made = [Wish(at, 600.0 + 60 * at, one, other, hours * HOUR) for at, (one, other, hours) in enumerate(wishes)]
    return Plan(1, 0.5, 0.1, 1.0, made, absences or [])


@pytest.fixture(scope="module")
def template() -> Iterator[Path]:
    with fast_folder() as root:
        found_all(root, RINGS, LINES)
        yield root


@pytest.fixture(scope="module")
def played(template: Path) -> Played:
    """A circle of debts, a payment at home, one larger than any line, one to a ring that is away for an hour.

    In the end elm owes oak four hours, oak owes ash five, and ash owes elm four.
    """
    wishes = plan(
        ("elm", "oak", 4), ("oak", "ash", 4), ("ash", "elm", 4), ("elm", "elm", 2), ("elm", "oak", 100),
        ("oak", "ash", 1), absences=[Absence("ash", 850.0, 3_600.0)],
    )  # fmt: skip
    return play(template, wishes, RINGS)


def test_what_has_room_is_paid_and_what_has_none_is_not(played: Played) -> None:
    assert [(True, 1), (True, 1), (True, 1), (True, 0), (False, 0), (True, 1)] == [
        (fate.is_paid, fate.edges) for fate in played.fates
    ]
    assert [1, 1, 1, None, None, 1] == [fate.room_edges for fate in played.fates]
    assert "no_capacity" == played.fates[4].code


def test_a_payment_to_a_ring_that_is_away_waits_until_it_is_back(played: Played) -> None:
    assert 3_500 < played.fates[5].latency_seconds < 3_600


def test_a_circle_of_debts_is_freed_and_every_sum_is_zero(played: Played) -> None:
    assert [] == played.faults
    netted = played.netted
    assert [13, 12, 1, 1] == [
        seconds // HOUR
        for seconds in (netted.owed_seconds, netted.in_circles_seconds, netted.least_seconds, netted.left_seconds)
    ]
    assert netted.owed_seconds - netted.left_seconds <= netted.most_seconds == netted.bounds[0].most_seconds


def test_the_same_seed_plays_the_same_to_the_byte(template: Path) -> None:
    wishes = plan(("elm", "oak", 3), ("oak", "ash", 2), absences=[Absence("oak", 700.0, 300.0)])
    first, again = (msgspec.json.encode(play(template, wishes, RINGS)) for _ in range(2))
    assert first == again
