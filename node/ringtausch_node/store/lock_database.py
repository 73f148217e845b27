# SPDX-License-Identifier: AGPL-3.0-or-later
"""The lock database: what must be remembered even when `ring.sqlite` is an old copy (SPEC.md 8.3).

A file of its own with a rollback journal and `synchronous=FULL`; it is written at each start, and at most once a second
for a checkpoint. It keeps the mark of a restored or replaced copy, the head of the log at the last opening or closing,
the newest signed checkpoint, and the boots of this folder: a hello that verifies under our own card but names a boot
that is not ours and never was shows a second copy of the ring (PROTOCOL 4).
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from ringtausch_node.store.connection import opening_failed
from ringtausch_protocol.errors import LocalError

_SCHEMA = (
    """
CREATE TABLE IF NOT EXISTS boot (
  number INTEGER PRIMARY KEY,
  boot BLOB NOT NULL UNIQUE CHECK (length(boot) = 16),
  opened_at INTEGER NOT NULL
) STRICT
""",
    """
CREATE TABLE IF NOT EXISTS boot_card (
  boot BLOB PRIMARY KEY CHECK (length(boot) = 16),
  card BLOB NOT NULL CHECK (length(card) = 32)
) STRICT, WITHOUT ROWID
""",
    """
CREATE TABLE IF NOT EXISTS mark (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  id BLOB NOT NULL CHECK (length(id) = 16),
  code TEXT NOT NULL CHECK (code IN ('restored', 'old_copy', 'replaced')),
  at INTEGER NOT NULL,
  copy_at INTEGER
) STRICT
""",
    """
CREATE TABLE IF NOT EXISTS head (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  log INTEGER NOT NULL,
  size INTEGER NOT NULL,
  root BLOB NOT NULL CHECK (length(root) = 32)
) STRICT
""",
    """
