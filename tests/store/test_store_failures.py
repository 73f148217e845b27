# SPDX-License-Identifier: AGPL-3.0-or-later
"""A disk that fails: nobody in the group may believe anything, and nothing is written until the store is reopened."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path

import pytest

from ringtausch_node.clock import SystemClock
from ringtausch_node.store import Store, Tx
from ringtausch_node.store.copies import check_copy
from ringtausch_protocol.errors import LocalError
from tests.store.notes import OpenStore, add_note, create_notes, notes


class Disk:
    """Fails at one commit point when told to."""

    def __init__(self) -> None:
        self.fails_at: str | None = None

    def __call__(self, point: str) -> None:
        if point == self.fails_at:
            raise sqlite3.OperationalError("disk I/O error")


def codes(found: Iterable[object]) -> list[object]:
    return [getattr(each, "code", each) for each in found]


@pytest.mark.parametrize(("point", "truth"), [("before", []), ("inside", []), ("after", ["a", "b", "c"])])
async def test_a_failed_commit_concerns_the_whole_group(open_store: OpenStore, point: str, truth: list[str]) -> None:
    disk = Disk()
    store = await open_store(disk)
    await store.write(create_notes)
    called: list[str] = []
    disk.fails_at = point

    def calling(tx: Tx) -> None:
        add_note("c")(tx)
        tx.after_commit(lambda: called.append("c"))

    found = await asyncio.gather(
        *(store.write(use_case) for use_case in (add_note("a"), add_note("b"), calling)), return_exceptions=True
    )
    assert ["storage_failed"] * 3 == codes(found)
    assert store.failed.is_set()
    assert [] == called
    await store.close()
    again = await open_store()
    assert truth == await again.read(notes)


async def test_after_a_failure_everything_is_refused_at_once(open_store: OpenStore) -> None:
    disk = Disk()
    store = await open_store(disk)
    await store.write(create_notes)
    disk.fails_at = "inside"
    first = asyncio.create_task(store.write(add_note("a")))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    waiting = asyncio.create_task(store.write(add_note("b")))
    found = await asyncio.gather(first, waiting, return_exceptions=True)
    assert ["storage_failed"] * 2 == codes(found)
    hops = store.hops
    disk.fails_at = None
    for refused in (store.write(add_note("c")), store.read(notes), store.checkpoint()):
        with pytest.raises(LocalError, match="storage_failed"):
            await refused
    assert hops == store.hops


async def test_a_full_disk_stops_the_store_even_if_a_use_case_swallows_it(store: Store) -> None:
    pages = await store._writer.run(lambda connection: connection.execute("PRAGMA page_count").fetchone()[0])
    await store._writer.run(lambda connection: connection.execute(f"PRAGMA max_page_count={pages + 2}").fetchall())

    def greedy(tx: Tx) -> None:
        try:
            for number in range(100):
                add_note(f"{number}" * 4000)(tx)
        except Exception:  # noqa: BLE001 - this is what the test is about
            return

    found = await asyncio.gather(
        store.write(add_note("before")), store.write(greedy), store.write(add_note("after")), return_exceptions=True
    )
    assert ["storage_failed"] * 3 == codes(found)
    assert "database or disk is full" in str(found[0])
    assert store.failed.is_set()


async def test_a_full_disk_leaves_nothing_half_done(store: Store, open_store: OpenStore) -> None:
    await store.write(add_note("before"))
    pages = await store._writer.run(lambda connection: connection.execute("PRAGMA page_count").fetchone()[0])
    await store._writer.run(lambda connection: connection.execute(f"PRAGMA max_page_count={pages}").fetchall())
    with pytest.raises(LocalError, match="storage_failed"):
        await store.write(
            lambda tx: tx.executemany("INSERT INTO note VALUES (?, 1)", [("x" * n,) for n in range(4000)]).close()
        )
    await store.close()
    again = await open_store()
    assert ["before"] == await again.read(notes)
    await again.write(add_note("goes on"))


async def test_no_memory_is_a_storage_failure(store: Store) -> None:
    def greedy(_tx: Tx) -> None:
        raise MemoryError

    with pytest.raises(LocalError, match="storage_failed"):
        await store.write(greedy)
    assert store.failed.is_set()


async def test_a_failing_seal_hook_gives_its_error_to_everybody_and_stops_the_store(
    store: Store, open_store: OpenStore
) -> None:
    def seal(_tx: Tx) -> None:
        raise ValueError("the hook's own")

    store.on_seal(seal)
    found = await asyncio.gather(store.write(add_note("a")), store.write(add_note("b")), return_exceptions=True)
    assert ["the hook's own"] * 2 == [str(each) for each in found]
    assert store.failed.is_set()
    await store.close()
    again = await open_store()
    assert [] == await again.read(notes)


@pytest.mark.parametrize("ending", ["COMMIT", "ROLLBACK"])
async def test_nobody_but_the_store_ends_a_transaction(store: Store, ending: str) -> None:
    found = await asyncio.gather(
        store.write(add_note("a")), store.write(lambda tx: tx.execute(ending).close()), return_exceptions=True
    )
    assert ["storage_failed"] * 2 == codes(found)
    assert store.failed.is_set()


async def test_a_hook_that_ends_the_transaction_stops_the_store(store: Store) -> None:
    store.on_seal(lambda tx: tx.execute("ROLLBACK").close())
    with pytest.raises(LocalError, match="storage_failed"):
        await store.write(add_note("a"))


async def test_a_lock_held_by_another_process_is_no_broken_disk(store: Store, tmp_path: Path) -> None:
    await store._writer.run(lambda connection: connection.execute("PRAGMA busy_timeout=1").fetchall())
    other = sqlite3.connect(tmp_path / "ring.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(LocalError, match="storage_failed: OperationalError: database is locked"):
        await store.write(add_note("locked out"))
    other.execute("ROLLBACK")
    other.close()
    assert not store.failed.is_set()
    await store.write(add_note("goes on"))
    assert ["goes on"] == await store.read(notes)


async def test_a_broken_file_stops_readers_too(store: Store) -> None:
    def broken(_tx: Tx) -> None:
        raise _corrupt()

    with pytest.raises(LocalError, match="storage_failed"):
        await store.read(broken)
    assert store.failed.is_set()


async def test_an_interrupt_on_the_writers_thread_fails_the_group(store: Store) -> None:
    def interrupted(_tx: Tx) -> None:
        raise KeyboardInterrupt

    with pytest.raises(LocalError, match="storage_failed"):
        await store.write(interrupted)


async def test_a_lost_connection_leaves_no_caller_waiting(store: Store) -> None:
    await store._writer.close()
    with pytest.raises(LocalError, match="storage_failed"):
        await store.write(add_note("a"))
    assert store.failed.is_set()


async def test_when_the_loop_goes_down_nobody_is_left_waiting(store: Store) -> None:
    first = asyncio.create_task(store.write(add_note("a")))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    second = asyncio.create_task(store.write(add_note("b")))
    await asyncio.sleep(0)
    assert store._writes._task is not None
    store._writes._task.cancel()
    found = await asyncio.gather(first, second, return_exceptions=True)
    assert all(isinstance(each, asyncio.CancelledError) for each in found)


def _without_a_name() -> bytes:
    """A database of which a disk has damaged the name of a table: it is no text any more."""
    with closing(sqlite3.connect(":memory:")) as made:
        made.execute("CREATE TABLE account(id INTEGER)")
        return made.serialize().replace(b"CREATE TABLE account", b"CREATE TABL\xa8 account")


@pytest.mark.parametrize(
    "content", [b"this is no database" * 100, b"SQLite format 3\0" + b"\xff" * 4080, _without_a_name()]
)
async def test_a_file_that_is_no_database_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "ring.sqlite"
    path.write_bytes(content)
    with pytest.raises(LocalError, match="database_damaged"):
        await Store.open(path, clock=SystemClock())
    with pytest.raises(LocalError, match="backup_broken"):
        check_copy(path, lambda tx: tx.one("SELECT 1"))


async def test_a_folder_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match="storage_failed"):
        await Store.open(tmp_path / "nowhere" / "ring.sqlite", clock=SystemClock())


async def test_a_store_that_cannot_keep_a_log_beside_it_is_refused() -> None:
    with pytest.raises(LocalError, match="journal mode is memory"):
        await Store.open(Path(":memory:"), clock=SystemClock())


async def test_a_full_disk_during_a_migration_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: object, **_named: object) -> None:
        raise _full()

    monkeypatch.setattr("ringtausch_node.store.store.migrate", full)
    with pytest.raises(LocalError, match="storage_failed"):
        await Store.open(tmp_path / "ring.sqlite", clock=SystemClock())


def _full() -> sqlite3.Error:
    return _raised(
        lambda connection: connection.execute("CREATE TABLE t AS SELECT zeroblob(20000) AS b"), "max_page_count=2"
    )


def _corrupt() -> sqlite3.Error:
    error = sqlite3.DatabaseError("database disk image is malformed")
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error


def _raised(fn: Callable[[sqlite3.Connection], object], pragma: str) -> sqlite3.Error:
    connection = sqlite3.connect(":memory:")
    connection.execute(f"PRAGMA {pragma}")
    try:
        fn(connection)
    except sqlite3.Error as error:
        return error
    finally:
        connection.close()
    raise AssertionError("nothing was raised")
