# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a run must bring: each kind of trouble as it happened, each place of the node, and the tests for the rest."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

from ringtausch_node.federation.frames.receiver import STOPS
from tests.house.tree import python_files, syntax_of
from tests.simulation.chance import KINDS, LATER_KINDS, LATEST_KINDS, LIARS, PASSING
from tests.simulation.quotas import (
    BY_TESTS,
    FIGURES_PER_SEED,
    MISHAPS,
    POINTS,
    QUOTA_FROM_SEEDS,
    lies_of,
    missed,
)

ROOT = Path(__file__).resolve().parents[2]
SEEDS = QUOTA_FROM_SEEDS
ENOUGH = Counter(dict.fromkeys((*FIGURES_PER_SEED, *map(lies_of, LIARS)), 30 * SEEDS))
REACHED = Counter(dict.fromkeys(POINTS, SEEDS))


def _places() -> Iterator[str]:
    """The names that the node's own code gives its places."""
    for path in python_files(ROOT / "node" / "ringtausch_node"):
        for node in ast.walk(syntax_of(path)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "sometimes":
                yield from _names(node.args[0])


def _names(said: ast.expr) -> Iterator[str]:
    if isinstance(said, ast.IfExp):
        yield from chain(_names(said.body), _names(said.orelse))
    elif isinstance(said, ast.JoinedStr):  # the one name that is made: why a frame is not taken
        begins = ast.literal_eval(said.values[0])
        yield from (f"{begins}{arrival.value}" for arrival in STOPS)
    else:
        yield ast.literal_eval(said)


def test_each_place_of_the_node_has_a_quota_or_a_test() -> None:
    assert sorted(_places()) == sorted((*POINTS, *BY_TESTS))


@pytest.mark.parametrize("place", BY_TESTS)
def test_what_days_seldom_reach_a_test_sees_reached(place: str) -> None:
    said = (ROOT / BY_TESTS[place]).read_text(encoding="utf-8")
    assert f'"{place.rpartition(": ")[2]}"' in said  # the reason for which a frame is not taken, or the whole name
    assert f'"{place.partition(": ")[0]}' in said
    assert "reached[" in said


def test_the_fault_model_names_what_days_seldom_reach_and_its_test() -> None:
    told = (ROOT / "docs" / "fault-model.md").read_text(encoding="utf-8")
    rows = [line.strip("| ").split(" | ") for line in told.splitlines() if line.startswith("| ")]
    assert {place: f"`{test}`" for place, test in BY_TESTS.items()}.items() <= {row[0]: row[-1] for row in rows}.items()


def test_each_kind_of_trouble_is_counted_where_it_happens() -> None:
    assert {*KINDS, *LATER_KINDS, *LATEST_KINDS, PASSING} == set(MISHAPS)
    assert set(MISHAPS.values()) <= set(FIGURES_PER_SEED)


@pytest.mark.parametrize("kind", [*MISHAPS, *LIARS])
def test_a_kind_that_never_happened_fails_a_run(kind: str) -> None:
    counted = MISHAPS.get(kind) or lies_of(kind)
    assert [] == missed(REACHED, ENOUGH, SEEDS, SEEDS)
    assert [f"{counted}: 0"] == missed(REACHED, {**ENOUGH, counted: 0}, SEEDS, SEEDS)


@pytest.mark.parametrize("place", POINTS)
def test_a_place_that_was_never_reached_fails_a_long_run(place: str) -> None:
    found = {name: 15 * count for name, count in REACHED.items()}
    assert [f"{place}: 0"] == missed({**found, place: 0}, {**ENOUGH, "settled": 10**6}, 15 * SEEDS, SEEDS)


@pytest.mark.parametrize(("seeds", "expected"), [(2_999, []), (3_000, ["crashed: 2990"])])
def test_three_thousand_days_bring_as_many_deaths_as_were_asked_for(seeds: int, expected: list[str]) -> None:
    """Of fewer a little may be missing by chance."""
    seen = Counter(dict.fromkeys(ENOUGH, 30 * seeds) | {"crashed": 2_990})
    points = Counter(dict.fromkeys(POINTS, seeds))

    assert expected == missed(points, seen, seeds, seeds)
