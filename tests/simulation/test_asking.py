# SPDX-License-Identifier: AGPL-3.0-or-later
"""What nobody can play is refused before anything is played, with what can be asked for instead."""

from __future__ import annotations

import pytest

from tests.simulation.asking import TROUBLE, asked
from tests.simulation.chance import Options


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("--seed 7 --off drop,nonsense", f"there is no nonsense; there are {', '.join(TROUBLE)}"),
        ("--off drop", "say which by --seed"),
        ("--seeds 7 --hash", "say which by --seed"),
        ("--seed 7 --json days.json", "not for one --seed"),
    ],
)
def test_what_nobody_can_play_is_refused(words: str, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        asked(words.split())

    assert says in capsys.readouterr().err


def test_all_that_a_day_may_have_can_be_switched_off() -> None:
    days = [Options.of(seed) for seed in range(500)]
    off = asked(["--seed", "7", "--off", ",".join(TROUBLE)]).off

    assert set() == frozenset().union(*(day.parts for day in days)) - off
    assert set() == frozenset().union(*(Options.of(day.seed, off).parts for day in days))
