# SPDX-License-Identifier: AGPL-3.0-or-later
"""A run of a night or a week: after each part its record is written, and the next call goes on behind it.

The record says of which commit it is. Another commit, or a tree that was changed, begins anew: what was played with
other rules proves nothing.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.simulation.many import Played, Summary, play_many, report
from tests.simulation.playing import templates
from tests.simulation.revision import CHANGED, commit

#: Seeds between two writings of the record: some minutes, which is what a machine that goes down may lose.
PART = 500


class Record:
    """What all parts so far have met, in a file of JSON and one of text beside it."""

    def __init__(self, path: Path, of: str, first: int) -> None:
        self._path, self._of = path, of
        self.summary, self.next, self._seconds = Summary(), first, 0.0

    @classmethod
    def opened(cls, path: Path, of: str, first: int) -> Record:
        """Go on where the file ends, or begin one."""
        record = cls(path, of, first)
        if path.exists():
            kept = json.loads(path.read_text(encoding="utf-8"))
            if kept["commit"] == of and not of.endswith(CHANGED):
                record._take(kept)
        return record

    def _take(self, kept: dict[str, Any]) -> None:
        self.next, self._seconds = kept["next"], kept["seconds"]
        for name, value in kept["met"].items():
            setattr(self.summary, name, _read(name, value))

    def save(self, seconds: float) -> None:
        """After a part that took so long."""
        self._seconds += seconds
        met = {name: _written(value) for name, value in vars(self.summary).items()}
        kept = {"commit": self._of, "next": self.next, "seconds": self._seconds, "met": met}
        new = self._path.with_suffix(".new")
        new.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
        new.replace(self._path)
        text = f"{'commit':>14} {self._of}\n{self.summary.as_text(self._seconds)}\n"
        self._path.with_suffix(".txt").write_text(text, encoding="utf-8")


def _written(value: Any) -> Any:
    if isinstance(value, list):
        return [_written(each) for each in value]
    return list(value) if isinstance(value, Played) else value


def _read(name: str, value: Any) -> Any:
    """What JSON has made of it, as `Summary` has it."""
    if name == "failures":
        return [_played(*each) for each in value]
    if name == "slowest":
        return [tuple(each) for each in value]
    if name == "least_settled":
        return None if value is None else tuple(value)
    return Counter(value) if isinstance(value, dict) else value


def _played(seed: int, failure: str, kinds: list[str], seen: Any, points: Any, *rest: Any) -> Played:
    return Played(seed, failure, tuple(kinds), Counter(seen), Counter(points), *rest)


def parts(first: int, last: int) -> Iterator[range]:
    """The seeds from `first` to below `last`, a part at a time."""
    for begin in range(first, last, PART):
        yield range(begin, min(begin + PART, last))


def play_long(path: Path, first: int, seeds: int, jobs: int) -> int:
    """Play up to so many seeds, from where the record ends. -> exit code, as `report`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    record, began = Record.opened(path, commit(), first), time.monotonic()
    for part in parts(record.next, first + seeds):
        begun = time.monotonic()
        for played in play_many(part, jobs):
            record.summary.add(played)
        record.next = part.stop
        record.save(time.monotonic() - begun)
        sys.stdout.write(f"{record.next - first} of {seeds}, {len(record.summary.failures)} failed\n")
        sys.stdout.flush()
    with templates() as root:
        return report(record.summary, root, began, None)
