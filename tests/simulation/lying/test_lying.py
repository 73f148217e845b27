# SPDX-License-Identifier: AGPL-3.0-or-later
"""Days with a liar: honest rings keep their books and are not accused, the liar is named where logs can tell."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.simulation.day import templates
from tests.simulation.lying.day import LIARS, LyingDay, kind_of
from tests.simulation.lying.histories import ForksHisLog, RunsTwice
from tests.simulation.lying.liars import Claims, Equivocates, Invents, Jams, Liar, SwapsTheDecider
from tests.simulation.lying.play import is_lying, play_any, play_lie
from tests.simulation.lying.wires import Hides, Replays, Thief, TwoStories


@pytest.fixture(scope="module")
def root() -> Iterator[Path]:
    with templates() as place:
        yield place


@pytest.mark.parametrize(
    ("seed", "kind", "code"),
    [(3, SwapsTheDecider, "decision_invalid"), (17, Thief, "fork")],
)
def test_a_liar_is_named_and_nobody_else(root: Path, seed: int, kind: type[Liar], code: str) -> None:
    day = play_lie(root, seed)

    assert kind is day.kind
    assert day.lies > 0
    assert {(code, name) for name, liar in day.liars.items() if liar.lies} == set(day.codes)


def test_one_seed_in_eight_is_a_day_of_a_liar_and_all_kinds_come() -> None:
    lying = [seed for seed in range(8 * len(LIARS)) if is_lying(seed)]

    assert len(LIARS) == len(lying)
    assert set(LIARS) == {kind_of(seed) for seed in lying}
    assert {Equivocates, Invents, Claims, TwoStories, Jams, Hides, Replays, ForksHisLog, RunsTwice} <= set(LIARS)


def test_who_is_named_by_no_log_says_why() -> None:
    assert [Jams, Hides, Replays, RunsTwice] == [kind for kind in LIARS if kind.hidden]


def test_who_forks_his_log_makes_no_neighbour_look_guilty(root: Path) -> None:
    """The seed that found it: a gap in the forked log was held against the neighbour whose frame was left out."""
    day = play_any(root, 20)

    assert isinstance(day, LyingDay)
    assert {("chain_gap", "fir"), ("head_differs", "fir")} == set(day.codes)
