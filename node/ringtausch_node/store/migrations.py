# SPDX-License-Identifier: AGPL-3.0-or-later
"""Numbered SQL files, each applied once, in one transaction with the row that records it.

A file that was ever applied never changes: its SHA-256 stands in the ring's database. A killed start leaves whole
migrations behind, and the next one goes on from there.
"""

from __future__ import annotations

import hashlib
import sqlite3
from functools import cache
from importlib import resources
from typing import NamedTuple

from ringtausch_protocol.errors import LocalError

_TABLE = """
CREATE TABLE IF NOT EXISTS migration (
  number INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  checksum BLOB NOT NULL CHECK (length(checksum) = 32),
  applied_at INTEGER NOT NULL
) STRICT
"""


class Migration(NamedTuple):
    """One file `NNNN_name.sql`."""

    number: int
    name: str
    sql: str

    @property
    def checksum(self) -> bytes:
        """SHA-256 of the file's text."""
        return _checksum(self.sql)


@cache
def _checksum(sql: str) -> bytes:
    """Each opening compares all of them."""
    return hashlib.sha256(sql.encode()).digest()


def load_migrations() -> list[Migration]:
    """All migrations of this program, ascending by number."""
    return list(_of_this_program())


@cache
def _of_this_program() -> tuple[Migration, ...]:
    """Read once: a program that opens many rings has the same for all."""
    folder = resources.files("ringtausch_node.store") / "migrations"
    files = [file for file in folder.iterdir() if file.name.endswith(".sql")]
    found = [Migration(int(file.name[:4]), file.name[5:-4], file.read_text(encoding="utf-8")) for file in files]
    return tuple(sorted(found))


def migrate(
    connection: sqlite3.Connection,
    upto: int | None = None,
    *,
    applied_at: int,
    migrations: list[Migration] | None = None,
) -> None:
    """Bring a database up to migration `upto` (default: the newest). `applied_at` is Unix time in seconds.

    Raises LocalError('schema'): the database is newer than this program, or an applied migration was changed.
    """
    known = load_migrations() if migrations is None else migrations
    applied = _load_applied(connection)
    _verify_history(known, applied)
    for migration in known:
        if migration.number not in applied and (upto is None or migration.number <= upto):
            _apply(connection, migration, applied_at)


def split_statements(sql: str) -> list[str]:
    """The statements of a file, one by one: `executescript` would commit behind our back, and triggers contain ';'.

    Raises LocalError('schema') if the last one is not finished.
    """
    statements, lines = [], list[str]()
    for line in sql.splitlines():
        lines.append(line)
        if sqlite3.complete_statement("\n".join(lines)):
            statements.append("\n".join(lines))
            lines = []
    if any(line.strip() and not line.lstrip().startswith("--") for line in lines):
        raise LocalError("schema", "unfinished statement at the end of a migration")
    return statements


def _load_applied(connection: sqlite3.Connection) -> dict[int, tuple[str, bytes]]:
    exists = connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'migration'").fetchone()
    if exists is None:
        return {}
    rows = connection.execute("SELECT number, name, checksum FROM migration")
    return {number: (name, checksum) for number, name, checksum in rows}


def _verify_history(known: list[Migration], applied: dict[int, tuple[str, bytes]]) -> None:
    by_number = {migration.number: migration for migration in known}
    newest = max(applied, default=0)
    for number, (name, checksum) in sorted(applied.items()):
        if number not in by_number:
            raise LocalError("schema", f"migration {number:04} {name} is unknown: a newer program wrote this database")
        if (by_number[number].name, by_number[number].checksum) != (name, checksum):
            raise LocalError("schema", f"migration {number:04} {name} was changed after it had been applied")
    for migration in known:
        if migration.number < newest and migration.number not in applied:
            raise LocalError("schema", f"migration {migration.number:04} {migration.name} comes too late")


def _apply(connection: sqlite3.Connection, migration: Migration, applied_at: int) -> None:
    statements = split_statements(migration.sql)
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute(_TABLE)
        for statement in statements:
            connection.execute(statement)
        connection.execute(
            "INSERT INTO migration (number, name, checksum, applied_at) VALUES (?, ?, ?, ?)",
            (migration.number, migration.name, migration.checksum, applied_at),
        )
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
