# SPDX-License-Identifier: Apache-2.0
"""A log as files, under the paths of SPEC.md 8.4: everything in it is checked, and the first wrong thing named.

Entries are held against their hashes, hashes against the level above, the last against the signed root. Where two
things contradict each other, the one that leads to the root is right.
"""

from __future__ import annotations

import itertools
from pathlib import Path

from ringtausch_protocol import checkpoints, limits, merkle, tiles
from ringtausch_protocol.checkpoints import LogHead, Witnessed
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.merkle import leaf_hash
from ringtausch_protocol.tiles import ENTRIES, WIDTH, Tile
from ringtausch_protocol.verifier.findings import Finding, FoundWrong, at, read_file
from ringtausch_protocol.verifier.kinds import facts_of, signers_of
from ringtausch_protocol.verifier.log_entries import LogEntries
from ringtausch_protocol.verifier.trust import KEYS_BYTES, Trust

#: A bundle of 256 entries, each as long as an entry may be, with its length.
BUNDLE_BYTES = WIDTH * (2 + limits.LOG_ENTRY_BYTES)
TILE_BYTES = WIDTH * 32
#: A ring's own cards may lie in the folder: they prove themselves by the ring id in the log's name.
CARDS = "cards.json"


def verify_folder(folder: Path, trust: Trust, learned: Trust | None = None) -> Finding:
    """Check a log's folder. `learned`: what earlier logs of the ring have told, and takes up what this one tells.

    Raises FoundWrong: the first wrong thing, by its path and the place inside.
    """
    learned = trust.learning() if learned is None else learned
    found = _verify_checkpoint(folder, trust, learned)
    log = LogFolder(folder, found.head)
    log.verify_names()
    log.verify_tiles()
    told = LogEntries(found.head.origin, learned)
    if log.has_entries:
        log.verify_entries(told)
    facts = {
        **facts_of(found), "tiles": log.tile_count, "entries": found.head.size if log.has_entries else 0,
        "signed": told.signed, "unproved": told.unproved,
    }  # fmt: skip
    return Finding("folder", signers_of(found), facts)


def _verify_checkpoint(folder: Path, trust: Trust, learned: Trust) -> Witnessed:
    """The head under which all else stands. Whose cosignatures count is the caller's word, not the log's."""
    with at("checkpoint"):
        data = _read(folder, "checkpoint", limits.CHECKPOINT_BYTES)
        claimed = checkpoints.parse_checkpoint(data)
        origin = claimed.head.origin
        if origin not in [line.name for line in claimed.note.lines]:
            raise RemoteError("unknown_key", "signed under no key of its own log")
    _add_cards(folder, origin, learned)
    with at("checkpoint"):
        found = checkpoints.verify_checkpoint(data, learned.of_log(origin), trust.policy(origin))
        learned.verify_counted(found)
    return found


def _add_cards(folder: Path, origin: str, learned: Trust) -> None:
    """Know the ring by the cards in the folder: a JSON list, oldest first, one a line, and of nobody else."""
    if not (folder / CARDS).exists():
        return
    with at(CARDS):
        data = read_file(folder / CARDS, KEYS_BYTES)
        cards = data.removeprefix(b"[").removesuffix(b"]\n").split(b",\n")
        if data != b"[" + b",\n".join(cards) + b"]\n":
            raise RemoteError("malformed", "no list of cards, one a line")
        for card in cards:
            if learned.read_card(card).card.ring_id != checkpoints.parse_origin(origin)[0]:
                raise RemoteError("wrong_ring", "card of another ring")
            learned.add_card(card)


def logs_in(folder: Path) -> list[Path]:
    """The logs in a folder that holds several, each in a folder named by its number, in their order; else itself."""
    if (folder / "checkpoint").exists() or not folder.is_dir():
        return [folder]
    found = [each for each in folder.iterdir() if each.name.isascii() and each.name.isdigit()]
    return sorted(found, key=lambda each: int(each.name)) or [folder]


def _read(folder: Path, path: str, limit: int) -> bytes:
    if not (folder / path).exists():
        raise FoundWrong("bad_tile", path, "is missing")
    return read_file(folder / path, limit, path)


