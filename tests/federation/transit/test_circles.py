# SPDX-License-Identifier: AGPL-3.0-or-later
"""The search for circles of debts, and what adverts tell of a debt: pure, without a ring."""

from __future__ import annotations

import pytest

from ringtausch_node.federation.netting.circles import LEAST_SECONDS, PLAN_MAX, find_circles, guess_circles
from ringtausch_node.federation.routes.buckets import BUCKETS, above, claim_seconds, guess_seconds
from ringtausch_protocol.documents import Edge
from ringtausch_protocol.limits import AMOUNT_MAX
from tests.federation.towns import HOUR


def test_a_circle_has_what_its_smallest_debt_allows() -> None:
    claims = {"a": {"b": 3 * HOUR}, "b": {"c": 2 * HOUR}, "c": {"a": 5 * HOUR}}
    assert find_circles(claims, "a") == [(("a", "b", "c", "a"), 2 * HOUR)]
    assert find_circles(claims, "c") == [(("c", "a", "b", "c"), 2 * HOUR)]
    assert [circle.starter for ring in "abc" for circle in find_circles(claims, ring)] == ["a", "a", "a"]


def test_what_a_circle_takes_the_next_one_does_not_have() -> None:
    claims = {"a": {"b": 3 * HOUR}, "b": {"c": 2 * HOUR, "d": 3 * HOUR}, "c": {"a": 9 * HOUR}, "d": {"a": 9 * HOUR}}
    assert find_circles(claims, "a") == [(("a", "b", "d", "a"), 3 * HOUR)]
    claims["a"]["b"] = 4 * HOUR
    assert find_circles(claims, "a") == [(("a", "b", "d", "a"), 3 * HOUR), (("a", "b", "c", "a"), HOUR)]


@pytest.mark.parametrize(
    "claims",
    [
        {"a": {"b": HOUR}, "b": {"a": HOUR}},  # there and back
        {"a": {"b": HOUR}, "b": {"c": HOUR}},  # no way back
        {"a": {"b": HOUR}, "b": {"c": LEAST_SECONDS - 1}, "c": {"a": HOUR}},  # not worth it
        {"a": {"b": HOUR}, "b": {"c": HOUR}, "c": {"d": HOUR}, "d": {"e": HOUR}, "e": {"a": HOUR}},  # five rings
        {"b": {"c": HOUR}, "c": {"d": HOUR}, "d": {"b": HOUR}},  # of others
    ],
)
def test_what_is_no_circle_of_ours(claims: dict[str, dict[str, int]]) -> None:
    assert find_circles(claims, "a") == []


def test_guesses_are_circles_that_nobody_tells_shortest_first() -> None:
    claims = {"a": {"b": 3 * HOUR}, "b": {}, "c": {"a": 2 * HOUR}, "d": {"c": HOUR}}
    guesses = {**claims, "b": {"c": HOUR, "d": 9 * HOUR}, "c": {"a": 2 * HOUR, "b": HOUR}}
    assert guess_circles(claims, guesses, "a") == [(("a", "b", "c", "a"), HOUR), (("a", "b", "d", "c", "a"), HOUR)]
    assert guess_circles(guesses, guesses, "a") == []


def test_a_plan_has_an_end() -> None:
    names = [f"r{number:02}" for number in range(30)]
    claims = {one: {other: HOUR for other in names if other != one} for one in names}
    assert len(find_circles(claims, "r00")) == PLAN_MAX


def _edge(limit: int, free: int) -> Edge:
    return Edge(peer="x" * 52, limit_bucket=limit * 60, free_bucket=free * 60, transit=False)


@pytest.mark.parametrize(
    ("there", "back", "hours"),
    [
        ((600, 600), (600, 600), 0),  # even, or too little to be told
        ((600, 600), (600, 300), 10),  # the debtor has used some of his limit
        ((300, 600), (600, 300), 15),  # and the creditor could come to owe more than his
        ((300, 600), (600, 600), 10),
        ((600, 300), (600, 300), 0),  # both have used some: payments are under way, or a line rests
        ((600, 300), (300, 600), 0),  # it is the other way round
        ((1200, 1200), (1200, 600), None),  # no end is told
    ],
)
def test_what_two_adverts_tell_of_a_debt(there: tuple[int, int], back: tuple[int, int], hours: int | None) -> None:
    most = AMOUNT_MAX - 72_000 if hours is None else hours * HOUR
    assert claim_seconds(_edge(*there), _edge(*back)) == most


@pytest.mark.parametrize(
    ("there", "back", "seconds"),
    [
        ((600, 600), (600, 600), 10 * HOUR),  # nothing is told: up to a step, one way or the other
        ((1200, 1200), (1200, 1200), AMOUNT_MAX - 72_000),
        ((600, 600), (600, 300), 10 * HOUR),  # what is told
        ((600, 300), (600, 600), 0),  # it is the other way round
    ],
)
def test_what_two_adverts_leave_open(there: tuple[int, int], back: tuple[int, int], seconds: int) -> None:
    assert guess_seconds(_edge(*there), _edge(*back)) == seconds


def test_a_step_ends_where_the_next_begins() -> None:
    assert [above(step) for step in BUCKETS] == [*BUCKETS[1:], AMOUNT_MAX]
