# SPDX-License-Identifier: AGPL-3.0-or-later
"""The log's SQL: leaves by index, the one row of the frontier."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ringtausch_node.store import Tx


class Frontier(NamedTuple):
    """The stored state of the log: its number (1 for the first), size in entries, roots of the full subtrees."""

    log: int
    size: int
    hashes: bytes


def load_frontier(tx: Tx) -> Frontier:
    """The one row of the frontier."""
    return Frontier._make(tx.one("SELECT log, size, hashes FROM frontier WHERE id = 1"))


def save_frontier(tx: Tx, size: int, hashes: bytes) -> None:
    """Rewrite the frontier after leaves were appended."""
    tx.change("UPDATE frontier SET size = ?, hashes = ? WHERE id = 1", (size, hashes))


def insert_leaves(tx: Tx, leaves: Sequence[tuple[int, bytes, bytes]]) -> None:
    """Append (index, entry, leaf hash)."""
    if len(leaves) == 1:
        tx.change("INSERT INTO leaf (idx, entry, hash) VALUES (?, ?, ?)", leaves[0])
    else:
        tx.executemany("INSERT INTO leaf (idx, entry, hash) VALUES (?, ?, ?)", leaves)


def load_entry(tx: Tx, index: int) -> bytes | None:
    """The bytes of one entry, or None beyond the end."""
    row = tx.row("SELECT entry FROM leaf WHERE idx = ?", (index,))
    return None if row is None else bytes(row[0])


def load_leaves(tx: Tx) -> Iterator[tuple[int, bytes, bytes]]:
    """All leaves (index, entry, leaf hash) in their order, streamed."""
    return iter(tx.execute("SELECT idx, entry, hash FROM leaf ORDER BY idx"))
