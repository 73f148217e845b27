# SPDX-License-Identifier: AGPL-3.0-or-later
"""All connections of a ring to its books are one, as they are on a simulated disk (`other_sqlite`).

A connection reads the whole schema and prepares every statement anew, and a ring opens three of them at each start. A
hop of the store is never interrupted, so none would see the midst of another's. Whoever looks from outside opens the
file itself.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

_NAME = "/ring.sqlite"
#: As `store.connection` asks for a connection beside the writer's.
_BESIDE = "?mode=rw"


class Beside:
    """What a reader or copier of the store uses of a sqlite3.Connection: the writer's, on which it changes nothing."""

    def __init__(self, writer: sqlite3.Connection) -> None:
        self._writer = writer
        self._changes = 0

    def cursor(self) -> sqlite3.Cursor:
        """As sqlite3."""
        return self._writer.cursor()

    def execute(self, sql: str, params: Any = ()) -> sqlite3.Cursor:
        """As sqlite3; what a reader sets for itself would bind the writer too. A reading that writes fails."""
        if sql == "BEGIN":
            self._changes = self._writer.total_changes
        elif sql == "ROLLBACK":
            ended = self._writer.execute(sql)
            assert self._changes == self._writer.total_changes, "a reading has written"
            return ended
        elif sql.startswith("PRAGMA ") and ("=" in sql or sql.endswith("shrink_memory")):
            return self._writer.execute("PRAGMA journal_mode")
        return self._writer.execute(sql, params)

    @property
    def in_transaction(self) -> bool:
        """As sqlite3."""
        return self._writer.in_transaction

    def interrupt(self) -> None:
        """Nothing runs while somebody else does."""

    def close(self) -> None:
        """The writer goes on."""


class OneConnection:
    """In place of `sqlite3.connect`, for all nodes of a world. Each life has a folder, and so a path, of its own."""

    def __init__(self, connect: Callable[..., Any]) -> None:
        self._connect = connect
        self._writers: dict[str, sqlite3.Connection] = {}

    def connect(self, path: Any, **settings: Any) -> Any:
        """What the writer of a file has open, for its reader; for all others what `sqlite3.connect` gives."""
        name = str(path)
        writer = self._writers.get(name.removesuffix(_BESIDE)) if name.endswith(_BESIDE) else None
        if writer is not None and _is_open(writer):
            return Beside(writer)
        opened = self._connect(path, **settings)
        if name.endswith(_NAME):
            self._writers[Path(path).absolute().as_uri()] = opened
        return opened


def _is_open(connection: sqlite3.Connection) -> bool:
    try:
        return connection.total_changes >= 0
    except sqlite3.ProgrammingError:
        return False
