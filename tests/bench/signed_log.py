# SPDX-License-Identifier: AGPL-3.0-or-later
"""P12: what the signed log costs by itself: appending with and without its tiles, at three sizes, and a proof."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from ringtausch_node.bootstrap import Ring
from ringtausch_node.store import Tx
from ringtausch_node.store.migrations import migrate
from ringtausch_node.translog import reading
from ringtausch_node.translog import service as translog
from ringtausch_protocol.merkle import leaf_hash
from tests.bench.figures import Figure, interleaved
from tests.bench.local import pay_many
from tests.bench.rig import one_ring

GROUP, ROUND = 200, 2_000
FEW, SOME, MANY = 100, 10_000, 1_000_000
PROOFS = 200
PAYMENTS = 4_000


class _Log:
    """A log in a file of its own (no name: one that is gone afterwards), with a commit for each group."""

    def __init__(self, root: Path, name: str, size: int) -> None:
        self.connection = sqlite3.connect(root / name if name else "", isolation_level=None)
        self.connection.execute("PRAGMA journal_mode=WAL")
        self.connection.execute("PRAGMA synchronous=OFF")  # what is measured is the processor, not the disk
        migrate(self.connection, applied_at=0)
        self.tx = Tx(self.connection)
        self.append(size)

    def append(self, count: int) -> float:
        """So many entries of bookings in groups. -> seconds of the processor."""
        begin = time.process_time()
        for first in range(0, count, GROUP):
            entries = [b"\x05\x00\x00\x00\x20" + bytes(24) + number.to_bytes(8) for number in range(GROUP)]
            self.connection.execute("BEGIN IMMEDIATE")
            writer = translog.LogWriter(self.tx)
            writer.append_all(entries[: count - first])
            writer.save()
            self.connection.execute("COMMIT")
        return time.process_time() - begin

    def prove(self) -> float:
        """Proofs of entries by chance. -> seconds of the processor."""
        size, chance = translog.head(self.tx).size, random.Random(3)
        begin = time.process_time()
        for _ in range(PROOFS):
            reading.inclusion_proof(self.tx, 1, chance.randrange(size), size)
        return time.process_time() - begin


def _bare() -> float:
    """The same entries as leaf hashes only."""
    begin = time.process_time()
    for number in range(ROUND):
        leaf_hash(b"\x05\x00\x00\x00\x20" + bytes(24) + number.to_bytes(8))
    return time.process_time() - begin


async def measure(root: Path) -> list[Figure]:
    """Appending at 10^2 and 10^4 entries, and a proof at 10^4."""
    few, some = _Log(root, "few", FEW), _Log(root, "some", SOME)
    return [
        await _proof("a proof at 10^4 entries against 10^2", some, few, 6.0),
        await _slope("appending at 10^4 entries against 10^2", some, lambda: _Log(root, "", FEW)),
        await _per_entry(some),
        await _payments(root),
    ]


async def measure_long(root: Path) -> list[Figure]:
    """The same at 10^6."""
    some, many = _Log(root, "some", SOME), _Log(root, "many", MANY)
    return [
        await _proof("a proof at 10^6 entries against 10^4", many, some, 2.5),
        await _slope("appending at 10^6 entries against 10^4", many, lambda: some),
    ]


async def _payments(root: Path) -> Figure:
    """P1's payments in a ring with its log, and in one whose seal hooks are taken out: no leaf, no tile, no head."""
    async with one_ring(root, "with") as ours, one_ring(root, "without") as theirs:
        theirs.store._hooks.clear()
        taken = await interleaved(_paying(ours), _paying(theirs))
    beside = {"µs a payment": taken[0] / PAYMENTS * 1e6, "without the log": taken[1] / PAYMENTS * 1e6}
    what = "local payments, 200 callers, processor's time with the log against without"
    return Figure("P12", what, taken[0] / taken[1], "x", 1.25, False, beside)


def _paying(ring: Ring) -> Callable[[], Awaitable[float]]:
    async def paying() -> float:
        begin = time.process_time()
        await pay_many(ring, PAYMENTS, GROUP)
        return time.process_time() - begin

    return paying


async def _slope(what: str, large: _Log, small: Callable[[], _Log]) -> Figure:
    """`small` gives a log of its size each time: one that is small does not stay so."""
    ours, theirs = await interleaved(_timed(lambda: large.append(ROUND)), _timed(lambda: small().append(ROUND)))
    beside = {"µs an entry": ours / ROUND * 1e6, "at the smaller size": theirs / ROUND * 1e6}
    return Figure("P12", what, ours / theirs, "x", 1.3, False, beside)


async def _per_entry(log: _Log) -> Figure:
    ours, theirs = await interleaved(_timed(lambda: log.append(ROUND)), _timed(_bare))
    beside = {"µs an entry": ours / ROUND * 1e6, "µs a hash": theirs / ROUND * 1e6}
    return Figure("P12", "an entry in groups of 200 against its leaf hash alone", ours / theirs, "x", 20, False, beside)


async def _proof(what: str, large: _Log, small: _Log, step: float) -> Figure:
    ours, theirs = await interleaved(_timed(large.prove), _timed(small.prove))
    beside = {"µs a proof": ours / PROOFS * 1e6, "at the smaller size": theirs / PROOFS * 1e6}
    return Figure("P12", what, ours / theirs, "x", step, False, beside)


def _timed(work: Callable[[], float]) -> Callable[[], Awaitable[float]]:
    async def timed() -> float:
        return work()

    return timed
