# SPDX-License-Identifier: AGPL-3.0-or-later
"""The store's SQLite on a simulated disk: apsw, spoken to as `sqlite3`. Only apsw lets a disk be written in Python.

apsw files have no shared memory, which a write-ahead log with several connections needs. So all connections to one
file are one: a hop of the store is never interrupted, and none sees the midst of another's.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import apsw

from tests.simulation.disk import Disk

#: As many statements as the store's connections keep prepared: apsw's own number is smaller than there are.
_STATEMENTS = 512


def _translated(error: apsw.Error) -> sqlite3.Error:
    """apsw's error as the store knows it."""
    kind: type[sqlite3.Error] = sqlite3.OperationalError
    if isinstance(error, apsw.ConstraintError):
        kind = sqlite3.IntegrityError
    elif isinstance(error, apsw.NotADBError | apsw.CorruptError):
        kind = sqlite3.DatabaseError
    found = kind(str(error))
    found.sqlite_errorcode = getattr(error, "extendedresult", 0) or getattr(error, "result", 1)
    return found


class Cursor:
    """Rows are read at once: a statement is over when `execute` returns."""

    def __init__(self, raw: apsw.Connection) -> None:
        self._raw = raw
        self._rows: Iterator[Any] = iter(())
        self._before = raw.total_changes()

    def execute(self, sql: str, params: Any = ()) -> Cursor:
        """As sqlite3."""
        self._before = self._raw.total_changes()
        try:
            self._rows = iter(self._raw.execute(sql, params).fetchall())
        except apsw.Error as error:
            raise _translated(error) from None
        return self

    @property
    def rowcount(self) -> int:
        """As sqlite3, until the next statement of whatever cursor."""
        return self._raw.changes() if self._raw.total_changes() != self._before else 0

    def executemany(self, sql: str, rows: Any) -> Cursor:
        """As sqlite3."""
        try:
            self._raw.executemany(sql, rows)
        except apsw.Error as error:
            raise _translated(error) from None
        return self

    def fetchone(self) -> Any:
        """As sqlite3."""
        return next(self._rows, None)

    def fetchall(self) -> list[Any]:
        """As sqlite3."""
        return list(self._rows)

    def __iter__(self) -> Iterator[Any]:
        return self._rows


class Connection:
    """What the store uses of a sqlite3.Connection."""

    def __init__(self, raw: apsw.Connection, *, owns: bool) -> None:
        self._raw, self._owns = raw, owns

    def cursor(self) -> Cursor:
        """As sqlite3."""
        return Cursor(self._raw)

    def execute(self, sql: str, params: Any = ()) -> Cursor:
        """As sqlite3; what a reader sets for itself would bind the writer too."""
        if not self._owns and sql.startswith("PRAGMA "):
            return Cursor(self._raw).execute("PRAGMA journal_mode")
        return self.cursor().execute(sql, params)

    def executemany(self, sql: str, rows: Any) -> Cursor:
        """As sqlite3."""
        return self.cursor().executemany(sql, rows)

    @property
    def in_transaction(self) -> bool:
        """As sqlite3."""
        return bool(self._raw.in_transaction)

    @property
    def total_changes(self) -> int:
        """As sqlite3."""
        return self._raw.total_changes()

    def interrupt(self) -> None:
        """Nothing runs while somebody else does."""

    def close(self) -> None:
        """As sqlite3."""
        if self._owns:
            try:
                self._raw.close(True)
            except apsw.Error as error:
                raise _translated(error) from None


class Shelf:
    """Which file is open, and by whom it is shared."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self._open: dict[str, Connection] = {}

    def connect(self, path: Any, **settings: Any) -> Connection:
        """In place of `sqlite3.connect`."""
        name = unquote(urlsplit(str(path)).path) if settings.get("uri") else str(Path(path).absolute())
        shared = self._open.get(name)
        if shared is not None and _is_open(shared):
            return Connection(shared._raw, owns=False)
        try:
            raw = apsw.Connection(name, vfs=self._disk.name, statementcachesize=_STATEMENTS)
            if name.endswith("ring.sqlite"):
                raw.execute("PRAGMA locking_mode=EXCLUSIVE")
        except apsw.Error as error:
            raise _translated(error) from None
        opened = Connection(raw, owns=True)
        if name.endswith("ring.sqlite"):
            self._open[name] = opened
        return opened


def _is_open(connection: Connection) -> bool:
    try:
        return connection._raw.filename is not None
    except apsw.ConnectionClosedError:
        return False
