# SPDX-License-Identifier: AGPL-3.0-or-later
"""How often a kind of day comes is what the fault model says."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

import pytest

from tests.simulation.chance import Options
from tests.simulation.revision import ROOT

DAYS = 4_000
ORDINALS = ("second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth")
#: How a row of the page begins, and which days it is about.
ROWS: dict[str, Callable[[Options], bool]] = {
    "one way is cut": lambda day: "long_cut" in day.kinds,
    "a clock leaps": lambda day: "leap" in day.kinds,
    "keys change": lambda day: "rotate" in day.kinds,
    "a ring that lies": lambda day: day.liar is not None,
    "payments pass through rings between": lambda day: day.passes,
    "a line begins anew": lambda day: "anew" in day.evening,
    "statements": lambda day: "statement" in day.evening,
    "a ring winds down": lambda day: "stopping" in day.evening,
    "HTTP itself": lambda day: day.has_bytes,
}


@cache
def _days() -> list[Options]:
    return [Options.of(seed) for seed in range(1, DAYS + 1)]


@pytest.mark.parametrize("begins", ROWS)
def test_a_kind_of_day_comes_as_often_as_the_page_says(begins: str) -> None:
    page = (ROOT / "docs" / "fault-model.md").read_text(encoding="utf-8")
    (row,) = re.findall(rf"^\| {begins}.*$", page, re.MULTILINE)
    said = re.search(r"every (\w+) (honest )?day", row)
    assert said is not None
    asked = [day for day in _days() if not said[2] or day.liar is None]

    assert ORDINALS[round(len(asked) / sum(map(ROWS[begins], asked))) - 2] == said[1]
