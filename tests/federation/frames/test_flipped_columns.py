# SPDX-License-Identifier: AGPL-3.0-or-later
"""One bit of any column or page is changed, as a bad disk does: `verify` finds it and names the table and the row."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from ringtausch_node.bootstrap import Ring, open_ring
from ringtausch_node.control.operations import carry_out
from ringtausch_protocol.errors import LocalError
from tests.federation.stating import a_day_later, are_signed, quiet
from tests.federation.towns import Towns, end_of, pay, peer, talk

#: Table -> the words with which a place in it begins, where they differ from its name.
NAMED = {
    "peer": ("agreement", "line", "account", "peer", "ring_card"), "entry": ("entry", "account"),
    "frame": ("frame", "line", "leaf"), "hold": ("hold", "order_out"), "frontier": ("frontier", "leaf", "log"),
    "line": ("line", "agreement", "peer"),
}  # fmt: skip
#: How a line stands now: every hello and every frame writes it anew, and nothing else in the folder says the same.
ALONE = {
    "line": {"probe_at", "is_open", "closed", "fence", "peer_head", "seen_at", "state_in", "state_out",
             "version_in", "version_out", "carries"},
    "peer": {"proposal", "state", "reason", "created_at", "address", "chain_hash"}, "statement": {"id", "at"},
}  # fmt: skip
TABLES = (
    "entry",
    "transfer",
    "hold",
    "frame",
    "leaf",
    "tile",
    "checkpoint",
    "frontier",
    "line",
    "peer",
    "commitment_run",
    "statement",
)


@pytest.fixture(scope="module")
def traded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with everything in it: bookings for a tile, both kinds of holds, frames both ways, checkpoints."""
    return asyncio.run(_trade(tmp_path_factory.mktemp("towns")))


async def _trade(root: Path) -> Path:
    towns = Towns(root)
    oak, elm = await towns.found("oak"), await towns.found("elm")
    for ring, handle in ((oak, "alma"), (oak, "arne"), (elm, "ben")):
        await ring.members.add(handle, handle.title(), min_seconds=-(10**6))
    await peer(oak, elm)
    await talk(oak, elm)
    for _ in range(3):
        await end_of(oak, (await pay(oak, "alma", "ben@elm.example", 60)).payment_id)
        await end_of(elm, (await pay(elm, "ben", "alma@oak.example", 30)).payment_id)
    await quiet(oak, elm)
    await a_day_later(towns, oak, elm)
    await are_signed(oak, elm)
    for _ in range(270):
        await pay(oak, "alma", "arne", 7)
    await oak.checkpoints.make()
    await towns.network.fall_silent("elm")
    await pay(oak, "alma", "ben@elm.example", 60)
    await towns.close_all()
    return towns.root / "oak"


@pytest.fixture
async def oak(traded: Path) -> AsyncIterator[Ring]:
    ring = await open_ring(traded)
    yield ring
    await ring.close()


@contextmanager
def changed(ring: Ring) -> Iterator[sqlite3.Connection]:
    """The database without its triggers; afterwards it is as it was."""
    with closing(sqlite3.connect(ring.folder.database, isolation_level=None)) as books:
        books.execute("PRAGMA ignore_check_constraints = ON")
        rows = books.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in rows:
            books.execute(f"DROP TRIGGER {name}")
        yield books
        for _, sql in rows:
            books.execute(sql)


def flipped(value: Any, *, is_key: bool = False) -> Any:
    """The value with one bit changed; a text stays text, and a key does not become that of another row."""
    if isinstance(value, int):
        return value ^ (1 << 30 if is_key else 1)
    data = bytearray(value.encode() if isinstance(value, str) else value)
    data[len(data) // 2] ^= 1
    return data.decode() if isinstance(value, str) else bytes(data)


async def places(ring: Ring) -> list[str]:
    """Where `verify` finds something wrong."""
    report = await carry_out(ring, "verify", b"{}")
    assert report["ok"] == (report["findings"] == [])
    return [finding["where"] for finding in report["findings"]]


async def is_found(ring: Ring) -> bool:
    """Whether `verify` names a place, or says that the file as a whole cannot be read: its schema has pages, too."""
    try:
        return await places(ring) != []
    except LocalError as error:
        return error.code == "database_damaged"


def columns(books: sqlite3.Connection, table: str) -> list[str]:
    found = [row[1] for row in books.execute(f"PRAGMA table_info({table})")]
    return [name for name in found if name not in ALONE.get(table, ())]


@pytest.mark.parametrize("table", TABLES)
async def test_a_flipped_bit_in_any_column_is_named(oak: Ring, table: str) -> None:
    assert [] == await places(oak)
    with changed(oak) as books:
        keys = [row[1] for row in books.execute(f"PRAGMA table_info({table})") if row[5]] or ["rowid"]
        unfound = []
        for column in columns(books, table):
            sql = f"SELECT {', '.join(keys)}, {column} FROM {table} WHERE length({column}) > 0"
            rows = books.execute(sql).fetchall()
            for row in {0: rows[0], 1: rows[len(rows) // 2]}.values() if rows else ():
                *key, value = row
                where = " AND ".join(f"{name} = ?" for name in keys)
                other = flipped(value, is_key=column in keys)
                books.execute(f"UPDATE {table} SET {column} = ? WHERE {where}", (other, *key))
                found = await places(oak)
                if column in keys:
                    key[keys.index(column)] = other
                books.execute(f"UPDATE {table} SET {column} = ? WHERE {where}", (value, *key))
                if not any(place.startswith(NAMED.get(table, (table,))) for place in found):
                    unfound.append((column, row[:-1], found))
    assert [] == unfound
    assert [] == await places(oak)


#: The first byte of a page says what it is (SQLite's file format, 1.6); what else it says is overflow, or free.
PAGES = {2: "inner page of an index", 5: "inner page of a table", 10: "leaf of an index", 13: "leaf of a table"}
PAGE_BYTES = 4_096


@pytest.mark.parametrize("kind", PAGES)
async def test_a_flipped_bit_in_the_head_of_any_class_of_page_is_found(traded: Path, tmp_path: Path, kind: int) -> None:
    copy = Path(shutil.copytree(traded, tmp_path / "oak"))
    whole = (copy / "ring.sqlite").read_bytes()
    pages = [place for place in range(PAGE_BYTES, len(whole), PAGE_BYTES) if whole[place] == kind]
    assert pages, PAGES[kind]
    ring = await open_ring(copy)
    try:
        for page in pages[:: max(1, len(pages) // 5)]:
            bad = bytearray(whole)
            bad[page + 3 + 1] ^= 1  # the number of cells
            (copy / "ring.sqlite").write_bytes(bad)
            assert await is_found(ring), f"{PAGES[kind]} {page // PAGE_BYTES}"
        (copy / "ring.sqlite").write_bytes(whole)
    finally:
        await ring.close()
