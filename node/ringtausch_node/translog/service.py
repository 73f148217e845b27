# SPDX-License-Identifier: AGPL-3.0-or-later
"""Appending to the signed log (SPEC.md 8.1).

A use case only leaves its entries (`append_later`); the seal hook numbers them at the end of the group, so that all
entries of one commit stand in one order and the frontier is read and written once per commit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ringtausch_node.store import Tx
from ringtausch_node.translog import records, tile_records
from ringtausch_protocol.bookings import Booking, booking_entry
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.entries import BOOKING
from ringtausch_protocol.errors import LocalError, RemoteError
from ringtausch_protocol.limits import SALT_BYTES
from ringtausch_protocol.merkle import Frontier, leaf_hash
from ringtausch_protocol.tiles import HEIGHT

_TOPIC = "leaf"
#: What a seal hook finds collected where a log has grown in its group.
GREW = "log_grew"
#: What a seal hook finds collected of the commitments to bookings of its group: the numbers of their leaves, in order.
COMMITTED = "committed"


class LogHead(NamedTuple):
    """Where the log stands: its number, its size in entries, its RFC 6962 root (32 bytes)."""

    log: int
    size: int
    root: bytes


def booking_leaf(*, transfer_id: bytes, debit: int, credit: int, amount_seconds: int, at: int, salt: bytes) -> bytes:
    """The log entry of a booking (SPEC.md 8.2): who knows salt and booking can prove that the ring wrote it down.

    Raises LocalError('salt') if the salt is not 16 bytes.
    """
    if len(salt) != SALT_BYTES:
        raise LocalError("salt", f"{len(salt)} bytes")
    booking = Booking(transfer_id=b64(transfer_id), debit=debit, credit=credit, amount_seconds=amount_seconds, at=at)
    return booking_entry(booking, salt)


def append_later(tx: Tx, entry: bytes) -> None:
    """Leave an entry for the seal hook of this group; gone if the use case is rolled back."""
    tx.collect(_TOPIC, entry)


class LogWriter:
    """The log inside one seal hook: reads the frontier once, appends, saves once.

    Leaves are inserted at once, so rows of other tables may refer to them; `save` must come before the commit.
    """

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        stored = records.load_frontier(tx)
        self._log, self._first = stored.log, stored.first
        self._stored_size = stored.size
        self._frontier = _frontier(stored)
        self._hashes: list[tuple[int, int, bytes]] = []

    def append(self, entry: bytes) -> int:
        """Append one entry. -> its number."""
        return self.append_all((entry,))

    def append_all(self, entries: Sequence[bytes]) -> int:
        """Append entries in their order. -> the number of the first, counted through all logs of the ring."""
        first = self._first + self._frontier.size
        leaves = [(index, entry, leaf_hash(entry)) for index, entry in enumerate(entries, first)]
        if leaves:
            records.insert_leaves(self._tx, leaves)
        for _index, _entry, digest in leaves:
            ended = self._frontier.append(digest)
            if len(ended) > HEIGHT:
                self._note_hashes(ended[HEIGHT::HEIGHT])
        return first

    def _note_hashes(self, ended: Sequence[bytes]) -> None:
        """The roots that belong into tiles above level 0, from level 1 on: once in 256 entries there is one."""
        for level, digest in enumerate(ended, 1):
            self._hashes.append((level, (self._frontier.size >> HEIGHT * level) - 1, digest))

    def append_collected(self) -> int:
        """Append what the use cases of this group left with `append_later`. -> the index of the first."""
        entries: list[bytes] = self._tx.collected(_TOPIC)
        first = self.append_all(entries)
        for leaf, entry in enumerate(entries, first):
            if entry[0] == BOOKING:
                self._tx.collect(COMMITTED, leaf)
        return first

    def head(self) -> LogHead:
        """The head over everything appended so far: what the next frame's header names."""
        return LogHead(self._log, self._frontier.size, self._frontier.root())

    def save(self) -> None:
        """Write the frontier and the tiles that have grown, if anything was appended.

        Raises LocalError('log_broken') where a tile does not end where the log says.
        """
        if self._frontier.size == self._stored_size:
            return
        for level, place, digest in self._hashes:
            tile_records.append_hash(self._tx, self._log, level, place, digest)
        records.save_frontier(self._tx, self._frontier.size, self._frontier.to_bytes())
        self._stored_size = self._frontier.size
        self._hashes.clear()
        self._tx.collect(GREW, self._log)


def seal(tx: Tx) -> None:
    """The whole seal hook of a ring without peers: number what the group left, save the frontier."""
    if tx.collected(_TOPIC):
        writer = LogWriter(tx)
        writer.append_collected()
        writer.save()


def append(tx: Tx, entry: bytes) -> int:
    """Append one entry at once. -> its index. For the seal hook and for lone steps such as the start of a log."""
    writer = LogWriter(tx)
    index = writer.append(entry)
    writer.save()
    return index


def begin_log(tx: Tx, entry: bytes, number: int) -> int:
    """Close the log and begin log `number` with this entry, which names the one before (SPEC.md 8.3). -> its index.

    Only for a ring that cannot rebuild the old log to its newest known head. Raises LocalError('log_broken') if the
    number does not ascend.
    """
    stored = records.load_frontier(tx)
    if number <= stored.log:
        raise LocalError("log_broken", f"log {number} after log {stored.log}")
    records.close_log(tx, stored, number)
    return append(tx, entry)


class LogPlaces:
    """Where leaves stand: leaves are numbered through all logs of a ring, heads count inside one."""

    def __init__(self, tx: Tx) -> None:
        self._logs = [*records.load_closed(tx), records.load_frontier(tx)]

    def of(self, leaf: int) -> tuple[int, int]:
        """(number of the log, index in it) of a leaf by its number."""
        log = next((each for each in self._logs if leaf < each.first + each.size), self._logs[-1])
        return log.log, leaf - log.first


def each_commitment(tx: Tx) -> Iterator[tuple[int, bytes]]:
    """The entries of bookings, each with the number of its leaf, in their order, streamed."""
    return ((index, entry) for index, entry, _ in records.load_leaves(tx) if entry[0] == BOOKING)


def head(tx: Tx) -> LogHead:
    """The stored head of the log."""
    return LogWriter(tx).head()


def _frontier(stored: records.Frontier) -> Frontier:
    """The tree as stored; LocalError('log_broken') if it is none."""
    try:
        found = Frontier.from_bytes(stored.hashes) if stored.size else Frontier()
    except RemoteError:
        found = None
    if found is None or found.size != stored.size:
        raise LocalError("log_broken", "the frontier is unreadable")
    return found
