# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whoever stops a hunt ends what it has begun, and begins nothing more."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.mutants.children import Children, Ended
from tests.processes.towns import until

FOR_EVER = ("timeit", "-n", "1", "-s", "import time", "time.sleep(1_000_000)")


def test_what_runs_is_ended_and_nothing_begins_after() -> None:
    children = Children()
    with ThreadPoolExecutor(1) as pool:
        found = pool.submit(children.run, [], *FOR_EVER)
        until(lambda: children.running, "it to begin")
        children.end()

        assert isinstance(found.exception(), Ended)
    with pytest.raises(Ended):
        children.run([], *FOR_EVER)
    assert 0 == children.running


def test_what_ends_by_itself_has_said_what_it_found() -> None:
    done = Children().run(["a", "b"], "timeit", "-n", "1", "-r", "1", "import os; print(os.environ['PYTHONPATH'])")

    assert (0, "a:b") == (done.returncode, done.stdout.splitlines()[0])
