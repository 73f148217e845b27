# SPDX-License-Identifier: AGPL-3.0-or-later
"""A ring's readers share its writer's connection and change nothing on it; who looks from outside opens the file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.simulation.one_connection import Beside, OneConnection


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the books lie."""
    return tmp_path / "ring.sqlite"


@pytest.fixture
def files() -> OneConnection:
    """What opens them."""
    return OneConnection(sqlite3.connect)


@pytest.fixture
def writer(files: OneConnection, file: Path) -> Iterator[sqlite3.Connection]:
    """The first to open them."""
    opened: sqlite3.Connection = files.connect(file, isolation_level=None)
    opened.execute("PRAGMA journal_mode=WAL")
    opened.execute("CREATE TABLE hour (seconds INTEGER)")
    yield opened
    opened.close()


def _opened(files: OneConnection, file: Path, mode: str) -> Any:
    return files.connect(f"{file.as_uri()}?mode={mode}", uri=True, isolation_level=None)


def test_a_reading_that_writes_fails_and_is_undone(
    files: OneConnection, file: Path, writer: sqlite3.Connection
) -> None:
    reader = _opened(files, file, "rw")
    for sql in ("PRAGMA query_only=ON", "BEGIN", "INSERT INTO hour VALUES (3600)"):
        reader.execute(sql)

    with pytest.raises(AssertionError, match="a reading has written"):
        reader.execute("ROLLBACK")
    assert (0,) == writer.execute("SELECT count(*) FROM hour").fetchone()
    assert (0,) == writer.execute("PRAGMA query_only").fetchone()


def test_a_reader_that_closes_leaves_the_writer_open(
    files: OneConnection, file: Path, writer: sqlite3.Connection
) -> None:
    _opened(files, file, "rw").close()

    assert 1 == writer.execute("INSERT INTO hour VALUES (3600)").rowcount


def test_who_looks_from_outside_sees_only_what_is_committed(
    files: OneConnection, file: Path, writer: sqlite3.Connection
) -> None:
    for sql in ("BEGIN", "INSERT INTO hour VALUES (3600)"):
        writer.execute(sql)
    outside = _opened(files, file, "ro")

    assert (0,) == outside.execute("SELECT count(*) FROM hour").fetchone()
    outside.close()


def test_without_a_writer_a_reader_opens_the_file_itself(
    files: OneConnection, file: Path, writer: sqlite3.Connection
) -> None:
    writer.close()
    reader = _opened(files, file, "rw")

    assert not isinstance(reader, Beside)
    reader.close()
