# SPDX-License-Identifier: AGPL-3.0-or-later
"""How the demo's account looks on a terminal or in a file: headings, events of the day, tables, a progress bar."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TextIO

#: Long lines are hard to read; 100 fits beside a second window.
WIDTH = 100
_INDENT = "  "
_EVENT_INDENT = " " * 9
_BAR_LENGTH = 30
#: Where nothing can move (a file, a log), the bar says where it stands after each of these parts.
_BAR_PARTS = 10


class Page:
    """Writes the account to a stream, line by line, so that a person can follow it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._chapter = 0

    def title(self, text: str) -> None:
        """The first line."""
        self._write("", text, "=" * len(text), "")

    def chapter(self, text: str) -> None:
        """A numbered heading."""
        self._chapter += 1
        self._write("", f"{self._chapter}  {text}", "-" * (len(text) + 3))

    def say(self, text: str) -> None:
        """A paragraph."""
        self._write(*_wrap(text, _INDENT))

    def event(self, time: str, text: str) -> None:
        """Something happens at a time of the day."""
        first, *rest = _wrap(text, _EVENT_INDENT)
        self._write(f"{_INDENT}{time:5}  {first.strip()}", *rest)

    def outcome(self, text: str) -> None:
        """What came of it, below its event."""
        self._write(*_wrap(text, _EVENT_INDENT))

    def exactly(self, *lines: str) -> None:
        """Lines to be copied: never broken."""
        self._write(*(_INDENT + line for line in lines))

    def blank(self) -> None:
        """Air."""
        self._write("")

    def table(self, headings: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> None:
        """Columns as wide as their widest cell; those numbered in `right` end flush."""
        lines = [list(headings), *(list(row) for row in rows)]
        widths = [max(len(line[column]) for line in lines) for column in range(len(headings))]
        lines.insert(1, ["-" * width for width in widths])
        self._write(*(_row(line, widths, right) for line in lines))

    def bar(self, total: int) -> Bar:
        """A progress bar for `total` steps."""
        return Bar(self._stream, total)

    def _write(self, *lines: str) -> None:
        self._stream.write("".join(line.rstrip() + "\n" for line in lines))
        self._stream.flush()


class Bar:
    """How far a long work has come: one line that moves on a terminal, ten lines anywhere else."""

    def __init__(self, stream: TextIO, total: int) -> None:
        self._stream, self._total, self._shown = stream, total, 0
        self._moves = stream.isatty()

    def show(self, done: int, text: str) -> None:
        """`done` steps of all are behind us; `text` says where that is."""
        filled = _BAR_LENGTH * done // self._total
        line = f"{_INDENT}[{'#' * filled}{'.' * (_BAR_LENGTH - filled)}] {100 * done // self._total:3} %  {text}"
        part = _BAR_PARTS * done // self._total
        if self._moves:
            self._stream.write(f"\r{line}\x1b[K" + ("\n" if done == self._total else ""))
        elif part > self._shown:
            self._stream.write(line + "\n")
        self._shown = part
        self._stream.flush()


def _wrap(text: str, indent: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False) or [""]


def _row(cells: Sequence[str], widths: Sequence[int], right: Sequence[int]) -> str:
    aligned = [
        cell.rjust(width) if column in right else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return _INDENT + "  ".join(aligned)
