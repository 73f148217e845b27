# SPDX-License-Identifier: Apache-2.0
"""The roots that a log had at each of its entries: what an own frame says of the log before it (SPEC.md 6.1)."""

from __future__ import annotations

from collections.abc import Sequence

from ringtausch_protocol import merkle
from ringtausch_protocol.merkle import Frontier
from ringtausch_protocol.tiles import HEIGHT, WIDTH


class Heads:
    """Goes through a log tile by tile: all nodes of a tile at once cost half of what each alone does."""

    def __init__(self) -> None:
        #: Entries before the tile that it stands at.
        self.size = 0
        self._full = Frontier()
        self._above: list[bytes] = []
        self._levels: list[list[bytes]] = []

    def enter(self, hashes: Sequence[bytes]) -> None:
        """Go on to the next tile, by its leaf hashes; the one before was full."""
        if self._levels:
            self._full.append(self._levels[HEIGHT][0])
            self._above = list(self._full.hashes)
            self.size += WIDTH
        self._levels = merkle.levels_of(hashes)

    def root(self, size: int) -> bytes:
        """The root that the log had with `size` entries: those before this tile, or some of its own, too."""
        place = size - self.size
        parts = [level[(place >> height) - 1] for height, level in enumerate(self._levels) if place >> height & 1]
        return merkle.fold(self._above + parts[::-1])  # a full subtree ends there for each bit of the place
