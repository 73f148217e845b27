# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a use case holds in its hands while it runs: SQL, things to collect, things to do after the commit."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from ringtausch_node.store.connection import is_storage_failure
from ringtausch_protocol.errors import LocalError

#: So that other rooms need not import sqlite3. Rows are tuples.
Cursor: TypeAlias = sqlite3.Cursor
Row: TypeAlias = tuple[Any, ...]
Params: TypeAlias = Sequence[object] | Mapping[str, object]


class Tx:
    """One use case inside the writer's transaction, or one reading of a snapshot. Good only while `fn(tx)` runs."""

    __slots__ = ("_collected", "_connection", "_cursor", "_done", "storage_error")

    def __init__(self, connection: sqlite3.Connection, cursor: sqlite3.Cursor | None = None) -> None:
        self._connection = connection
        #: For statements that are over when they return: making a cursor costs as much as a small statement.
        self._cursor = connection.cursor() if cursor is None else cursor
        self._collected: dict[str, list[Any]] = {}
        self._done: list[Callable[[], object]] = []
        #: Set by a statement that met a storage failure, so that a use case cannot swallow it.
        self.storage_error: sqlite3.Error | MemoryError | None = None

    def change(self, sql: str, params: Params = ()) -> int:
        """One statement that gives no rows. -> how many it changed; errors as `execute`.

        Long rows come as plain tuples: sqlite3 takes the fields of a NamedTuple one by one through Python's protocols.
        """
        try:
            return self._cursor.execute(sql, params).rowcount
        except (sqlite3.Error, MemoryError) as error:
            raise self._explain(error) from error

    def row(self, sql: str, params: Params = ()) -> Row | None:
        """The one row that a statement gives, or None; errors as `execute`."""
        try:
            found: Row | None = self._cursor.execute(sql, params).fetchone()
        except (sqlite3.Error, MemoryError) as error:
            raise self._explain(error) from error
        return found

    def one(self, sql: str, params: Params = ()) -> Row:
        """The row of a statement that always gives one: a count, a RETURNING; errors as `execute`."""
        found = self.row(sql, params)
        assert found is not None
        return found

    def execute(self, sql: str, params: Params = ()) -> Cursor:
        """One statement with a cursor of its own, for many rows. `change` and `row` cost half as much.

        Raises LocalError('constraint') where a CHECK, key or trigger refuses the row.
        """
        try:
            return self._connection.execute(sql, params)
        except (sqlite3.Error, MemoryError) as error:
            raise self._explain(error) from error

    def executemany(self, sql: str, rows: Iterable[Params]) -> Cursor:
        """One statement for many rows; errors as `execute`."""
        try:
            return self._connection.executemany(sql, rows)
        except (sqlite3.Error, MemoryError) as error:
            raise self._explain(error) from error

    def collect(self, topic: str, value: object) -> None:
        """Hand a value to the seal hooks of this group; forgotten if this use case is rolled back."""
        self._collected.setdefault(topic, []).append(value)

    def collected(self, topic: str) -> list[Any]:
        """What was collected under a topic, in order: in a use case its own, in a seal hook the whole group's."""
        return self._collected.get(topic, [])

    def after_commit(self, fn: Callable[[], object]) -> None:
        """Call `fn()` on the loop's thread once the commit is durable, before any caller of the group hears of it."""
        self._done.append(fn)

    @property
    def callbacks(self) -> list[Callable[[], object]]:
        """What is to be called after the commit."""
        return self._done

    def absorb(self, use_case: Tx) -> None:
        """Take over what a use case that stands has collected (the store's own business)."""
        for topic, values in use_case._collected.items():
            self._collected.setdefault(topic, []).extend(values)
        self._done.extend(use_case._done)

    def _explain(self, error: sqlite3.Error | MemoryError) -> Exception:
        if is_storage_failure(error):
            self.storage_error = error
        if isinstance(error, sqlite3.IntegrityError):
            return LocalError("constraint", str(error))
        return error
