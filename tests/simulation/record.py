# SPDX-License-Identifier: AGPL-3.0-or-later
"""The record of the long run: a page that people read, and behind which the next call goes on.

One row for all seeds that were played in one go at one commit, and one for each seed that failed. There is no other
file: what the page does not say nobody knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from tests.simulation.many import Summary

COLUMNS = (
    "commit", "first seed", "last seed", "seeds", "settled", "crashes", "power cuts", "restores", "failed", "seconds",
    "until",
)  # fmt: skip
FAILURE_COLUMNS = ("seed", "what did not hold", "mended by")
SUM, NONE, NOT_YET = "together", "-", "not yet"
COMMIT = re.compile(r"[0-9a-f]{12,40}")
#: The most of what a failure says that stands in its row.
WHAT_LENGTH = 200

HEAD = """# The record of the long run

`make sim-long` writes this page, after each part of 500 seeds. A row is what was played in one go at one commit; the
next call goes on behind the last row, at whatever commit the tree is by then, so that all rows together are days of
several versions of the program. What a day is, and what is counted, the [fault model](fault-model.md) says.

"""
FAILURES = """
Seeds that failed stay here. The row above says at which commit a seed can be played again
(`python -m tests.simulation --seed N --trace`); it is mended by the commit that keeps it as a test.

"""


class Met(NamedTuple):
    """What some seeds met."""

    settled: int
    crashes: int
    power_cuts: int
    restores: int

    def plus(self, other: Met) -> Met:
        """Both."""
        return Met(*(mine + its for mine, its in zip(self, other, strict=True)))


class Row(NamedTuple):
    """Seeds from `first` to `last`, played at one commit, and what they met; `until`: the day of the last, UTC."""

    commit: str
    first: int
    last: int
    met: Met
    failed: tuple[int, ...]
    seconds: int
    until: str

    @classmethod
    def of(cls, commit: str, part: range, summary: Summary, seconds: float, until: str) -> Row:
        """What the seeds of a part met."""
        met = Met(*(summary.seen[name] for name in ("settled", "crashed", "power_cut", "restored")))
        failed = tuple(sorted(each.seed for each in summary.failures))
        return cls(commit, part[0], part[-1], met, failed, round(seconds), until)

    @property
    def seeds(self) -> int:
        """How many."""
        return self.last - self.first + 1

    def and_then(self, other: Row) -> Row:
        """Both in one, of the later one's commit and day."""
        failed, seconds = self.failed + other.failed, self.seconds + other.seconds
        return Row(other.commit, self.first, other.last, self.met.plus(other.met), failed, seconds, other.until)


class Failure(NamedTuple):
    """A seed that failed, in one line what did not hold, and the commit that mended it."""

    seed: int
    what: str
    mended_by: str | None = None

    @classmethod
    def of(cls, seed: int, what: str) -> Failure:
        """Cut to one line that a table can hold."""
        return cls(seed, what.strip().partition("\n")[0].replace("|", "/")[:WHAT_LENGTH].strip())


class Record:
    """What all calls so far have played."""

    def __init__(self, rows: Iterable[Row] = (), failures: Iterable[Failure] = ()) -> None:
        self.rows, self.failures = list(rows), list(failures)

    def add(self, row: Row, failures: Iterable[Failure]) -> None:
        """One more part. It belongs to the last row if it was played at the same commit."""
        if self.rows and self.rows[-1].commit == row.commit:
            row = self.rows.pop().and_then(row)
        self.rows.append(row)
        self.failures += sorted(failures)

    def mended(self, by: Mapping[int, str | None]) -> None:
        """Commits that mended seeds; what was mended before stays so."""
        self.failures = [each._replace(mended_by=each.mended_by or by.get(each.seed)) for each in self.failures]

    def together(self) -> Row | None:
        """The sum of all rows; None before the first."""
        if not self.rows:
            return None
        whole = self.rows[0]
        for row in self.rows[1:]:
            whole = whole.and_then(row)
        return whole

    def as_text(self) -> str:
        """The page."""
        lines = [_line(COLUMNS), _line(["---", *["--:"] * 9, "---"])]
        lines += [_line(_cells(row, row.commit)) for row in self.rows]
        lines.append(_line(self._sum()))
        failures = [_line(FAILURE_COLUMNS), _line(["--:", "---", "---"])]
        failures += [_line([str(each.seed), each.what, each.mended_by or NOT_YET]) for each in self.failures]
        return HEAD + "\n".join(lines) + "\n" + FAILURES + "\n".join(failures) + "\n"

    def _sum(self) -> list[str]:
        whole = self.together()
        if whole is None:
            return [SUM, *["0"] * 9, NONE]
        return [*_cells(whole, SUM)[:8], str(len(whole.failed)), *_cells(whole, SUM)[9:]]


def read(text: str) -> Record:
    """What a page says. Raises ValueError where it is not a record, has a gap, or its sum is not that of its rows."""
    tables = [_cells_of(line) for line in text.splitlines() if "|" in line]
    wide = [cells for cells in tables if len(cells) == len(COLUMNS)]
    narrow = [cells for cells in tables if len(cells) == len(FAILURE_COLUMNS)]
    record = Record(
        [_row(cells) for cells in wide if COMMIT.fullmatch(cells[0])],
        [Failure(int(seed), what, None if by == NOT_YET else by) for seed, what, by in narrow if seed.isdecimal()],
    )
    for before, row in zip(record.rows, record.rows[1:], strict=False):
        if row.first != before.last + 1:
            raise ValueError(f"seed {row.first} follows on seed {before.last}")
    if wide[-1:] != [record._sum()]:
        raise ValueError("its last row is not the sum of its rows")
    if [each.seed for each in record.failures] != [seed for row in record.rows for seed in row.failed]:
        raise ValueError("the seeds that failed are not those of its rows")
    return record


def _row(cells: list[str]) -> Row:
    first, last, seeds, *counts = (_number(cell) for cell in cells[1:8])
    failed = () if cells[8] == NONE else tuple(map(int, cells[8].split()))
    row = Row(cells[0], first, last, Met(*counts), failed, _number(cells[9]), cells[10])
    if seeds != row.seeds:
        raise ValueError(f"from {first} to {last} there are {row.seeds} seeds, not {seeds}")
    return row


def _cells(row: Row, name: str) -> list[str]:
    counts = map(_spaced, (row.seeds, *row.met))
    failed = " ".join(map(str, row.failed)) or NONE
    return [name, str(row.first), str(row.last), *counts, failed, _spaced(row.seconds), row.until]


def _cells_of(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def _spaced(number: int) -> str:
    """In groups of three."""
    return f"{number:,}".replace(",", " ")


def _number(cell: str) -> int:
    return int(cell.replace(" ", ""))


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
