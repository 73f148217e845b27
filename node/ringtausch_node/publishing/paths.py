# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a path beneath /log/ means (SPEC.md 8.4). One form for everything: what may be kept for ever has one name."""

from __future__ import annotations

from typing import NamedTuple

from ringtausch_protocol import notes, tiles
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.tiles import ENTRIES, WIDTH, Tile

CHECKPOINT, CARDS = "checkpoint", "cards.json"


class Page(NamedTuple):
    """A piece of a log. `log`: its number as the path says it, None for the newest.

    `tile` None: the ring's cards, or else the log's checkpoint.
    """

    log: int | None
    tile: Tile | None
    is_cards: bool = False

    @property
    def is_entries(self) -> bool:
        """Whether it holds entries, not hashes."""
        return self.tile is not None and self.tile.level == ENTRIES

    @property
    def is_final(self) -> bool:
        """Whether the same bytes will always stand there: a full tile under the number of its log."""
        return self.log is not None and self.tile is not None and self.tile.width == WIDTH

    @property
    def entries_path(self) -> str:
        """The path that a token must open for this piece."""
        return "/log/tile/entries/" if self.log is None else f"/log/{self.log}/tile/entries/"


def parse_page(path: str) -> Page:
    """Read what stands behind /log/, strictly. Raises RemoteError('malformed')."""
    first, slash, rest = path.partition("/")
    log = None
    if slash and first != "tile":
        log, path = notes.parse_decimal(first), rest
        if log == 0:
            raise RemoteError("malformed", "logs are numbered from 1")
    is_tile = path not in (CHECKPOINT, CARDS)
    return Page(log, tiles.parse_path(path) if is_tile else None, path == CARDS)
