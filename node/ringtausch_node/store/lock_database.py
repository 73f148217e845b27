# SPDX-License-Identifier: AGPL-3.0-or-later
"""The lock database: what must be remembered even when `ring.sqlite` is an old copy (LOG.md, "Keeping it").

A file of its own with a rollback journal and `synchronous=FULL`, a handful of writes per start. Today it keeps the
boots of this folder: a hello that verifies under our own card but names a boot that is not ours and never was shows a
second copy of the ring (PROTOCOL 4).
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import NamedTuple

from ringtausch_node.errors import LocalError

_SCHEMA = """
CREATE TABLE IF NOT EXISTS boot (
  number INTEGER PRIMARY KEY,
  boot BLOB NOT NULL UNIQUE CHECK (length(boot) = 16),
  opened_at INTEGER NOT NULL
) STRICT
"""


class Boot(NamedTuple):
    """One opening of the folder: a random id and when."""

    boot: bytes
    opened_at: int


class LockDatabase:
    """The boots of one folder. Opened by the one process that holds the folder's lock; small and synchronous."""

    def __init__(self, path: Path) -> None:
        try:
            self._connection = sqlite3.connect(path, isolation_level=None)
            self._connection.execute("PRAGMA journal_mode=DELETE")
            self._connection.execute("PRAGMA synchronous=FULL")
            self._connection.execute(_SCHEMA)
        except sqlite3.Error:
            raise LocalError("storage_failed", "lock database") from None

    def register_boot(self, boot: bytes, at: int) -> None:
        """Remember that the folder was opened as `boot` (16 bytes) at Unix second `at`; durable on return."""
        try:
            self._connection.execute("INSERT INTO boot (boot, opened_at) VALUES (?, ?)", (boot, at))
        except sqlite3.Error:
            raise LocalError("storage_failed", "lock database") from None

    def boots(self) -> list[Boot]:
        """All openings of the folder, newest last."""
        return [Boot(*row) for row in self._connection.execute("SELECT boot, opened_at FROM boot ORDER BY number")]

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
