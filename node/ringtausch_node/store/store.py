# SPDX-License-Identifier: AGPL-3.0-or-later
"""The store of one ring: `await write(fn)` and `await read(fn)`, whole functions, group commit without a timer."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias, TypeVar, cast

from ringtausch_node.clock import Clock
from ringtausch_node.sometimes import sometimes
from ringtausch_node.store.apart import ReaderApart
from ringtausch_node.store.connection import (
    Connection,
    is_storage_failure,
    open_copier,
    open_reader,
    open_writer,
    opening_failed,
    storage_failed,
)
from ringtausch_node.store.copies import Damage, find_damage, rewrite, truncate_log, write_copy
from ringtausch_node.store.group import (
    CommitPoint,
    Done,
    GroupFailed,
    Hook,
    Outcome,
    UseCase,
    commit_group,
    read_group,
)
from ringtausch_node.store.migrations import migrate
from ringtausch_node.store.tx import Tx

T = TypeVar("T")

#: The most use cases in one transaction: bounds what one failure takes along and how long the next ones wait.
GROUP_MAX = 1000

_FAILED = "the store has failed and waits to be opened again"


class _Job(NamedTuple):
    use_case: UseCase
    future: asyncio.Future[Any]
    is_alone: bool = False


RunBatch: TypeAlias = Callable[[list[_Job]], Awaitable[None]]


class _Lane:
    """Use cases that wait for one connection. While a batch runs the next one gathers; idle, there is no task."""

    def __init__(self, run_batch: RunBatch) -> None:
        self._run_batch = run_batch
        self._waiting: deque[_Job] = deque()
        self._task: asyncio.Task[None] | None = None

    def submit(self, use_case: Callable[[Tx], T], *, is_alone: bool = False) -> asyncio.Future[T]:
        """Queue a use case; the future has its value once its batch is over. `is_alone`: nobody else is in that."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._waiting.append(_Job(use_case, future, is_alone))
        if self._task is None:
            self._task = loop.create_task(self._drain())
        return future

    async def idle(self) -> None:
        """Return when nothing waits and nothing runs."""
        while self._task is not None:
            await asyncio.wait((self._task,))

    async def _drain(self) -> None:
        batch: list[_Job] = []
        try:
            while self._waiting:
                batch = self._next_batch()
                if batch:
                    await self._run_batch(batch)
        except asyncio.CancelledError:  # the loop goes down; what became of the batch is read after reopening
            for job in (*batch, *self._waiting):
                job.future.cancel()
            self._waiting.clear()
            raise
        finally:
            self._task = None

    def _next_batch(self) -> list[_Job]:
        """Everything that waits, bounded, or up to one that is alone; who gave up before his turn is left out."""
        waiting = islice(self._waiting, GROUP_MAX)
        count = next((place for place, job in enumerate(waiting) if job.is_alone), len(self._waiting))
        taken = [self._waiting.popleft() for _ in range(min(GROUP_MAX, count or 1))]
        return [job for job in taken if not job.future.done()]


