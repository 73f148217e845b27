# SPDX-License-Identifier: Apache-2.0
"""The bar that grows while an audit reads, for whoever watches a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

_WIDTH = 30
#: The bar is drawn anew when a thousandth more was read: it moves in long audits, and a terminal has no time to lose.
_STEPS = 1_000


@contextmanager
def showing(total: int, stream: TextIO, *, is_wanted: bool = True) -> Iterator[Callable[[int], None]]:
    """A function that is told how many of `total` entries were read, and draws it; nothing where nobody watches.

    The total is what logs say of themselves: it may be wrong, and the bar is then never fuller than full. However the
    reading ends, the line ends too.
    """
    if not is_wanted or not stream.isatty():
        yield lambda _: None
        return
    bar = _Bar(total, stream)
    bar.tell(0)
    try:
        yield bar.tell
    finally:
        bar.end()


class _Bar:
    """One line of a terminal, written over itself."""

    def __init__(self, total: int, stream: TextIO) -> None:
        self._total, self._stream, self._drawn = total, stream, -1

    def tell(self, count: int) -> None:
        step = min(_STEPS, count * _STEPS // max(1, self._total))
        if step > self._drawn:
            self._drawn = step
            full = step * _WIDTH // _STEPS
            bar = f"[{'#' * full}{'.' * (_WIDTH - full)}] {step * 100 // _STEPS:>3} %"
            self._write(f"\r{bar} {count}/{self._total}")

    def end(self) -> None:
        self._write("\n")

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
