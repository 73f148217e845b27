# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is hashed again from the disk before a head is signed: one flipped bit must never get a signature.

The entries since the newest checkpoint, the rest of the tile in which they begin, every tile that they reach, and the
root that was signed before them. Costs what has been added, whatever stands before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from ringtausch_node.store import Tx
from ringtausch_node.translog import reading, records, tile_records
from ringtausch_node.translog.checkpoint_records import CheckpointRow
from ringtausch_node.translog.service import LogHead
from ringtausch_protocol.errors import LocalError
from ringtausch_protocol.merkle import Frontier, leaf_hash, leaf_hashes
from ringtausch_protocol.tiles import HEIGHT, WIDTH


def rehash(tx: Tx, known: CheckpointRow | None) -> LogHead:
    """Hash the end of the present log again. -> its head. `known`: its newest checkpoint, if it has one.

    Raises LocalError('log_broken') with the first place that is wrong.
    """
    stored = records.load_frontier(tx)
    signed = 0 if known is None else known.size
    tree = _tree_at(tx, stored, signed - signed % WIDTH)
    _verify_signed(tree, known)
    for digest in _sound_leaves(tx, stored.first + tree.size):
        ended = tree.append(digest)
        if len(ended) > HEIGHT:
            verify_tiles(tx, stored.log, tree, ended)
        if tree.size == signed:
            _verify_signed(tree, known)
    if tree.size < max(stored.size, signed):
        raise LocalError("log_broken", f"leaf {stored.first + tree.size} is missing")
    if (tree.size and stored.hashes != tree.to_bytes()) or tree.size != stored.size:
        raise LocalError("log_broken", "the frontier does not follow from the leaves")
    return LogHead(stored.log, tree.size, tree.root())


def _tree_at(tx: Tx, stored: records.Frontier, size: int) -> Frontier:
    if size > stored.size:
        raise LocalError("log_broken", f"leaf {stored.first + stored.size} is missing")
    return Frontier.of_nodes(reading.nodes(tx, stored.log, size), size)


def _verify_signed(tree: Frontier, known: CheckpointRow | None) -> None:
    """Where the newest checkpoint stands the root is the one that was signed."""
    if known is not None and tree.size == known.size and tree.root() != known.root:
        raise LocalError("log_broken", f"log {known.log} at {known.size} is not what was signed")


def _sound_leaves(tx: Tx, first: int) -> Iterator[bytes]:
    """The hashes of the leaves from one on, a tile of them at once: each is there and is what was hashed."""
    leaves = records.load_leaves(tx, first)
    while rows := list(islice(leaves, WIDTH)):
        indices, entries, digests = zip(*rows, strict=True)
        if (indices[0], indices[-1]) != (first, first + len(rows) - 1) or tuple(leaf_hashes(entries)) != digests:
            for expected, row in enumerate(rows, first):
                verify_leaf(*row, expected)
        yield from digests
        first += len(rows)


def verify_leaf(index: int, entry: bytes, digest: bytes, expected: int) -> None:
    """The next leaf is there and is what was hashed. Raises LocalError('log_broken')."""
    if index != expected:
        raise LocalError("log_broken", f"leaf {expected} is missing")
    if leaf_hash(entry) != digest:
        raise LocalError("log_broken", f"leaf {index} was changed")


def verify_tiles(tx: Tx, log: int, tree: Frontier, ended: list[bytes]) -> None:
    """The hashes of subtrees that have just ended stand in the tiles above. Raises LocalError('log_broken')."""
    for level, digest in enumerate(ended[HEIGHT::HEIGHT], 1):
        number, inside = divmod((tree.size >> HEIGHT * level) - 1, WIDTH)
        begin = inside * tile_records.HASH_BYTES
        if tile_records.load_tile(tx, log, level, number)[begin : begin + tile_records.HASH_BYTES] != digest:
            raise LocalError("log_broken", f"tile {level}/{number} of log {log}, hash {inside}")
