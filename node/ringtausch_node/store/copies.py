# SPDX-License-Identifier: AGPL-3.0-or-later
"""Copies of the ring's file: written while it is in use, and checked as a file of their own."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TypeVar

from ringtausch_node.store.connection import storage_failed
from ringtausch_node.store.tx import Tx
from ringtausch_protocol.errors import LocalError

T = TypeVar("T")


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


def find_damage(connection: sqlite3.Connection) -> str | None:
    """What is wrong with the file's pages, indexes, columns or keys; the first of it, or None."""
    try:
        found: str = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        orphan = connection.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.DatabaseError as error:
        return str(error)
    if found == "ok":
        return None if orphan is None else f"a row of {orphan[0]} without its {orphan[2]}"
    return found.splitlines()[-1]


def check_copy(path: Path, then: Callable[[Tx], T]) -> T:
    """Open a copy for reading only, check every page and key of it, and run `then` on it.

    Raises LocalError('backup_broken').
    """
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)) as copy:
            if find_damage(copy) is not None:
                raise LocalError("backup_broken", "integrity check")
            return then(Tx(copy))
    except sqlite3.Error as error:
        raise LocalError("backup_broken", type(error).__name__) from None
