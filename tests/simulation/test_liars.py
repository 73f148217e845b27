# SPDX-License-Identifier: AGPL-3.0-or-later
"""Days with a liar among the rings: the honest lose no more than they lent, and the logs accuse him alone."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.simulation.chance import LIARS, Options
from tests.simulation.liars.day import KINDS_OF_LIARS, LyingDay
from tests.simulation.playing import play_seed, templates

#: One day of each kind; `make sim` plays many.
SEEDS = {kind: next(seed for seed in count() if Options.of(seed).liar == kind) for kind in LIARS}


@pytest.fixture(scope="module")
def root() -> Iterator[Path]:
    with templates() as place:
        yield place


@pytest.mark.parametrize("kind", LIARS)
def test_the_honest_stand_and_the_liar_alone_is_accused(root: Path, kind: str) -> None:
    day = play_seed(root, SEEDS[kind])

    assert isinstance(day, LyingDay)
    assert day.liar.told > 0
    assert day.settled > 0


def test_every_kind_that_a_seed_may_name_can_be_played() -> None:
    assert set(KINDS_OF_LIARS) == set(LIARS)


def test_a_liar_switched_off_leaves_an_honest_day() -> None:
    options = Options.of(SEEDS[LIARS[0]], frozenset({LIARS[0]}))

    assert (None, False) == (options.liar, LIARS[0] in options.kinds)
