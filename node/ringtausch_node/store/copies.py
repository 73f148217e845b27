# SPDX-License-Identifier: AGPL-3.0-or-later
"""Copies of the ring's file: written while it is in use, and checked as a file of their own."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple, TypeVar

from ringtausch_node.store.connection import storage_failed
from ringtausch_node.store.tx import Tx
from ringtausch_protocol.errors import LocalError

T = TypeVar("T")


def rewrite(connection: sqlite3.Connection) -> bool:
    """Write the file anew and empty its log: no page keeps what was erased. -> False where a reading holds the log."""
    connection.execute("VACUUM")
    return truncate_log(connection)


def truncate_log(connection: sqlite3.Connection) -> bool:
    """Move the write-ahead log into the file. -> whether it is empty now."""
    return int(connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]) == 0


def write_copy(connection: sqlite3.Connection, target: Path, then: Callable[[Tx], T]) -> T:
    """Write what is committed now to `target` (mode 0600), check the copy, and run `then` on it.

    Raises LocalError: file_exists, file_unwritable, backup_broken, storage_failed.
    """
    try:
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        raise LocalError("file_exists", target.name) from None
    except OSError as error:
        raise LocalError("file_unwritable", f"{target.name}: {error.strerror}") from None
    try:
        connection.execute("VACUUM INTO ?", (str(target),))
    except sqlite3.Error as error:
        raise storage_failed(error) from error
    return check_copy(target, then)


class Damage(NamedTuple):
    """What SQLite finds wrong with a file first. `table`: where, as far as it says.

    `is_readable`: all rows can be read, only what they hold is odd.
    """

    table: str
    detail: str
    is_readable: bool


def find_damage(connection: sqlite3.Connection) -> Damage | None:
    """What is wrong with the file's pages, indexes, columns or keys; the first of it, or None."""
    try:
        found: str = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        orphan = connection.execute("PRAGMA foreign_key_check").fetchone()
        if found != "ok":
            return Damage(_table_of(connection, found), found.splitlines()[-1], not found.startswith("***"))
    except (sqlite3.DatabaseError, UnicodeError) as error:  # the latter: of a name in the schema
        return Damage("", str(error), is_readable=False)
    return None if orphan is None else Damage(orphan[0], f"a row without its {orphan[2]}", is_readable=True)


def _table_of(connection: sqlite3.Connection, found: str) -> str:
    """The table or index of a finding: named, or by the root page of its tree."""
    named = re.search(r"(?:failed in|value in|index) (\w+)", found)
    tree = re.search(r"[Tt]ree (\d+)", found)
    sql = "SELECT name FROM sqlite_master WHERE rootpage = ?"
    row = connection.execute(sql, (int(tree[1]),)).fetchone() if tree else None
    return str(row[0]) if row else named[1] if named else ""


def check_copy(path: Path, then: Callable[[Tx], T]) -> T:
    """Open a copy for reading only, check every page and key of it, and run `then` on it.

    Raises LocalError('backup_broken').
    """
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)) as copy:
            if find_damage(copy) is not None:
                raise LocalError("backup_broken", "integrity check")
            return then(Tx(copy))
    except (sqlite3.Error, UnicodeError) as error:
        raise LocalError("backup_broken", type(error).__name__) from None
