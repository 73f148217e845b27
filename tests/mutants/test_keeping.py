# SPDX-License-Identifier: AGPL-3.0-or-later
"""A hunt that was interrupted goes on behind what it has found, of this very commit."""

from __future__ import annotations

from pathlib import Path

from tests.mutants.keeping import Record
from tests.simulation.revision import CHANGED

OF = "0123456789ab"


def test_what_was_found_is_known_again(tmp_path: Path) -> None:
    path = tmp_path / "build" / "mutants.txt"
    first = Record.opened(path, OF)
    first.add("a hold is not counted", 3, "oak: a line's holds are not its open orders")
    first.add("a second is lost", None, "crashed in 2 of 500")
    first.add("A1: a payment is paid again", 0, "")

    needed = {"a hold is not counted": 3, "a second is lost": None, "A1: a payment is paid again": 0}
    assert needed == Record.opened(path, OF).needed


def test_another_commit_and_a_changed_tree_begin_anew(tmp_path: Path) -> None:
    path = tmp_path / "mutants.txt"
    for of in (OF, OF[::-1], OF + CHANGED, OF + CHANGED):
        record = Record.opened(path, of)
        assert {} == record.needed
        record.add("a second is lost", 1, "sum is 1")

    assert f"commit {OF + CHANGED}" == path.read_text(encoding="utf-8").splitlines()[0]
