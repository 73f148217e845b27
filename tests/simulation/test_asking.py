# SPDX-License-Identifier: AGPL-3.0-or-later
"""What nobody can play is refused before anything is played, with what can be asked for instead."""

from __future__ import annotations

import shlex
from collections import Counter

import pytest

from tests.simulation.asking import TROUBLE, asked
from tests.simulation.chance import Options
from tests.simulation.many import Played, command, fails_alike


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


def test_the_command_that_a_failed_day_prints_plays_it_with_less_trouble() -> None:
    for off in (frozenset[str](), frozenset(TROUBLE)):
        python, _, module, *words = shlex.split(command(7, off))

        assert ("python", "tests.simulation") == (python, module)
        assert (7, True, off) == (asked(words).seed, asked(words).trace, asked(words).off)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("1 lies and no finding, seed 5829\nOptions(...)", "2 lies and no finding, seed 5829", True),
        ("LocalError: line_ended: fir.example", "LocalError: line_ended: elm.example", True),
        ("LocalError: line_ended: fir.example", "LocalError: replaced", False),
        ("signed orders are still undecided (120 s)", "still not quiet (9000 s)", False),
        ("still not quiet (9000 s)", None, False),
        (None, None, False),
    ],
)
def test_a_day_with_less_trouble_is_the_same_failure_where_the_same_check_saw_it(
    one: str | None, other: str | None, *, expected: bool
) -> None:
    assert expected == fails_alike(_played(one), _played(other))
    assert not fails_alike(_played(one), _played(other)._replace(is_crash=True))


def _played(failure: str | None) -> Played:
    return Played(7, failure, (), Counter(), Counter(), 0.0)
