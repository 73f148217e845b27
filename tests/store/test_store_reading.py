# SPDX-License-Identifier: AGPL-3.0-or-later
"""Readings: one snapshot, never a write, always what was answered before; and what survives a kill."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from pathlib import Path

import pytest

from ringtausch_node.store import Store, Tx
from ringtausch_node.store.connection import open_copier
from ringtausch_protocol.errors import LocalError
from tests.store.notes import OpenStore, add_note, create_notes, notes


async def test_a_reading_holds_every_commit_answered_so_far(store: Store) -> None:
    for number in range(20):
        await store.write(add_note(f"{number:02}"))
        assert number + 1 == len(await store.read(notes))


async def test_another_opener_sees_what_is_committed_and_nothing_else(store: Store, tmp_path: Path) -> None:
    seen: list[int] = []

    def look(_tx: Tx) -> None:
        other = sqlite3.connect(tmp_path / "ring.sqlite")
        seen.append(other.execute("SELECT count(*) FROM note").fetchone()[0])
        other.close()

    store.on_seal(look)
    await store.write(add_note("a"))
    await store.write(lambda _tx: None)
    assert [0, 1] == seen


async def test_readings_that_wait_share_a_snapshot_and_fail_alone(store: Store) -> None:
    def fails(_tx: Tx) -> None:
        raise LocalError("not_found")

    await store.write(add_note("a"))
    found = await asyncio.gather(store.read(notes), store.read(fails), store.read(notes), return_exceptions=True)
    assert [["a"], "not_found", ["a"]] == [getattr(each, "code", each) for each in found]


async def test_a_reading_cannot_write(store: Store) -> None:
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        await store.read(add_note("a"))
    assert not store.failed.is_set()
    assert [] == await store.read(notes)


async def test_only_the_writer_checkpoints(store: Store) -> None:
    def pragmas(connection: sqlite3.Connection) -> dict[str, object]:
        names = ("wal_autocheckpoint", "query_only", "foreign_keys", "journal_mode")
        return {name: connection.execute(f"PRAGMA {name}").fetchone()[0] for name in names}

    expected = {"wal_autocheckpoint": 0, "query_only": 1, "foreign_keys": 1, "journal_mode": "wal"}
    assert expected == await store._reader.run(pragmas)
    expected = {"wal_autocheckpoint": 2000, "query_only": 0, "foreign_keys": 1, "journal_mode": "wal"}
    assert expected == await store._writer.run(pragmas)


async def test_the_writer_is_durable_before_it_answers(store: Store) -> None:
    full = 2
    assert full == await store._writer.run(lambda connection: connection.execute("PRAGMA synchronous").fetchone()[0])


async def test_a_checkpoint_empties_the_log(store: Store, tmp_path: Path) -> None:
    await store.write(add_note("a"))
    log = tmp_path / "ring.sqlite-wal"
    assert log.stat().st_size > 0
    await store.checkpoint()
    assert 0 == log.stat().st_size
    assert ["a"] == await store.read(notes)


async def test_closing_leaves_one_file(open_store: OpenStore, tmp_path: Path) -> None:
    store = await open_store()
    await store.write(create_notes)
    await store.close()
    assert ["ring.sqlite"] == sorted(path.name for path in tmp_path.iterdir())


async def test_a_copy_of_the_files_of_a_killed_node_holds_what_was_answered(
    store: Store, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    await asyncio.gather(*(store.write(add_note(str(number))) for number in range(5)))
    copy = tmp_path_factory.mktemp("copy")
    for path in tmp_path.iterdir():
        if not path.name.endswith("-shm"):
            (copy / path.name).write_bytes(path.read_bytes())
    other = sqlite3.connect(copy / "ring.sqlite")
    assert 5 == other.execute("SELECT count(*) FROM note").fetchone()[0]
    other.close()


async def test_replacing_a_row_does_not_go_round_the_triggers(store: Store) -> None:
    def guarded(tx: Tx) -> None:
        tx.execute("CREATE TRIGGER stays BEFORE DELETE ON note BEGIN SELECT RAISE(ABORT, 'never deleted'); END")
        add_note("a")(tx)

    await store.write(guarded)
    with pytest.raises(LocalError, match="constraint: never deleted"):
        await store.write(lambda tx: tx.execute("REPLACE INTO note VALUES ('a', 5)").close())


async def test_a_long_reading_apart_does_not_hold_up_the_others(store: Store) -> None:
    go_on = threading.Event()

    def long(tx: Tx) -> list[str]:
        found = notes(tx)
        assert go_on.wait(10)
        return found

    await store.write(add_note("a"))
    reading = asyncio.create_task(store.read_apart(long))
    await asyncio.sleep(0.05)
    await store.write(add_note("b"))
    assert ["a", "b"] == await store.read(notes)
    go_on.set()
    assert await reading in (["a"], ["a", "b"])


async def test_a_reading_apart_cannot_write_and_gives_its_errors_to_its_caller(store: Store) -> None:
    def fails(_tx: Tx) -> None:
        raise LocalError("not_found")

    with pytest.raises(LocalError, match="not_found"):
        await store.read_apart(fails)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        await store.read_apart(add_note("a"))
    assert not store.failed.is_set()


async def test_readings_apart_share_a_connection_unless_they_meet(store: Store) -> None:
    """Each connection has a thread of its own, so the thread tells which it was."""
    go_on = threading.Event()

    def slow(_tx: Tx) -> threading.Thread:
        assert go_on.wait(10)
        return threading.current_thread()

    first, second = [await store.read_apart(_thread) for _ in range(2)]
    meeting = asyncio.create_task(store.read_apart(slow))
    await asyncio.sleep(0)
    other = await store.read_apart(_thread)
    go_on.set()

    assert first is second is await meeting
    assert first is not other


def _thread(_tx: Tx) -> threading.Thread:
    return threading.current_thread()


async def test_a_reading_apart_comes_from_the_file_each_time(store: Store, tmp_path: Path) -> None:
    """A head is signed over what lies on the disk, so a bit that flipped since the reading before must be seen."""
    await store.write(add_note("unchanged"))
    await store.checkpoint()
    assert ["unchanged"] == await store.read_apart(notes)
    data = (tmp_path / "ring.sqlite").read_bytes()
    (tmp_path / "ring.sqlite").write_bytes(data.replace(b"unchanged", b"Unchanged"))

    assert ["Unchanged"] == await store.read_apart(notes)


async def test_a_reading_apart_that_nobody_waits_for_ends(store: Store) -> None:
    begun = asyncio.Event()
    loop = asyncio.get_running_loop()

    def endless(tx: Tx) -> None:
        rows = tx.execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n")
        next(iter(rows))
        loop.call_soon_threadsafe(begun.set)
        for _ in rows:
            pass

    reading = asyncio.create_task(store.read_apart(endless))
    async with asyncio.timeout(10):
        await begun.wait()
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading


async def test_what_no_future_takes_hurts_nobody_else(store: Store) -> None:
    def stops(_tx: Tx) -> None:
        next(iter(()))

    found = await asyncio.gather(store.read(stops), store.read(notes), store.write(stops), return_exceptions=True)
    assert ["RuntimeError", "list", "RuntimeError"] == [type(each).__name__ for each in found]


async def test_a_copier_makes_no_database_where_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match="storage_failed"):
        await (await open_copier(tmp_path / "ring.sqlite")).close()
    assert [] == list(tmp_path.iterdir())
