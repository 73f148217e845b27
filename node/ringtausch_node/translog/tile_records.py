# SPDX-License-Identifier: AGPL-3.0-or-later
"""The SQL of tiles: rows for the levels above the leaves, level 0 and bundles out of the leaves themselves (ADR 11)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ringtausch_node.store import Tx
from ringtausch_node.translog.records import Frontier
from ringtausch_protocol.errors import LocalError
from ringtausch_protocol.tiles import WIDTH

HASH_BYTES = 32


class TileRow(NamedTuple):
    """A tile of level 1 or more as it is stored."""

    level: int
    number: int
    hashes: bytes


def append_hash(tx: Tx, log: int, level: int, place: int, digest: bytes) -> None:
    """Append hash `place` of a level to its tile. Raises LocalError('log_broken') where the tile ends elsewhere."""
    number, inside = divmod(place, WIDTH)
    if inside == 0:
        sql = "INSERT OR IGNORE INTO tile (hashes, log, level, number) VALUES (?, ?, ?, ?)"
        changed = tx.change(sql, (digest, log, level, number))
    else:
        sql = (
            "UPDATE tile SET hashes = CAST(hashes || ? AS BLOB)"
            " WHERE log = ? AND level = ? AND number = ? AND length(hashes) = ?"
        )
        changed = tx.change(sql, (digest, log, level, number, inside * HASH_BYTES))
    if changed != 1:
        raise LocalError("log_broken", f"tile {level}/{number} of log {log} does not end at hash {inside}")


def load_tile(tx: Tx, log: int, level: int, number: int) -> bytes:
    """The hashes of a tile of level 1 or more, as many as there are; empty where there is none."""
    row = tx.row("SELECT hashes FROM tile WHERE log = ? AND level = ? AND number = ?", (log, level, number))
    return b"" if row is None else bytes(row[0])


def load_tiles(tx: Tx, log: int) -> Iterator[TileRow]:
    """All tiles of a log above level 0, in their order, streamed."""
    sql = "SELECT level, number, hashes FROM tile WHERE log = ? ORDER BY level, number"
    return (TileRow._make(row) for row in tx.execute(sql, (log,)))


def load_leaf_hashes(tx: Tx, log: Frontier, first: int, count: int) -> bytes:
    """The hashes of `count` leaves of a log from its leaf `first` on, one behind the other."""
    sql = "SELECT hash FROM leaf WHERE idx >= ? AND idx < ? ORDER BY idx"
    begin = log.first + first
    return b"".join(row[0] for row in tx.execute(sql, (begin, begin + count)))


def load_entries(tx: Tx, log: Frontier, first: int, count: int) -> list[bytes]:
    """`count` entries of a log from its entry `first` on."""
    sql = "SELECT entry FROM leaf WHERE idx >= ? AND idx < ? ORDER BY idx"
    begin = log.first + first
    return [row[0] for row in tx.execute(sql, (begin, begin + count))]


def has_tiles(tx: Tx) -> bool:
    """Whether any tile is stored."""
    return tx.row("SELECT 1 FROM tile LIMIT 1") is not None
