# SPDX-License-Identifier: Apache-2.0
"""One log as tiles: everything in it is held against the signed root before anybody reads it (SPEC.md 8.4).

The tiles of leaves are read once for the root and once more, with their entries, when the log is replayed; what is kept
between is two hashes for every 256 entries.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from ringtausch_protocol import canonical, limits, merkle, tiles
from ringtausch_protocol.checkpoints import LogHead
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.tiles import ENTRIES, HEIGHT, WIDTH, Tile

#: A bundle of 256 entries, each as long as an entry may be, with its length.
BUNDLE_BYTES = WIDTH * (2 + limits.LOG_ENTRY_BYTES)
TILE_BYTES = WIDTH * 32
#: A file that we may not read, or that did not come, says nothing about its log.
_NOT_GIVEN = {"unauthorized": "log_closed", "unreachable": "source_failed"}


class LogFiles(Protocol):
    """The files of one log, wherever they lie."""

    @property
    def name(self) -> str:
        """What the source is called: a path or an address."""
        ...

    def read(self, path: str, limit_bytes: int) -> bytes:
        """A file by its path. Raises RemoteError: bad_tile (there is none), too_large, unreachable, unauthorized."""
        ...


class LogBroken(RemoteError):
    """A log is not what its ring has signed. `files`: whose, `path`: the file; `index`: the entry, -1: it is none."""

    def __init__(self, code: str, files: LogFiles, path: str, detail: str, index: int = -1) -> None:
        super().__init__(code, f"{path}: {detail}")
        self.files, self.path, self.why, self.index = files, path, detail, index

    @property
    def is_unseen(self) -> bool:
        """Whether nobody showed it to us: nothing can be said of it then."""
        return self.code in _NOT_GIVEN.values()


class BrokenFiles:
    """The files of a log that was found broken when it had been opened already: nobody asks for them again."""

    def __init__(self, broken: LogBroken) -> None:
        # The error itself would keep all that was read until then.
        self.name, self._said = broken.files.name, (broken.code, broken.path, broken.why, broken.index)

    def read(self, path: str, limit_bytes: int) -> bytes:
        """Nothing. Raises LogBroken, as before."""
        code, path, why, index = self._said
        raise LogBroken(code, self, path, why, index)


@contextmanager
def passing_over_broken() -> Iterator[None]:
    """Whoever reads a log says that it is broken; but one that was shown and is so no more, nobody can judge by."""
    try:
        yield
    except LogBroken as broken:
        if broken.is_unseen:
            raise


class LogTree:
    """The tree of a log up to a head. `verify` must come first."""

    def __init__(self, files: LogFiles, head: LogHead) -> None:
        self._files, self.head = files, head
        self._above: list[list[bytes]] = []
        self._prints: list[bytes] = []

    def verify(self) -> None:
        """Hold every tile against the one above and the last against the head. Raises LogBroken."""
        level, size = 0, self.head.size
        while size >> HEIGHT * level:
            self._above.append(list(self._level(level)))
            level += 1
        if self.root_at(size) != self.head.root:
            raise self._unreadable("checkpoint", "the tiles do not lead to its root")

    def _level(self, level: int) -> Iterator[bytes]:
        """The roots of the full tiles of a level; below them stand those that were computed before."""
        count = self.head.size >> HEIGHT * level
        for number in range(-(-count // WIDTH)):
            hashes = self._hashes(level, number)
            if level == 0:
                self._prints.append(_print(hashes))
            if level and hashes != self._above[level - 1][number * WIDTH :][: len(hashes)]:
                raise self._unreadable(self._tile(level, number).path, "not the hashes below it")
            if len(hashes) == WIDTH:
                yield merkle.tree_root(hashes)

    def _tile(self, level: int, number: int) -> Tile:
        return Tile(level, number, tiles.width_of(level, number, self.head.size))

    def _hashes(self, level: int, number: int) -> list[bytes]:
        tile = self._tile(level, number)
        try:
            return tiles.parse_tile(self._files.read(tile.path, TILE_BYTES), tile.width)
        except RemoteError as error:
            raise self._not_read(tile.path, error) from None

    def root_at(self, size: int) -> bytes:
        """The root that the log had with `size` entries, at most those of its head. Raises LogBroken."""
        known: dict[int, list[bytes]] = {}

        def node(level: int, place: int) -> bytes:
            height, inside = divmod(level, HEIGHT)
            first = place << inside
            if height:
                return merkle.tree_root(self._above[height - 1][first : first + (1 << inside)])
            number, begin = divmod(first, WIDTH)
            hashes = known.get(number) or known.setdefault(number, self._leaves(number))
            return merkle.tree_root(hashes[begin : begin + (1 << inside)])

        return merkle.range_root(node, 0, size)

    def _leaves(self, number: int) -> list[bytes]:
        """The hashes of a tile of leaves, the same that were verified before."""
        hashes = self._hashes(0, number)
        if _print(hashes) != self._prints[number]:
            raise self._unreadable(self._tile(0, number).path, "not the same as a moment ago")
        return hashes

    def leaves(self, number: int) -> tuple[list[bytes], list[bytes]]:
        """The entries of bundle `number`, each held against its hash, and their hashes. Raises LogBroken."""
        bundle = self._tile(0, number)._replace(level=ENTRIES)
        try:
            entries = tiles.parse_bundle(self._files.read(bundle.path, BUNDLE_BYTES), bundle.width)
        except RemoteError as error:
            raise self._not_read(bundle.path, error) from None
        hashes = self._leaves(number)
        found = merkle.leaf_hashes(entries)
        if found != hashes:
            place = next(place for place in range(len(found)) if found[place] != hashes[place])
            index = number * WIDTH + place
            raise LogBroken("entry_changed", self._files, bundle.path, "not the hash in its tile", index)
        return entries, hashes

    def verify_given(self) -> None:
        """The newest entries are given to us; where they are, those before are too. Raises LogBroken."""
        if self.head.size:
            self.leaves((self.head.size - 1) // WIDTH)

    def leaf_at(self, index: int) -> bytes | None:
        """The hash of an entry; None where the log is shorter. Raises LogBroken."""
        if index >= self.head.size:
            return None
        number, place = divmod(index, WIDTH)
        return self._leaves(number)[place]

    def tile(self, tile: Tile) -> bytes:
        """The bytes of a tile of hashes as they were verified, whatever the source gives now. Raises LogBroken."""
        if tile.level == 0:
            return b"".join(self._leaves(tile.number))
        return b"".join(self._above[tile.level - 1][tile.number * WIDTH :][: tile.width])

    def _unreadable(self, path: str, detail: str) -> LogBroken:
        return LogBroken("log_unreadable", self._files, path, detail)

    def _not_read(self, path: str, error: RemoteError) -> LogBroken:
        if isinstance(error, LogBroken):
            return error
        code = _NOT_GIVEN.get(error.code, "log_unreadable")
        return LogBroken(code, self._files, path, error.detail or error.code)


def _print(hashes: list[bytes]) -> bytes:
    """What a tile is known by when it is read again."""
    return canonical.sha256(b"".join(hashes))
