# SPDX-License-Identifier: AGPL-3.0-or-later
"""SQLite connections: aiosqlite's, with one method more, and the settings that our promises rest on."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar, cast

import aiosqlite

from ringtausch_protocol.errors import LocalError

T = TypeVar("T")

#: Statements kept prepared per connection; all rooms together have fewer.
_STATEMENTS = 512
#: aiosqlite's own default; we never iterate its cursors.
_ITER_CHUNK = 64

COMMON = (
    "PRAGMA foreign_keys=ON",
    # The savepoint of each use case keeps the pages it changes aside: in memory, never in a temporary file.
    "PRAGMA temp_store=MEMORY",
)
WRITER = (
    # A receipt that is sent and then forgotten makes hours out of nothing.
    "PRAGMA synchronous=FULL",
    # Without it INSERT OR REPLACE would delete rows behind the back of the triggers that refuse deletion.
    "PRAGMA recursive_triggers=ON",
    # In pages of 4 KiB: the writer checkpoints inside a COMMIT about every 8 MB, and nobody else ever does.
    "PRAGMA wal_autocheckpoint=2000",
    "PRAGMA journal_size_limit=67108864",
    # In KiB, taken only as far as used: a group of 200 bookings in a large ring touches some 800 pages.
    "PRAGMA cache_size=-16000",
)
READER = (
    "PRAGMA query_only=ON",
    # SQLite up to 3.51.2 can lose commits when two connections checkpoint.
    "PRAGMA wal_autocheckpoint=0",
    "PRAGMA cache_size=-4000",
)

COPIER = (
    # Like a reader, but VACUUM INTO counts as writing.
    "PRAGMA wal_autocheckpoint=0",
    "PRAGMA cache_size=-4000",
)

#: Primary result codes after which nothing that this connection says about the file can be trusted any more.
_STORAGE_CODES = frozenset((
    sqlite3.SQLITE_INTERNAL, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_NOTADB,
))  # fmt: skip


class Connection(aiosqlite.Connection):
    """An aiosqlite connection that runs whole functions: a hop to its thread costs 20 times a statement."""

    async def run(self, fn: Callable[[sqlite3.Connection], T]) -> T:
        """`fn(connection)` in one hop; raises what it raises."""
        return cast(T, await self._execute(fn, self._conn))  # type: ignore[no-untyped-call]

    def join(self) -> None:
        """Wait the moment until the thread of a connection that never came about has told the loop its last word."""
        self._thread.join()


def is_storage_failure(error: BaseException) -> bool:
    """Disk full, I/O error, damaged file, out of memory, read-only: the kinds that stop the store."""
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK) & 0xFF in _STORAGE_CODES
    return isinstance(error, MemoryError)


def is_busy(error: sqlite3.Error) -> bool:
    """Another process holds the lock of the file: nothing has begun, nothing is wrong with the disk."""
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK) & 0xFF == sqlite3.SQLITE_BUSY


def storage_failed(error: object) -> LocalError:
    """The one error that callers see. SQLite's own words name files and columns, never their content."""
    if not isinstance(error, BaseException):
        return LocalError("storage_failed", str(error))
    failure = LocalError("storage_failed", f"{type(error).__name__}: {error}")
    failure.__cause__ = error
    return failure


def opening_failed(path: Path, error: BaseException) -> LocalError:
    """As `storage_failed`, and `database_damaged` where the file opens but holds no database, or a damaged one.

    Where SQLite names something of the schema that is no text any more, Python can but say that.
    """
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK) & 0xFF
    if code not in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT) and not isinstance(error, UnicodeError):
        failure = storage_failed(error)
        return LocalError(failure.code, f"{path.name}: {failure.detail}")
    return LocalError("database_damaged", path.name)


async def open_writer(path: Path) -> Connection:
    """The connection that writes and checkpoints. Raises LocalError('storage_failed')."""
    return await _open(path, (*COMMON, *WRITER), _connect)


async def open_reader(path: Path) -> Connection:
    """A connection that can only read. Raises LocalError('storage_failed')."""
    return await _open(path, (*COMMON, *READER), _connect_to_present)


async def open_copier(path: Path) -> Connection:
    """A connection that writes a copy to another file, and nothing to this one. Raises LocalError('storage_failed')."""
    return await _open(path, (*COMMON, *COPIER), _connect_to_present)


async def _open(path: Path, pragmas: tuple[str, ...], connect: Callable[[Path], sqlite3.Connection]) -> Connection:
    connection = Connection(partial(connect, path), _ITER_CHUNK)
    try:
        connection = cast(Connection, await connection)
        await connection.run(partial(_configure, pragmas=pragmas))
    except (sqlite3.Error, MemoryError, UnicodeError) as error:
        await connection.close()
        connection.join()
        raise opening_failed(path, error) from error
    except BaseException:
        await connection.close()
        raise
    return connection


def _connect(path: Path | str, **settings: bool) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None, cached_statements=_STATEMENTS, **settings)


def _connect_to_present(path: Path) -> sqlite3.Connection:
    """Only the writer makes the file: a copier that made an empty one would back up a lost ring as a new one."""
    return _connect(f"{path.absolute().as_uri()}?mode=rw", uri=True)


def _configure(connection: sqlite3.Connection, pragmas: tuple[str, ...]) -> None:
    mode = connection.execute("PRAGMA journal_mode=WAL").fetchone()[0]
    if mode != "wal":
        raise LocalError("storage_failed", f"journal mode is {mode}, not wal")
    for pragma in pragmas:
        connection.execute(pragma)
