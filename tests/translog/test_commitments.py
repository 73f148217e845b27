# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where commitments to bookings stand: looked up, never searched for, however long the log is."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from ringtausch_node.store import Tx
from ringtausch_node.store.migrations import load_migrations, migrate
from ringtausch_node.translog import commitments, records
from ringtausch_protocol.entries import BOOKING, log_entry
from ringtausch_protocol.errors import LocalError
from ringtausch_protocol.merkle import leaf_hash

#: b: a booking, f: something else.
STORY = "fbbbfbfffbbf" * 3 + "bbbb"
PLACES = [place for place, kind in enumerate(STORY) if kind == "b"]
RUNS = [
    (number, place)
    for number, place in enumerate(PLACES, 1)
    if place == 0 or STORY[place - 1] != "b"
]  # fmt: skip


def entry(place: int) -> bytes:
    return log_entry(BOOKING if STORY[place] == "b" else 1, (place.to_bytes(32),))


def write_leaves(tx: Tx) -> None:
    records.insert_leaves(tx, [(place, entry(place), leaf_hash(entry(place))) for place in range(len(STORY))])


def steps(tx: Tx, number: int) -> int:
    """How many steps of SQLite's machine finding a commitment takes."""
    taken: list[None] = []
    tx._connection.set_progress_handler(lambda: taken.append(None), 1)
    commitments.find_leaf(tx, number)
    tx._connection.set_progress_handler(None, 1)
    return len(taken)


def test_each_commitment_is_found_and_a_run_takes_one_row(tx: Tx) -> None:
    write_leaves(tx)
    for number, place in enumerate(PLACES, 1):
        commitments.insert_run(tx, number, place)

    assert PLACES == [commitments.find_leaf(tx, number) for number in range(1, len(PLACES) + 1)]
    assert RUNS == list(commitments.load_runs(tx))
    assert commitments.find_leaf(tx, 0) is None


def test_a_log_from_before_gets_the_same_rows() -> None:
    number = next(each.number for each in load_migrations() if each.name == "commitment_runs")
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrate(connection, number - 1, applied_at=0)
        write_leaves(Tx(connection))
        migrate(connection, applied_at=0)

        assert RUNS == list(commitments.load_runs(Tx(connection)))


def test_finding_one_costs_the_same_in_a_long_log(tx: Tx) -> None:
    commitments.insert_run(tx, 1, 0)
    few = steps(tx, 1)
    tx.executemany(
        "INSERT INTO commitment_run (number, leaf) VALUES (?, ?)", [(each, 2 * each) for each in range(2, 20_000)]
    )

    assert [few, few, few] == [steps(tx, number) for number in (2, 9_000, 19_999)]


def test_where_a_commitment_stands_never_changes(tx: Tx) -> None:
    commitments.insert_run(tx, 1, 0)
    for sql in ("UPDATE commitment_run SET leaf = 1", "DELETE FROM commitment_run"):
        with pytest.raises(LocalError, match="never"):
            tx.execute(sql)
