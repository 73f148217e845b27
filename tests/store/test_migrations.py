# SPDX-License-Identifier: AGPL-3.0-or-later
"""Numbered migrations: each once, whole or not at all, never changed afterwards."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ringtausch_node.clock import SystemClock
from ringtausch_node.store import Store
from ringtausch_node.store.migrations import Migration, load_migrations, migrate, split_statements
from ringtausch_protocol.errors import LocalError
from tests.store.keep_schema import CHECKSUMS, SCHEMA, current_checksums, current_schema
from tests.store.migrated import copy_or_migrate

ONE = Migration(1, "one", "CREATE TABLE a (x);\n")
TWO = Migration(2, "two", "CREATE TABLE b (x);\nINSERT INTO b VALUES (1);\n")


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    opened = sqlite3.connect(":memory:", isolation_level=None)
    yield opened
    opened.close()


def tables(connection: sqlite3.Connection) -> list[str]:
    return [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]


def test_no_kept_migration_has_changed_and_none_is_missing_from_the_kept_ones() -> None:
    """If one is missing: python -m tests.store.keep_schema."""
    assert CHECKSUMS.read_text(encoding="utf-8") == current_checksums()


def test_migrating_from_nothing_yields_the_kept_schema() -> None:
    assert SCHEMA.read_text(encoding="utf-8") == current_schema()


def test_the_copy_that_rings_of_the_tests_begin_with_is_what_migrating_from_nothing_yields(
    connection: sqlite3.Connection, tmp_path: Path
) -> None:
    migrate(connection, applied_at=7)
    with closing(sqlite3.connect(tmp_path / "ring.sqlite", isolation_level=None)) as copy:
        assert "wal" == copy.execute("PRAGMA journal_mode=WAL").fetchone()[0]
        copy_or_migrate(copy, applied_at=7)
        assert list(connection.iterdump()) == list(copy.iterdump())
        assert "wal" == copy.execute("PRAGMA journal_mode").fetchone()[0]


def test_numbers_are_unique_and_ascend_without_a_gap() -> None:
    numbers = [migration.number for migration in load_migrations()]
    assert list(range(1, len(numbers) + 1)) == numbers


def test_each_migration_is_recorded_with_its_checksum_and_applied_once(connection: sqlite3.Connection) -> None:
    migrate(connection, applied_at=5, migrations=[ONE])
    migrate(connection, applied_at=6, migrations=[ONE, TWO])
    migrate(connection, applied_at=7, migrations=[ONE, TWO])
    rows = connection.execute("SELECT number, name, checksum, applied_at FROM migration ORDER BY number").fetchall()
    assert [(1, "one", ONE.checksum, 5), (2, "two", TWO.checksum, 6)] == rows
    assert [(1,)] == connection.execute("SELECT x FROM b").fetchall()


def test_a_migration_upto_a_number_stops_there(connection: sqlite3.Connection) -> None:
    migrate(connection, 1, applied_at=5, migrations=[ONE, TWO])
    assert ["a", "migration"] == tables(connection)


def test_a_failing_migration_leaves_the_one_before_it_whole(connection: sqlite3.Connection) -> None:
    broken = Migration(2, "two", "CREATE TABLE b (x);\nINSERT INTO nowhere VALUES (1);\n")
    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        migrate(connection, applied_at=5, migrations=[ONE, broken])
    assert not connection.in_transaction
    assert ["a", "migration"] == tables(connection)
    migrate(connection, applied_at=6, migrations=[ONE, TWO])
    assert ["a", "b", "migration"] == tables(connection)


def test_a_migration_that_ends_its_own_transaction_fails(connection: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.OperationalError, match="no transaction is active"):
        migrate(connection, applied_at=5, migrations=[Migration(1, "one", "COMMIT;\n")])


@pytest.mark.parametrize(
    ("known", "words"),
    [
        ([ONE], "0002 two is unknown"),
        ([ONE, TWO._replace(sql=TWO.sql + "-- changed\n")], "0002 two was changed"),
        ([ONE._replace(name="renamed"), TWO], "0001 one was changed"),
        ([Migration(0, "zero", ""), ONE, TWO], "0000 zero comes too late"),
    ],
)
def test_a_history_that_is_not_ours_is_refused(
    connection: sqlite3.Connection, known: list[Migration], words: str
) -> None:
    migrate(connection, applied_at=5, migrations=[ONE, TWO])
    with pytest.raises(LocalError, match=f"schema: migration {words}"):
        migrate(connection, applied_at=6, migrations=known)


async def test_a_database_of_a_newer_program_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "ring.sqlite"
    await (await Store.open(path, clock=SystemClock())).close()
    connection = sqlite3.connect(path)
    connection.execute("INSERT INTO migration VALUES (9999, 'later', zeroblob(32), 0)")
    connection.commit()
    connection.close()
    with pytest.raises(LocalError, match="schema: migration 9999 later is unknown"):
        await Store.open(path, clock=SystemClock())


def test_statements_are_split_where_sqlite_ends_them() -> None:
    sql = (
        "-- a comment; with a semicolon\n"
        "CREATE TABLE a (x TEXT DEFAULT ';');\n"
        "CREATE TRIGGER t AFTER INSERT ON a BEGIN\n  DELETE FROM a;\n  DELETE FROM a;\nEND;\n"
        "-- the end\n"
    )
    assert 2 == len(split_statements(sql))


def test_an_unfinished_statement_is_refused() -> None:
    with pytest.raises(LocalError, match="schema"):
        split_statements("CREATE TABLE a (x);\nCREATE TABLE b (x)\n")