class LogFolder:
    """The files of one log below a signed head. Tiles are read as often as they are needed: 8 KiB each."""

    def __init__(self, folder: Path, head: LogHead) -> None:
        self._folder, self._head = folder, head
        self.has_entries = (folder / "tile" / "entries").exists()
        self.tile_count = 0

    # -- names -------------------------------------------------------------------------------------------------------

    def verify_names(self) -> None:
        """Every file below `tile` is one of this log: of its size, or a beginning from when it was smaller."""
        for path in sorted((self._folder / "tile").rglob("*")):
            if not path.is_dir():
                self._verify_name(path.relative_to(self._folder).as_posix())

    def _verify_name(self, path: str) -> None:
        try:
            tile = tiles.parse_path(path)
        except RemoteError:
            raise FoundWrong("bad_tile", path, "no file of a log") from None
        width = tiles.width_of(tile.level, tile.number, self._head.size)
        if tile.width > width:
            raise FoundWrong("bad_tile", path, "more than the log holds")
        if tile.width < width:
            whole = tile._replace(width=width)
            with at(path):
                self._verify_width(tile)
            if not self._bytes(whole).startswith(self._bytes(tile)):
                raise FoundWrong("bad_tile", path, f"no beginning of {whole.path}")

    def _verify_width(self, tile: Tile) -> None:
        parse = tiles.parse_bundle if tile.level == ENTRIES else tiles.parse_tile
        parse(self._bytes(tile), tile.width)

    # -- hashes ------------------------------------------------------------------------------------------------------

    def verify_tiles(self) -> None:
        """Entries against tiles, tiles against those above, all against the root."""
        below: list[bytes] = []
        for level, row in itertools.groupby(tiles.tiles_of(self._head.size), lambda tile: tile.level):
            roots = []
            for tile in row:
                hashes = self._hashes(tile)
                under = self._leaves(tile, hashes) if level == 0 else below[tile.number * WIDTH :][: tile.width]
                for place, pair in enumerate(zip(hashes, under, strict=True)):
                    if pair[0] != pair[1]:
                        self._blame(tile, place)
                if tile.width == WIDTH:
                    roots.append(merkle.tree_root(hashes))
                self.tile_count += 1
            below = roots
        if self._root() != self._head.root:
            raise FoundWrong("bad_tile", self._edge(), "the tiles do not lead to the checkpoint's root")

    def _blame(self, tile: Tile, place: int) -> None:
        """A tile contradicts what is below it: the tile is wrong, unless it leads to the root."""
        if not self._is_held(tile):
            raise FoundWrong("bad_tile", tile.path, f"hash {place}")
        number = tile.number * WIDTH + place
        if tile.level == 0:
            raise FoundWrong(
                "bad_entry", f"{tile._replace(level=ENTRIES).path} entry {number}", "not the hash in its tile"
            )
        raise FoundWrong("bad_tile", Tile(tile.level - 1, number, WIDTH).path, "not the hash above it")

    def _is_held(self, tile: Tile) -> bool:
        """Whether what is above a tile confirms it."""
        if tile.width < WIDTH:
            return self._root() == self._head.root
        number, place = divmod(tile.number, WIDTH)
        width = tiles.width_of(tile.level + 1, number, self._head.size)
        above = self._hashes(Tile(tile.level + 1, number, width))
        return above[place] == merkle.tree_root(self._hashes(tile))

    def _root(self) -> bytes:
        """The root that the right edge of the tiles has."""
        node = tiles.tile_nodes(lambda *tile: self._bytes(Tile(*tile)), self._head.size)
        return merkle.range_root(node, 0, self._head.size)

    def _edge(self) -> str:
        """The path of the last tile of leaves, which no tile above confirms while it is partial."""
        return [tile for tile in tiles.tiles_of(self._head.size) if tile.level == 0][-1].path

    def _hashes(self, tile: Tile) -> list[bytes]:
        with at(tile.path):
            return tiles.parse_tile(self._bytes(tile), tile.width)

    def _bytes(self, tile: Tile) -> bytes:
        return _read(self._folder, tile.path, BUNDLE_BYTES if tile.level == ENTRIES else TILE_BYTES)

    # -- entries -----------------------------------------------------------------------------------------------------

    def _leaves(self, tile: Tile, hashes: list[bytes]) -> list[bytes]:
        """The leaf hashes of a tile's entries; the tile's own where the folder has no entries."""
        return [*map(leaf_hash, self._entries(tile))] if self.has_entries else hashes

    def _entries(self, tile: Tile) -> list[bytes]:
        bundle = tile._replace(level=ENTRIES)
        with at(bundle.path):
            return tiles.parse_bundle(self._bytes(bundle), tile.width)

    def verify_entries(self, told: LogEntries) -> None:
        """Hand over the entries one by one; what is wrong is named by its bundle and number."""
        for tile in tiles.tiles_of(self._head.size):
            if tile.level == 0:
                for place, entry in enumerate(self._entries(tile), tile.number * WIDTH):
                    with at(f"{tile._replace(level=ENTRIES).path} entry {place}"):
                        told.verify(entry)
