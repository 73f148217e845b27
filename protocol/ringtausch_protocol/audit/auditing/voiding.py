# SPDX-License-Identifier: Apache-2.0
"""Frames that a restored ring had signed and nobody got are void (SPEC.md 8.10, I2); a copy of its lost log has them.

Void is only what lies beyond the place at which the ring's own signed start of a later log closed the lost one, stands
under a boot that signed nothing in a later log, and is held neither by its receiver's log nor by a later one of the
ring's own. So nobody makes a frame void that he has handed over.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress

from ringtausch_protocol import entries, tiles
from ringtausch_protocol.audit.auditing.opening import Opened, closed_by
from ringtausch_protocol.audit.evidence.seen import read_frame
from ringtausch_protocol.audit.evidence.tree import passing_over_broken
from ringtausch_protocol.audit.ledger.world import World
from ringtausch_protocol.entries import ENTRY_FRAME
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.frames import Header
from ringtausch_protocol.tiles import WIDTH


def void_frames(world: World, logs: Sequence[Opened]) -> frozenset[bytes]:
    """The leaves of all frames that are void as far as the logs tell."""
    found: set[bytes] = set()
    for log in logs:
        with passing_over_broken():
            found |= _void_in(world, log, logs)
    return frozenset(found)


def _void_in(world: World, log: Opened, logs: Sequence[Opened]) -> set[bytes]:
    """Of one log. Where nothing lies beyond its end, as nearly always, no other log is looked at."""
    closed = _closed_at(world, log, logs)
    lost = dict(_own_frames(world, log, closed)) if closed < log.tree.head.size else {}
    receivers = {header.to for header in lost.values()}
    held: set[bytes] = set()
    boots: set[str] = set()
    for other in logs if lost else ():
        is_later = other.ring_id == log.ring_id and other.number > log.number
        if is_later or other.ring_id in receivers:
            held |= _leaves(other)
        if is_later:
            boots |= {header.boot for _, header in _own_frames(world, other, 0)}
    return {leaf for leaf, header in lost.items() if leaf not in held and header.boot not in boots}


def _closed_at(world: World, log: Opened, logs: Sequence[Opened]) -> int:
    """With how many entries the ring itself closed a log; all that it has, if no later one says so."""
    size = log.tree.head.size
    for later in logs:
        if later.ring_id == log.ring_id and later.number > log.number:
            closed = closed_by(world, later)
            if closed is not None and closed.log <= log.number:
                size = min(size, closed.size if closed.log == log.number else 0)
    return size


def _own_frames(world: World, log: Opened, first: int) -> Iterator[tuple[bytes, Header]]:
    """The frames that the ring signed into this log, from an index on: leaf and header."""
    for number in range(first // WIDTH, -(-log.tree.head.size // WIDTH)):
        for index, (entry, leaf) in enumerate(zip(*log.tree.leaves(number), strict=True), number * WIDTH):
            header = _header(world, entry, leaf) if index >= first else None
            if header is not None and header.from_ == log.ring_id and header.head.log == log.number:
                yield leaf, header


def _header(world: World, entry: bytes, leaf: bytes) -> Header | None:
    """Of a frame; None for all else."""
    with suppress(RemoteError):
        kind, parts = entries.parse_entry(entry)
        if kind == ENTRY_FRAME:
            return read_frame(parts, leaf, world.usual).header
    return None


def _leaves(log: Opened) -> set[bytes]:
    """The hashes of all entries of a log."""
    tiled = [log.tree.tile(tile) for tile in tiles.tiles_of(log.tree.head.size) if tile.level == 0]
    return {data[place : place + 32] for data in tiled for place in range(0, len(data), 32)}
