# SPDX-License-Identifier: AGPL-3.0-or-later
"""An empty database as all migrations leave it, made once in a process and copied for every ring of the tests.

Thousands of rings are founded in them, and to migrate one costs six times all the rest of its opening. What the
migrations do is seen in `test_migrations.py`, and by every process that a test starts.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from functools import cache
from typing import Any

from ringtausch_node.store import store
from ringtausch_node.store.migrations import migrate


def migrated() -> sqlite3.Connection:
    """The whole schema in memory, as of the second 0."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.deserialize(_image())
    return connection


def copy_or_migrate(connection: Any, *, applied_at: int) -> None:
    """As `migrate`; an empty file of SQLite's own becomes a copy. A simulated disk sees every migration."""
    if isinstance(connection, sqlite3.Connection) and _is_empty(connection):
        with closing(migrated()) as made:
            made.execute("UPDATE migration SET applied_at = ?", (applied_at,))
            made.backup(connection)
    migrate(connection, applied_at=applied_at)


def copy_instead_of_migrating() -> None:
    """All stores of this process, from now on."""
    vars(store)["migrate"] = copy_or_migrate


@cache
def _image() -> bytes:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrate(connection, applied_at=0)
        return connection.serialize()


def _is_empty(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM sqlite_master").fetchone() is None
