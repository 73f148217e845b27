# SPDX-License-Identifier: Apache-2.0
"""Reading all logs side by side: always the one that is furthest behind in time, 256 entries at a time.

So a frame waits only a little for the other log that holds it, and memory stays small however long the logs are.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ringtausch_protocol.audit.auditing.opening import Opened, closed_by
from ringtausch_protocol.audit.evidence.tree import LogBroken
from ringtausch_protocol.audit.findings.model import Place
from ringtausch_protocol.audit.ledger.book import Book
from ringtausch_protocol.audit.ledger.world import World
from ringtausch_protocol.tiles import WIDTH


@dataclass(slots=True)
class Run:
    """One ring's logs on their way through its book. `is_complete`: all of them were read to their ends."""

    book: Book
    logs: list[Opened]
    is_complete: bool = False
    _log: int = 0
    _bundle: int = 0

    def advance(self, world: World) -> int:
        """Read the next entries. -> how many; 0 at the end."""
        while self._log < len(self.logs):
            log = self.logs[self._log]
            if self._bundle == 0:
                is_gap = self._log > 0 and lies_between(world, self.logs[self._log - 1], log)
                self.book.begin_log(log.origin, log.number, log.verified, is_gap=is_gap)
            if self._bundle * WIDTH < log.tree.head.size:
                return self._read(world, log)
            self._log, self._bundle = self._log + 1, 0
        self.is_complete = True
        return 0

    def _read(self, world: World, log: Opened) -> int:
        try:
            entries, hashes = log.tree.leaves(self._bundle)
        except LogBroken as broken:
            place = Place(log.ring_id, log.origin, broken.index)
            world.findings.add(broken.code, place, source=log.given.files.name, file=broken.path, detail=broken.detail)
            self._log = len(self.logs) + 1
            return 0
        self.book.take(entries, hashes)
        self._bundle += 1
        return len(entries)

    @property
    def is_broken(self) -> bool:
        """Whether it stopped before its end."""
        return self._log > len(self.logs)


def runs_of(world: World, logs: Sequence[Opened]) -> list[Run]:
    """A run for each ring."""
    found: dict[str, list[Opened]] = {}
    for log in logs:
        found.setdefault(log.ring_id, []).append(log)
    world.audited.update(found)
    world.sizes.update({(log.ring_id, log.number): log.tree.head.size for log in logs})
    return [Run(Book(world, ring_id, is_cut=_is_cut(world, own)), own) for ring_id, own in sorted(found.items())]


def _is_cut(world: World, own: Sequence[Opened]) -> bool:
    """Whether entries of the ring are missing before those of its newest log."""
    return own[0].number > 1 or any(lies_between(world, *pair) for pair in pairwise(own))


def lies_between(world: World, before: Opened, log: Opened) -> bool:
    """Whether something of a ring is missing between two of its logs: another log, or the end of an older copy."""
    if log.number > before.number + 1:
        return True
    closed = closed_by(world, log)
    return closed is not None and closed.log == before.number and closed.size > before.tree.head.size


def read_all(world: World, runs: Sequence[Run], progress: Callable[[int], None]) -> int:
    """Read every run to its end. `progress` is told how many entries were read. -> how many there were."""
    total = 0
    waiting = [(run.book.clock, place) for place, run in enumerate(runs)]
    while waiting:
        _, place = heapq.heappop(waiting)
        count = runs[place].advance(world)
        total += count
        progress(total)
        if not runs[place].is_complete and not runs[place].is_broken:
            heapq.heappush(waiting, (runs[place].book.clock, place))
    return total