CREATE TABLE IF NOT EXISTS checkpoint (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  log INTEGER NOT NULL,
  size INTEGER NOT NULL,
  root BLOB NOT NULL CHECK (length(root) = 32),
  note BLOB NOT NULL
) STRICT
""",
)
_TABLES = "SELECT count(*) FROM sqlite_schema WHERE type = 'table'"


class Boot(NamedTuple):
    """One opening of the folder: a random id, when, and H of the card it stood under (None: not noted then)."""

    boot: bytes
    opened_at: int
    card: bytes | None = None


MarkCode: TypeAlias = Literal["restored", "old_copy", "replaced"]


class Mark(NamedTuple):
    """What must be known before anything is signed: this is an old copy, or a second copy runs elsewhere.

    restored: put here by `restore`; old_copy: by the operator's word; replaced: another copy speaks for the ring.
    `copy_at`: when the copy was made, where that is known.
    """

    id: bytes
    code: MarkCode
    at: int
    copy_at: int | None


class StoreHead(NamedTuple):
    """Where the log in `ring.sqlite` stood: number of the log, entries, RFC 6962 root (32 bytes)."""

    log: int
    size: int
    root: bytes


class SignedHead(NamedTuple):
    """A head that the ring has signed, and the checkpoint (SPEC.md 8.5) that says so."""

    log: int
    size: int
    root: bytes
    note: bytes

    @property
    def head(self) -> StoreHead:
        """What was signed."""
        return StoreHead(self.log, self.size, self.root)


class LockDatabase:
    """Boots, mark, head and newest checkpoint of one folder. Small and synchronous.

    Opened only by the process that holds the folder's lock.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._connection = sqlite3.connect(path, isolation_level=None)
            self._connection.execute("PRAGMA synchronous=FULL")
            if self._connection.execute(_TABLES).fetchone()[0] < len(_SCHEMA):
                self._lay_out()
        except sqlite3.Error as error:
            raise opening_failed(path, error) from None

    def _lay_out(self) -> None:
        """A new file, or one of a program before that had fewer tables. Each opening asks: the file is opened often."""
        self._connection.execute("PRAGMA journal_mode=DELETE")
        for statement in _SCHEMA:
            self._connection.execute(statement)

    def register_boot(self, boot: bytes, at: int, card: bytes | None = None) -> None:
        """Remember that the folder was opened as `boot` (16 bytes) at Unix second `at`; durable on return.

        `card`: the 32 bytes of H of the card under which this boot signs.
        """
        if card is not None:
            self._write("INSERT INTO boot_card (boot, card) VALUES (?, ?)", (boot, card))
        self._write("INSERT INTO boot (boot, opened_at) VALUES (?, ?)", (boot, at))

    def boots(self) -> list[Boot]:
        """All openings of the folder, newest last."""
        sql = "SELECT boot, opened_at, card FROM boot LEFT JOIN boot_card USING (boot) ORDER BY number"
        return [Boot(*row) for row in self._connection.execute(sql)]

    def mark(self) -> Mark | None:
        """The mark, if there is one."""
        row = self._connection.execute("SELECT id, code, at, copy_at FROM mark").fetchone()
        return None if row is None else Mark(*row)

    def set_mark(self, mark: Mark) -> None:
        """Set the mark; durable on return. One that was there is replaced."""
        self._write("INSERT OR REPLACE INTO mark (only, id, code, at, copy_at) VALUES (1, ?, ?, ?, ?)", mark)

    def clear_mark(self) -> None:
        """Take the mark away; durable on return."""
        self._write("DELETE FROM mark", ())

    def head(self) -> StoreHead | None:
        """The head that was noted last, if one was."""
        row = self._connection.execute("SELECT log, size, root FROM head").fetchone()
        return None if row is None else StoreHead(*row)

    def note_head(self, head: StoreHead) -> None:
        """Note where the log stands; durable on return. Nothing is written where nothing changed."""
        if head != self.head():
            self._write("INSERT OR REPLACE INTO head (only, log, size, root) VALUES (1, ?, ?, ?)", head)

    def checkpoint(self) -> SignedHead | None:
        """The newest checkpoint that was ever signed in this folder."""
        row = self._connection.execute("SELECT log, size, root, note FROM checkpoint").fetchone()
        return None if row is None else SignedHead(*row)

    def swap_checkpoint(self, known: SignedHead | None, new: SignedHead) -> None:
        """Put a checkpoint in the place of the known one, in one statement; durable on return.

        Raises LocalError('log_forked') where another stands there, or the new one does not go on from it: logs and
        sizes only grow, and a size has one root.
        """
        is_next = known is None or (new.log, new.size) > (known.log, known.size) or new.head == known.head
        changed = is_next and self._write(
            "INSERT OR REPLACE INTO checkpoint (only, log, size, root, note)"
            " SELECT 1, ?, ?, ?, ? WHERE (SELECT note FROM checkpoint) IS ?",
            (*new, None if known is None else known.note),
        )
        if not changed:
            raise LocalError("log_forked", f"log {new.log} at {new.size}: {self._path.name} stands elsewhere")

    def _write(self, sql: str, values: tuple[object, ...]) -> int:
        """One statement. -> how many rows it changed."""
        try:
            return self._connection.execute(sql, values).rowcount
        except sqlite3.Error as error:
            raise opening_failed(self._path, error) from None

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


class FolderMarks:
    """The mark of one folder, for its node: each call opens the file, does one thing, and closes it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> Mark | None:
        """The mark, if there is one."""
        with closing(LockDatabase(self._path)) as database:
            return database.mark()

    def set(self, mark: Mark) -> None:
        """Set the mark; durable on return."""
        with closing(LockDatabase(self._path)) as database:
            database.set_mark(mark)

    def clear(self) -> None:
        """Take the mark away."""
        with closing(LockDatabase(self._path)) as database:
            database.clear_mark()

    def signed_log(self) -> int:
        """The number of the newest log of which a head was signed here; 0 where there is none."""
        with closing(LockDatabase(self._path)) as database:
            signed = database.checkpoint()
            return 0 if signed is None else signed.log

    def boots(self) -> frozenset[bytes]:
        """Every boot that this folder ever had."""
        with closing(LockDatabase(self._path)) as database:
            return frozenset(each.boot for each in database.boots())
