# SPDX-License-Identifier: AGPL-3.0-or-later
"""Tiles for the logs of a database that was written before there were tiles: once, out of its leaves."""

from __future__ import annotations

from ringtausch_node.store import Tx
from ringtausch_node.translog import records, tile_records
from ringtausch_protocol.merkle import Frontier
from ringtausch_protocol.tiles import HEIGHT, WIDTH


def needs_tiles(tx: Tx) -> bool:
    """Whether a log is long enough for tiles above its leaves, and there are none at all."""
    logs = [*records.load_closed(tx), records.load_frontier(tx)]
    return any(log.size >= WIDTH for log in logs) and not tile_records.has_tiles(tx)


def build_tiles(tx: Tx) -> None:
    """Write the tiles of all logs. Nothing is believed by it: each checkpoint and `verify` hash them again."""
    for log in (*records.load_closed(tx), records.load_frontier(tx)):
        tree = Frontier()
        for number in range(-(-log.size // WIDTH)):
            hashes = tile_records.load_leaf_hashes(tx, log, number * WIDTH, min(WIDTH, log.size - number * WIDTH))
            for begin in range(0, len(hashes), tile_records.HASH_BYTES):
                ended = tree.append(hashes[begin : begin + tile_records.HASH_BYTES])
                for level, digest in enumerate(ended[HEIGHT::HEIGHT], 1):
                    tile_records.append_hash(tx, log.log, level, (tree.size >> HEIGHT * level) - 1, digest)
