# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where commitments to bookings stand in the log, in SQL: a row for each run of them without anything in between.

An index over all leaf hashes would cost every payment; a run is one small row a commit at most, and none as long as
a ring only books at home.
"""

from __future__ import annotations

from collections.abc import Iterator

from ringtausch_node.store import Tx


def insert_run(tx: Tx, number: int, leaf: int) -> None:
    """Commitment `number` is this leaf. No row is written where it follows the one before leaf by leaf."""
    tx.change(
        "INSERT INTO commitment_run (number, leaf) SELECT ?1, ?2 WHERE ?2 - ?1 IS NOT"
        " (SELECT leaf - number FROM commitment_run ORDER BY number DESC LIMIT 1)",
        (number, leaf),
    )


def find_leaf(tx: Tx, number: int) -> int | None:
    """The leaf of commitment `number` (from 1), or None."""
    row = tx.row(
        "SELECT leaf + ?1 - number FROM commitment_run WHERE number <= ?1 ORDER BY number DESC LIMIT 1", (number,)
    )
    return None if row is None else int(row[0])


def load_runs(tx: Tx) -> Iterator[tuple[int, int]]:
    """All runs (number of the first commitment, its leaf), in their order, streamed."""
    return iter(tx.execute("SELECT number, leaf FROM commitment_run ORDER BY number"))
