# SPDX-License-Identifier: AGPL-3.0-or-later
"""The log's SQL: leaves by index, the one row of the frontier."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ringtausch_node.store import Tx
from ringtausch_protocol.errors import LocalError


class Frontier(NamedTuple):
    """The stored state of a log: its number (1 for the first), size in entries, roots of the full subtrees.

    `first` is the number of its first leaf; leaves are numbered through all logs of the ring.
    """

    log: int
    size: int
    hashes: bytes
    first: int


def load_frontier(tx: Tx) -> Frontier:
    """The one row of the frontier. Raises LocalError('log_broken') where it is gone."""
    row = tx.row("SELECT log, size, hashes, first FROM frontier WHERE id = 1")
    if row is None:
        raise LocalError("log_broken", "the frontier is missing")
    return Frontier._make(row)


def save_frontier(tx: Tx, size: int, hashes: bytes) -> None:
    """Rewrite the frontier after leaves were appended."""
    tx.change("UPDATE frontier SET size = ?, hashes = ? WHERE id = 1", (size, hashes))


def close_log(tx: Tx, closed: Frontier, number: int) -> None:
    """Keep the end of a log and begin log `number` behind it, empty."""
    tx.change("INSERT INTO closed_log (log, size, hashes, first) VALUES (?, ?, ?, ?)", tuple(closed))
    tx.change(
        "UPDATE frontier SET log = ?, size = 0, hashes = x'', first = ? WHERE id = 1",
        (number, closed.first + closed.size),
    )


def load_closed(tx: Tx) -> list[Frontier]:
    """The logs that were closed, oldest first."""
    return [Frontier._make(row) for row in tx.execute("SELECT log, size, hashes, first FROM closed_log ORDER BY first")]


def insert_leaves(tx: Tx, leaves: Sequence[tuple[int, bytes, bytes]]) -> None:
    """Append (index, entry, leaf hash)."""
    if len(leaves) == 1:
        tx.change("INSERT INTO leaf (idx, entry, hash) VALUES (?, ?, ?)", leaves[0])
    else:
        tx.executemany("INSERT INTO leaf (idx, entry, hash) VALUES (?, ?, ?)", leaves)


def load_leaves(tx: Tx, first: int = 0) -> Iterator[tuple[int, bytes, bytes]]:
    """All leaves (index, entry, leaf hash) from one on, in their order, streamed."""
    return iter(tx.execute("SELECT idx, entry, hash FROM leaf WHERE idx >= ? ORDER BY idx", (first,)))


def each_holding(tx: Tx, text: bytes, first: int) -> Iterator[tuple[int, bytes]]:
    """Leaves (index, entry) from one on in whose entries these bytes stand, in their order, streamed."""
    sql = "SELECT idx, entry FROM leaf WHERE idx >= ? AND instr(entry, ?) > 0 ORDER BY idx"
    return iter(tx.execute(sql, (first, text)))


def each_holding_before(tx: Tx, text: bytes, last: int) -> Iterator[tuple[int, bytes]]:
    """Leaves (index, entry) before one in whose entries these bytes stand, newest first, streamed."""
    sql = "SELECT idx, entry FROM leaf WHERE idx < ? AND instr(entry, ?) > 0 ORDER BY idx DESC"
    return iter(tx.execute(sql, (last, text)))
