# SPDX-License-Identifier: AGPL-3.0-or-later
"""What fails on a day is a fault that a check has seen, or a crash: that proves nothing about the checks."""

from __future__ import annotations

import pytest

from tests.simulation.nodes import Crashed
from tests.simulation.playing import kind_of


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