class Store:
    """One SQLite file with one writer and one reader. Made by `Store.open`, ended by `close`."""

    def __init__(self, path: Path, writer: Connection, reader: Connection, on_commit_point: CommitPoint | None) -> None:
        self._path, self._writer, self._reader = path, writer, reader
        self._on_commit_point = on_commit_point
        self._hooks: list[Hook] = []
        self._writes, self._reads = _Lane(self._write_batch), _Lane(self._read_batch)
        self._apart = ReaderApart(path)
        self._is_closed = False
        #: Set once the disk failed or a seal hook raised. The owner closes the store and opens it again.
        self.failed = asyncio.Event()
        #: Hops to the writer's thread that carried use cases: counted, never timed.
        self.hops = 0

    @classmethod
    async def open(cls, path: Path, *, clock: Clock, on_commit_point: CommitPoint | None = None) -> Store:
        """Open or create the file and bring its schema up to date.

        `on_commit_point` is called on the writer's thread with "before" (BEGIN), "inside" (just before COMMIT, seal
        hooks done) and "after" (durable); what it raises counts as a failed COMMIT. For tests and the simulator.
        Raises LocalError: storage_failed, database_damaged, schema (a migration was changed, or a newer program wrote
        this file).
        """
        writer = await open_writer(path)
        try:
            await writer.run(partial(migrate, applied_at=clock.now()))
            reader = await open_reader(path)
        except BaseException as error:
            await writer.close()
            is_sqlite = is_storage_failure(error) or isinstance(error, sqlite3.Error)  # locked by another program, too
            raise (opening_failed(path, error) if is_sqlite else error) from None
        return cls(path, writer, reader, on_commit_point)

    def on_seal(self, hook: Hook) -> None:
        """Call `hook(tx)` at the end of every group, before COMMIT, in the order of registration.

        `tx.collected(topic)` holds what the group's surviving use cases collected. A hook must never fail because of
        one peer or member: what it raises rolls back the whole group and stops the store.
        """
        self._hooks.append(hook)

    async def write(self, fn: Callable[[Tx], T], *, is_alone: bool = False) -> T:
        """Run `fn(tx)` in the writer's next transaction; its value, durable. `is_alone`: in one of its own.

        What `fn` raises undoes `fn` alone and comes back to its caller. Raises LocalError('storage_failed') if the
        disk failed: then the commit may or may not be durable. If the caller is cancelled while his group runs, the
        use case stands all the same.
        """
        self._refuse_if_unusable()
        return await self._writes.submit(fn, is_alone=is_alone)

    async def read(self, fn: Callable[[Tx], T]) -> T:
        """Run `fn(tx)` on a read-only snapshot that holds every commit answered so far. Errors as `write`."""
        self._refuse_if_unusable()
        return await self._reads.submit(fn)

    async def read_apart(self, fn: Callable[[Tx], T]) -> T:
        """As `read`, for a reading that takes long (all books, all frames): on a connection of its own.

        The readings of members and peers, which share the other one, go on meanwhile.
        """
        self._refuse_if_unusable()
        try:
            done = await self._apart.run(partial(_read_group, [fn]))
        except GroupFailed as failed:
            self.failed.set()
            raise failed.error from None
        outcome = done.outcomes[0]
        if outcome.error is not None:
            raise outcome.error
        return cast(T, outcome.value)

    async def damage(self) -> Damage | None:
        """Check every page of the file, on a connection of its own. -> what SQLite finds first, or None."""
        self._refuse_if_unusable()
        reader = await open_reader(self._path)
        try:
            return await reader.run(find_damage)
        finally:
            await reader.close()

    async def checkpoint(self) -> None:
        """Move what is committed from the write-ahead log into the file and empty the log (before a copy is made)."""
        self._refuse_if_unusable()
        await self._writes.idle()
        await self._writer.run(truncate_log)

    async def rewrite(self) -> bool:
        """Write the file anew, so that no page of it and of its log holds what was erased. Writers wait meanwhile.

        -> False where a reading of before still holds the log: again later. Raises LocalError('storage_failed') where
        there is no room for it; nothing is lost by that.
        """
        self._refuse_if_unusable()
        await self._writes.idle()
        try:
            return await self._writer.run(rewrite)
        except sqlite3.Error as error:
            raise storage_failed(error) from error

    async def copy(self, target: Path, then: Callable[[Tx], T]) -> T:
        """Write everything committed so far to a new file, check it, and run `then(tx)` on it, while the store goes on.

        All on a connection and a thread of their own. Raises LocalError: file_exists, file_unwritable, backup_broken,
        storage_failed, and what `then` raises.
        """
        self._refuse_if_unusable()
        connection = await open_copier(self._path)
        try:
            return await connection.run(partial(write_copy, target=target, then=then))
        finally:
            await connection.close()

    async def close(self) -> None:
        """Finish what waits, empty the write-ahead log, close the file. Safe to call twice."""
        if self._is_closed:
            return
        self._is_closed = True
        await self._writes.idle()
        await self._reads.idle()
        if not self.failed.is_set():
            with suppress(sqlite3.Error):  # everything is durable in the log; the next opening reads it from there
                await self._writer.run(truncate_log)
        await self._apart.close()
        with suppress(sqlite3.Error):
            await self._reader.close()
        with suppress(sqlite3.Error):
            await self._writer.close()

    def _refuse_if_unusable(self) -> None:
        if self.failed.is_set():
            raise storage_failed(_FAILED)
        if self._is_closed:
            raise storage_failed("the store is closed")

    async def _write_batch(self, batch: list[_Job]) -> None:
        use_cases = [job.use_case for job in batch]
        self.hops += not self.failed.is_set()
        await self._run(batch, self._writer, partial(_commit_group, use_cases, self._hooks, self._on_commit_point))

    async def _read_batch(self, batch: list[_Job]) -> None:
        await self._run(batch, self._reader, partial(_read_group, [job.use_case for job in batch]))

    async def _run(self, batch: list[_Job], connection: Connection, hop: Callable[[sqlite3.Connection], Done]) -> None:
        if self.failed.is_set():
            _answer(batch, [Outcome(None, storage_failed(_FAILED))] * len(batch))
            return
        try:
            done = await connection.run(hop)
        except GroupFailed as failed:
            if failed.stops:
                sometimes("a commit fails")
                self.failed.set()
            _answer(batch, [Outcome(None, failed.error)] * len(batch))
        except Exception as error:  # not the group's own: the connection or its thread is gone
            self.failed.set()
            _answer(batch, [Outcome(None, storage_failed(error))] * len(batch))
        else:
            _call_back(done.callbacks)
            _answer(batch, done.outcomes)


def _commit_group(
    use_cases: list[UseCase], hooks: list[Hook], point: CommitPoint | None, connection: sqlite3.Connection
) -> Done:
    return commit_group(connection, use_cases, hooks, point)


def _read_group(readings: list[UseCase], connection: sqlite3.Connection) -> Done:
    return read_group(connection, readings)


def _answer(batch: list[_Job], outcomes: list[Outcome]) -> None:
    for job, outcome in zip(batch, outcomes, strict=True):
        if job.future.done():  # the caller was cancelled meanwhile
            continue
        if outcome.error is None:
            job.future.set_result(outcome.value)
        elif isinstance(outcome.error, StopIteration):  # no future takes it, and the others must have their answers
            job.future.set_exception(RuntimeError("a use case raised StopIteration"))
        else:
            job.future.set_exception(outcome.error)


def _call_back(callbacks: list[Callable[[], object]]) -> None:
    """The commit stands: a callback that fails is reported to the loop and hurts nobody."""
    for callback in callbacks:
        try:
            callback()
        except Exception as error:
            context = {"message": "a callback after the commit failed", "exception": error}
            asyncio.get_running_loop().call_exception_handler(context)
