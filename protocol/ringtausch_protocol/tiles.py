# SPDX-License-Identifier: Apache-2.0
"""Tiles of a log, after C2SP tlog-tiles: 256 hashes a tile, their paths, and bundles of entries (SPEC.md 8.4).

A tile of level L holds hashes of subtrees of 256^L leaves. One with fewer than 256 hashes is *partial*: a prefix of the
full one, and never hashed into the level above.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

from ringtausch_protocol import limits
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.merkle import Node, tree_root

#: Hashes of a full tile; 8 levels of the tree in one.
WIDTH = 256
HEIGHT = 8
#: `Tile.level` of a bundle: its path says `entries` where a tile's says its level.
ENTRIES = -1

_PATH = re.compile(r"tile/(entries|[0-9]{1,2})/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([0-9]{1,3}))?", re.ASCII)

#: (level, number, width) -> the bytes of that tile, width * 32 of them.
TileReader: TypeAlias = Callable[[int, int, int], bytes]


class Tile(NamedTuple):
    """Which tile: its level (ENTRIES: the bundle of its entries), its number on the level, how many hashes it holds."""

    level: int
    number: int
    width: int

    @property
    def path(self) -> str:
        """Its path: `tile/<level>/<number>[.p/<width>]`, the number in groups of three digits."""
        digits = f"{self.number:03}"
        digits = digits.rjust(-(-len(digits) // 3) * 3, "0")
        groups = [digits[place : place + 3] for place in range(0, len(digits), 3)]
        groups = [*(f"x{group}" for group in groups[:-1]), groups[-1]]
        level = "entries" if self.level == ENTRIES else str(self.level)
        return f"tile/{level}/{'/'.join(groups)}" + ("" if self.width == WIDTH else f".p/{self.width}")


def parse_path(path: str) -> Tile:
    """Read a tile's path strictly: `x001/234`, no leading zeros, no sign. Raises RemoteError('malformed')."""
    found = _PATH.fullmatch(path) if len(path) <= limits.TILE_PATH_LENGTH else None
    if found is None:
        raise RemoteError("malformed", "path of a tile")
    level, number, width = found.groups()
    tile = Tile(
        ENTRIES if level == "entries" else int(level),
        int(re.sub("[x/]", "", number)),
        WIDTH if width is None else int(width),
    )
    is_bounded = tile.level < limits.TILE_LEVELS and tile.number <= limits.SEQ_MAX and 1 <= tile.width <= WIDTH
    if not is_bounded or tile.path != path:
        raise RemoteError("malformed", "path of a tile")
    return tile


def width_of(level: int, number: int, size: int) -> int:
    """How many hashes a tile holds in the log of `size` leaves; 0 if it is not there."""
    return min(WIDTH, max(0, (size >> HEIGHT * max(level, 0)) - number * WIDTH))


def tiles_of(size: int) -> Iterator[Tile]:
    """Every tile of a log of `size` leaves, level by level from the leaves."""
    return new_tiles(0, size)


def new_tiles(old: int, size: int) -> Iterator[Tile]:
    """The tiles that appear, or hold more, when a log grows from `old` to `size` leaves."""
    level = 0
    while size >> HEIGHT * level:
        before, now = old >> HEIGHT * level, size >> HEIGHT * level
        if now > before:
            for number in range(before // WIDTH, -(-now // WIDTH)):
                yield Tile(level, number, width_of(level, number, size))
        level += 1


def parse_tile(data: bytes, width: int) -> list[bytes]:
    """The hashes of a tile. Raises RemoteError('bad_tile') where it does not hold exactly `width` of them."""
    if len(data) != 32 * width:
        raise RemoteError("bad_tile", f"{len(data)} bytes instead of {32 * width}")
    return [data[place : place + 32] for place in range(0, len(data), 32)]


def tile_root(data: bytes, width: int) -> bytes:
    """The root over a tile's hashes; for a full one the hash that stands in the level above. Raises as `parse_tile`."""
    return tree_root(parse_tile(data, width))


def format_bundle(entries: Sequence[bytes]) -> bytes:
    """The entries of one tile, each behind its length as a big-endian u16. Raises RemoteError('too_large')."""
    if any(len(entry) > limits.LOG_ENTRY_BYTES for entry in entries):
        raise RemoteError("too_large", "entry")
    return b"".join(len(entry).to_bytes(2) + entry for entry in entries)


def parse_bundle(data: bytes, width: int) -> list[bytes]:
    """The entries of a bundle. Raises RemoteError('bad_tile') where it does not hold exactly `width` of them."""
    entries: list[bytes] = []
    place, length = 0, len(data)
    while place < length and len(entries) < width:
        begin = place + 2
        place = begin + int.from_bytes(data[place:begin])
        if place > length:
            raise RemoteError("bad_tile", f"entry {len(entries)} is cut off")
        entries.append(data[begin:place])
    if place != length or len(entries) != width:
        raise RemoteError("bad_tile", f"not exactly {width} entries")
    return entries


def tile_nodes(read: TileReader, size: int) -> Node:
    """A source of nodes for proofs out of the tiles of a log of `size` leaves; reads each tile once.

    Nothing is trusted: what is proved with it must be verified against a signed root. Raises RemoteError('bad_tile')
    where a tile has another length than its width says.
    """
    known: dict[tuple[int, int], list[bytes]] = {}

    def node(level: int, place: int) -> bytes:
        height, inside = divmod(level, HEIGHT)
        number, first = divmod(place << inside, WIDTH)
        if (height, number) not in known:
            width = width_of(height, number, size)
            known[height, number] = parse_tile(read(height, number, width), width)
        return tree_root(known[height, number][first : first + (1 << inside)])

    return node
