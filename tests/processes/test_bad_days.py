# SPDX-License-Identifier: AGPL-3.0-or-later
"""The bad days of `make bad-days` are judged: a figure that is missed is named. The days themselves run there."""

from __future__ import annotations

import pytest

from tests.processes.bad_days import HEALED_SECONDS, SETTLED_SECONDS, Figures, note_healed, note_settled


@pytest.mark.parametrize(("late", "missed"), [(0, []), (1, []), (2, ["settled in time at loss"])])
def test_a_run_that_misses_a_figure_says_so(late: int, missed: list[str]) -> None:
    figures = Figures()

    note_settled(figures, [0.1] * (100 - late) + [SETTLED_SECONDS + 0.1] * late)

    assert (missed, 100.0 - late) == (figures.missed, figures.settled_in_time_percent)


def test_a_line_that_heals_too_slowly_is_named() -> None:
    figures = Figures()

    for seconds, what in ((HEALED_SECONDS, "a cut"), (HEALED_SECONDS + 1, "an hour apart")):
        note_healed(figures, seconds, what)

    assert ["healed after an hour apart"] == figures.missed
