# SPDX-License-Identifier: AGPL-3.0-or-later
"""Lock databases that stay open between two questions: a ring opens its own for each, some seventy times a day.

SQLite's own work for an opening (the file, its schema) is a twentieth of a day's cost and the same each time. The file
has a rollback journal: what was answered is in it whether it is closed or not.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

from tests.simulation.disk import Disk
from tests.simulation.one_connection import OneConnection
from tests.simulation.other_sqlite import Shelf

#: `Folder.lock_database`.
_NAME = "lock.sqlite"


class _Lent:
    """What the lock database's reader uses of a connection. Closed, it waits for the next who opens the file."""

    def __init__(self, raw: Any, give_back: Callable[[Any], None]) -> None:
        self._raw, self._give_back, self._is_sound = raw, give_back, True

    def execute(self, sql: str, params: Any = ()) -> Any:
        """As sqlite3."""
        try:
            return self._raw.execute(sql, params)
        except sqlite3.Error:
            self._is_sound = False
            raise

    def close(self) -> None:
        """Give it back; one that has failed is closed."""
        if self._is_sound:
            self._give_back(self._raw)
        else:
            self._raw.close()


class KeptOpen:
    """In place of `sqlite3.connect`, for all nodes of a world. Each life has a folder, and so a path, of its own."""

    def __init__(self, connect: Callable[..., Any]) -> None:
        self._connect = connect
        self._idle: dict[str, list[Any]] = {}

    def connect(self, path: Any, **settings: Any) -> Any:
        """A lock database that is open and idle, or what `sqlite3.connect` gives."""
        name = str(path)
        if not name.endswith(_NAME):
            return self._connect(path, **settings)
        idle = self._idle.setdefault(name, [])
        return _Lent(idle.pop() if idle else self._connect(path, **settings), idle.append)

    def close(self) -> None:
        """The world ends."""
        for idle in self._idle.values():
            for raw in idle:
                raw.close()
        self._idle.clear()


def files_of(disk: Disk | None) -> KeptOpen:
    """How the rings of a world open their files: on its disk, or on the machine's."""
    return KeptOpen((OneConnection(sqlite3.connect) if disk is None else Shelf(disk)).connect)
