# SPDX-License-Identifier: AGPL-3.0-or-later
"""What fails on a day is a fault that a check has seen, or a crash: that proves nothing about the checks."""

from __future__ import annotations

import pytest

from tests.simulation.nodes import Crashed
from tests.simulation.playing import kind_of


def test_what_follows_an_error_of_the_program_is_a_crash_whoever_sees_it() -> None:
    """A payee's ring that fails over each order answers none: what waits for its answer proves no check."""
    with pytest.raises(AssertionError) as caught:
        exec(compile("assert False", "tests/simulation/checks.py", "exec"))  # noqa: S102 - as if it stood there

    assert Crashed is kind_of(caught.value, ["ash on /peer/v1/frames: TypeError()"])


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        ("tests/simulation/checks.py", AssertionError),
        ("node/ringtausch_node/store/group.py", Crashed),
        ("a copy/protocol/ringtausch_protocol/frames.py", Crashed),
    ],
)
def test_an_assertion_of_the_program_itself_is_a_crash(file: str, kind: type[AssertionError]) -> None:
    with pytest.raises(AssertionError) as caught:
        exec(compile("assert False", file, "exec"))  # noqa: S102 - as if it stood there

    assert kind == kind_of(caught.value)
