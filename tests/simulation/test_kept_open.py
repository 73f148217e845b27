# SPDX-License-Identifier: AGPL-3.0-or-later
"""Lock databases stay open between two questions, unless one has failed, and until the world ends."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.simulation.kept_open import _NAME, KeptOpen


class _Openings:
    """`sqlite3.connect` that keeps what it gave."""

    def __init__(self) -> None:
        self.given: list[sqlite3.Connection] = []

    def connect(self, path: Path, **settings: Any) -> sqlite3.Connection:
        self.given.append(sqlite3.connect(path, **settings))
        return self.given[-1]


def test_a_lock_database_is_opened_once_for_many_questions(tmp_path: Path) -> None:
    openings = _Openings()
    files = KeptOpen(openings.connect)
    for _ in range(3):
        files.connect(tmp_path / _NAME).close()
    two = [files.connect(tmp_path / _NAME), files.connect(tmp_path / _NAME)]

    assert 2 == len(openings.given)
    for each in two:
        each.close()
    files.close()
    for each in openings.given:
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            each.execute("SELECT 1")


def test_one_that_failed_is_opened_anew(tmp_path: Path) -> None:
    openings = _Openings()
    files = KeptOpen(openings.connect)
    first = files.connect(tmp_path / _NAME)
    with pytest.raises(sqlite3.OperationalError):
        first.execute("SELECT nothing FROM nowhere")
    first.close()
    files.connect(tmp_path / _NAME).close()
    files.close()

    assert 2 == len(openings.given)


def test_the_books_are_what_the_store_opened(tmp_path: Path) -> None:
    openings = _Openings()
    files = KeptOpen(openings.connect)
    books = files.connect(tmp_path / "ring.sqlite")

    assert [books] == openings.given
    books.close()
