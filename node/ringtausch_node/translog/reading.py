# SPDX-License-Identifier: AGPL-3.0-or-later
"""The log as others read it: checkpoint, tiles, bundles of entries, and proofs made from tiles (SPEC.md 8.4, 8.5).

Every log of the ring is read by its number, closed ones too. Nothing beyond a log's newest checkpoint is given out:
what no checkpoint covers, nobody can check. A proof reads a tile or two of each level, whatever the log's size.
"""

from __future__ import annotations

from ringtausch_node.store import Tx
from ringtausch_node.translog import checkpoint_records, records, service, tile_records
from ringtausch_node.translog.records import Frontier
from ringtausch_protocol import merkle, tiles
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.channel import OwnLog
from ringtausch_protocol.documents import Head
from ringtausch_protocol.errors import LocalError, RemoteError
from ringtausch_protocol.merkle import Node
from ringtausch_protocol.tiles import ENTRIES


def log_numbers(tx: Tx) -> list[int]:
    """The numbers of all logs of the ring, oldest first; the last is the present one."""
    return [log.log for log in _logs(tx)]


def checkpoint(tx: Tx, log: int | None = None) -> bytes | None:
    """The newest checkpoint of a log (None: of the present one), with its cosignatures; None where there is none."""
    number = records.load_frontier(tx).log if log is None else log
    row = checkpoint_records.load_newest(tx, number)
    return None if row is None else row.note


def tile(tx: Tx, log: int, level: int, number: int, width: int) -> bytes | None:
    """The first `width` hashes of a tile; None where the newest checkpoint does not reach so far."""
    found = _published(tx, log, level, number, width)
    return None if found is None else _hashes(tx, found, level, number, width)


def entries(tx: Tx, log: int, number: int, width: int) -> bytes | None:
    """The bundle of the first `width` entries of a tile of level 0; None as `tile`."""
    found = _published(tx, log, ENTRIES, number, width)
    if found is None:
        return None
    return tiles.format_bundle(tile_records.load_entries(tx, found, number * tiles.WIDTH, width))


def inclusion_proof(tx: Tx, log: int, index: int, size: int) -> list[bytes]:
    """The inclusion path of an entry in the log of `size` entries. Raises RemoteError: bad_proof, unknown_log."""
    return merkle.prove_inclusion(nodes(tx, log, size), index, size)


def consistency_proof(tx: Tx, log: int, old: int, size: int) -> list[bytes]:
    """What shows that the log of `old` entries is the beginning of that of `size`; 1 <= old. Raises as above."""
    return merkle.prove_consistency(nodes(tx, log, size), old, size)


def own_log(tx: Tx) -> OwnLog:
    """The present log of the ring, as peers are told of it."""
    log, size, root = service.head(tx)
    return OwnLog(Head(log=log, size=size, root=b64(root)), lambda at: b64(root_at(tx, log, at)))


def root_at(tx: Tx, log: int, size: int) -> bytes:
    """The root that the log had at a size, from its tiles. Raises RemoteError as `inclusion_proof`."""
    return merkle.range_root(nodes(tx, log, size), 0, size)


def nodes(tx: Tx, log: int, size: int) -> Node:
    """The nodes of a log of `size` entries, from its tiles, each read once.

    Raises RemoteError: unknown_log, bad_proof (the log is smaller); LocalError('log_broken') where a tile is too short.
    """
    found = find_log(tx, log)
    if found is None:
        raise RemoteError("unknown_log", f"log {log}")
    if not 0 <= size <= found.size:
        raise RemoteError("bad_proof", f"log {log} has {found.size} entries")
    return tiles.tile_nodes(lambda level, number, width: _hashes(tx, found, level, number, width), size)


def find_log(tx: Tx, log: int) -> Frontier | None:
    """Where a log of the ring begins and ends, or None."""
    return next((each for each in _logs(tx) if each.log == log), None)


def _logs(tx: Tx) -> list[Frontier]:
    return [*records.load_closed(tx), records.load_frontier(tx)]


def _published(tx: Tx, log: int, level: int, number: int, width: int) -> Frontier | None:
    """The log, if its newest checkpoint covers so much of a tile."""
    row = checkpoint_records.load_newest(tx, log)
    is_there = row is not None and 1 <= width <= tiles.width_of(level, number, row.size)
    return find_log(tx, log) if is_there else None


def _hashes(tx: Tx, log: Frontier, level: int, number: int, width: int) -> bytes:
    """The beginning of a tile. Raises LocalError('log_broken') where the database has less."""
    size = width * tile_records.HASH_BYTES
    if level == 0:
        found = tile_records.load_leaf_hashes(tx, log, number * tiles.WIDTH, width)
    else:
        found = tile_records.load_tile(tx, log.log, level, number)[:size]
    if len(found) != size:
        raise LocalError("log_broken", f"tile {level}/{number} of log {log.log} is too short")
    return found
