# SPDX-License-Identifier: AGPL-3.0-or-later
"""A run of many nights: after each part its record is written, and the next call goes on behind it.

Whatever commit the next call finds is played from there on, and said in a row of its own. A tree that was changed is
not played: nobody could play its seeds again.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from tests.simulation.many import Summary, play_many
from tests.simulation.record import Failure, Record, Row, read
from tests.simulation.revision import CHANGED, commit, kept_by

#: Seeds between two writings of the record: some minutes, which is what a machine that goes down may lose.
PART = 500


class Refused(Exception):
    """Nothing is played, or no more: what would be written down were not true."""


def opened(path: Path) -> Record:
    """The record that a file has, or an empty one, with the commits that have mended its seeds by now."""
    try:
        record = read(path.read_text(encoding="utf-8")) if path.exists() else Record()
    except ValueError as error:
        raise Refused(f"{path} cannot be read: {error}") from error
    for row in record.rows:
        record.mended({seed: kept_by(seed, row.commit) for seed in row.failed})
    return record


def save(record: Record, path: Path) -> None:
    """Whole, or as it was."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    new.write_text(record.as_text(), encoding="utf-8")
    new.replace(path)


def parts(first: int, last: int) -> Iterator[range]:
    """The seeds from `first` to below `last`, a part at a time."""
    for begin in range(first, last, PART):
        yield range(begin, min(begin + PART, last))


def play_long(path: Path, root: Path, met: Summary, first: int, seeds: int, jobs: int, until: float) -> None:
    """Play until the record at `path` has so many seeds, or `time.monotonic` is beyond `until`: then no part is begun.

    `root`: of `templates`. `met`: what this call's seeds meet. `first`: where an empty record begins. Raises Refused.
    """
    of, record = _unchanged(), opened(path)
    save(record, path)
    whole = record.together()
    begin, done = (first, 0) if whole is None else (whole.last + 1, whole.seeds)
    for part in parts(begin, begin + seeds - done):
        if time.monotonic() > until:
            break
        record.add(*_play(of, root, part, jobs, met))
        save(record, path)
        sys.stdout.write(f"{part.stop - begin + done} of {seeds}, {len(record.failures)} failed\n")
        sys.stdout.flush()


def _unchanged() -> str:
    of = commit()
    if of.endswith(CHANGED):
        raise Refused(
            f"{of}: this tree was changed since its commit, so nobody could play it again; commit, or use a clone"
        )
    return of


def _play(of: str, root: Path, part: range, jobs: int, met: Summary) -> tuple[Row, list[Failure]]:
    """Play a part. New processes play it, which read the tree anew: it must still be the same."""
    here, begun = Summary(), time.monotonic()
    for played in play_many(root, part, jobs):
        here.add(played)
        met.add(played)
    if commit() != of:
        raise Refused(f"the tree was changed while seeds {part[0]} to {part[-1]} were played: they do not count")
    row = Row.of(of, part, here, time.monotonic() - begun, datetime.now(UTC).date().isoformat())
    return row, [Failure.of(each.seed, each.failure or "") for each in here.failures]
