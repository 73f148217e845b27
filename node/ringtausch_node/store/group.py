# SPDX-License-Identifier: AGPL-3.0-or-later
"""Group commit: everything that happens on the writer's thread in one hop. Plain functions, nothing awaited.

BEGIN IMMEDIATE, every use case in a savepoint of its own, the seal hooks, COMMIT. What one use case raises is its own;
what the disk or a seal hook raises concerns everybody.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, NamedTuple, TypeAlias

from ringtausch_node.store.connection import is_busy, is_storage_failure, storage_failed
from ringtausch_node.store.tx import Tx

UseCase: TypeAlias = Callable[[Tx], Any]
Hook: TypeAlias = Callable[[Tx], None]
CommitPoint: TypeAlias = Callable[[str], None]


class Outcome(NamedTuple):
    """What became of one use case: its value, or the error that only its caller gets."""

    value: Any
    error: Exception | None


class Done(NamedTuple):
    """A group that is over: an outcome for each use case, and what to call on the loop's thread."""

    outcomes: list[Outcome]
    callbacks: list[Callable[[], object]]


class GroupFailed(Exception):
    """Nobody in the group may believe anything. `stops`: the store must be closed and opened again."""

    def __init__(self, error: Exception, *, stops: bool = True) -> None:
        super().__init__(str(error))
        self.error = error
        self.stops = stops


def commit_group(
    connection: sqlite3.Connection, use_cases: Sequence[UseCase], hooks: Sequence[Hook], point: CommitPoint | None
) -> Done:
    """Run a group and commit it. Raises GroupFailed."""
    _begin(connection, point)
    try:
        cursor = connection.cursor()
        group = Tx(connection, cursor)
        outcomes = _run_all(connection, cursor, group, use_cases)
        if all(outcome.error is not None for outcome in outcomes):
            connection.execute("ROLLBACK")
            return Done(outcomes, [])
        for hook in hooks:
            hook(group)
        _verify_sound(connection, group)
    except BaseException as error:
        _roll_back(connection)
        raise _group_failed(error) from error
    _commit(connection, point)
    return Done(outcomes, group.callbacks)


def read_group(connection: sqlite3.Connection, readings: Sequence[UseCase]) -> Done:
    """Run readings on one snapshot of the file. Raises GroupFailed."""
    try:
        connection.execute("BEGIN")
        outcomes = [_read(connection, reading) for reading in readings]
        connection.execute("ROLLBACK")
    except BaseException as error:
        _roll_back(connection)
        raise _group_failed(error) from error
    return Done(outcomes, [])


def _begin(connection: sqlite3.Connection, point: CommitPoint | None) -> None:
    try:
        if point is not None:
            point("before")
        connection.execute("BEGIN IMMEDIATE")
    except BaseException as error:
        busy = isinstance(error, sqlite3.Error) and is_busy(error)
        raise GroupFailed(storage_failed(error), stops=not busy) from error


def _run_all(
    connection: sqlite3.Connection, cursor: sqlite3.Cursor, group: Tx, use_cases: Sequence[UseCase]
) -> list[Outcome]:
    if len(use_cases) == 1:  # alone: if it fails, the whole transaction is rolled back
        return [_run_one(connection, cursor, group, use_cases[0])]
    outcomes = []
    for use_case in use_cases:
        cursor.execute("SAVEPOINT use_case")
        outcome = _run_one(connection, cursor, group, use_case)
        if outcome.error is not None:
            cursor.execute("ROLLBACK TO use_case")
        cursor.execute("RELEASE use_case")
        outcomes.append(outcome)
    return outcomes


def _run_one(connection: sqlite3.Connection, cursor: sqlite3.Cursor, group: Tx, use_case: UseCase) -> Outcome:
    tx, outcome = Tx(connection, cursor), None
    try:
        outcome = Outcome(use_case(tx), None)
    except Exception as error:
        if is_storage_failure(error):
            raise
        outcome = Outcome(None, error)
    _verify_sound(connection, tx)
    if outcome.error is None:
        group.absorb(tx)
    return outcome


def _read(connection: sqlite3.Connection, reading: UseCase) -> Outcome:
    try:
        return Outcome(reading(Tx(connection)), None)
    except Exception as error:
        # A reader that tries to write is a mistake in our code, not a broken disk.
        is_write = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_READONLY
        if is_storage_failure(error) and not is_write:
            raise
        return Outcome(None, error)


def _verify_sound(connection: sqlite3.Connection, tx: Tx) -> None:
    """A storage failure cannot be swallowed, and nobody but us ends the transaction."""
    if tx.storage_error is not None:
        raise tx.storage_error
    if not connection.in_transaction:
        raise storage_failed("the transaction ended inside a use case")


def _commit(connection: sqlite3.Connection, point: CommitPoint | None) -> None:
    """A COMMIT that fails may be durable all the same: whatever is raised here, nobody may believe either."""
    try:
        if point is not None:
            point("inside")
        connection.execute("COMMIT")
        if point is not None:
            point("after")
    except BaseException as error:
        _roll_back(connection)
        raise GroupFailed(storage_failed(error)) from error


def _roll_back(connection: sqlite3.Connection) -> None:
    with suppress(sqlite3.Error, MemoryError):  # already reported; the file is read again after reopening
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _group_failed(error: BaseException) -> GroupFailed:
    """A broken disk reads as storage_failed; a seal hook's own error goes to everybody as it is."""
    if isinstance(error, Exception) and not is_storage_failure(error):
        return GroupFailed(error)
    return GroupFailed(storage_failed(error))
