# SPDX-License-Identifier: AGPL-3.0-or-later
"""A log that a town of the vectors might have: entries, tiles, checkpoints with cosignatures, the same each time."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from ringtausch_protocol import checkpoints, merkle, notes, tiles
from ringtausch_protocol.checkpoints import LogHead, Policy
from ringtausch_protocol.documents import LogAccess
from ringtausch_protocol.entries import log_entry
from ringtausch_protocol.keys import COSIGNER, ED25519, SigningKey
from ringtausch_protocol.notes import Note, NoteKey
from ringtausch_protocol.receipts import Receipt
from tests.vectors.cast import EICHE, LINDE, NET, NOON, Town, chance, id16


def checkpoint_key(town: Town) -> SigningKey:
    """The key on the town's card that signs heads."""
    return SigningKey(chance(f"{town.name} checkpoint"))


def witness_key(town: Town) -> SigningKey:
    """The key on the town's card that cosigns others' heads."""
    return SigningKey(chance(f"{town.name} witness"))


def as_witness(town: Town) -> NoteKey:
    """A town as a witness: its name there is its ring id."""
    return NoteKey(town.id, COSIGNER, witness_key(town).public)


def policy_of(*towns: Town) -> Policy:
    """All these towns must have cosigned."""
    return Policy(tuple(map(as_witness, towns)), len(towns))


def entries_of(count: int, label: str = "entry", kind: int = 5) -> list[bytes]:
    """Entries of bookings, or another kind, which differ by `label`."""
    return [log_entry(kind, (chance(f"{label} {place}"),)) for place in range(count)]


def log_access() -> LogAccess:
    """Linde asks for the entries of Eiche's newest log."""
    return LogAccess(
        v=1, net=NET, from_=LINDE.id, to=EICHE.id, path="/log/tile/entries/", at=NOON, nonce=id16("log access")
    )


class Logbook:
    """A town's log number `log` over these entries."""

    def __init__(self, town: Town, entries: Sequence[bytes], log: int = 1) -> None:
        self.town, self.entries, self.log = town, list(entries), log
        self.origin = checkpoints.origin_of(town.id, log)
        self.key = NoteKey(self.origin, ED25519, checkpoint_key(town).public)

    @cached_property
    def leaves(self) -> list[bytes]:
        """The leaf hashes."""
        return [merkle.leaf_hash(entry) for entry in self.entries]

    @cached_property
    def node(self) -> merkle.Node:
        """The source of nodes over them."""
        return merkle.nodes_of(self.leaves)

    def head(self, size: int) -> LogHead:
        """Where the log stood with `size` entries."""
        return LogHead(self.origin, size, merkle.range_root(self.node, 0, size))

    def checkpoint(self, size: int, *witnesses: Town) -> Note:
        """The signed head, cosigned by these towns, one a second."""
        note = checkpoints.sign_checkpoint(self.head(size), checkpoint_key(self.town))
        return notes.add_lines(note, [
            notes.cosign_note(note.text, town.id, witness_key(town), NOON + place)
            for place, town in enumerate(witnesses)
        ])  # fmt: skip

    def consistency(self, old: int, size: int) -> list[bytes]:
        """The path between two sizes."""
        return merkle.prove_consistency(self.node, old, size)

    def receipt(self, place: int, size: int, *witnesses: Town, with_entry: bool = True) -> Receipt:
        """The receipt of one entry."""
        path = merkle.prove_inclusion(self.node, place, size)
        entry = self.entries[place] if with_entry else None
        return Receipt(place, tuple(path), self.checkpoint(size, *witnesses).to_bytes(), entry)

    def tile(self, tile: tiles.Tile) -> bytes:
        """The bytes of a tile or bundle."""
        first = tile.number * tiles.WIDTH
        places = range(first, first + tile.width)
        if tile.level == tiles.ENTRIES:
            return tiles.format_bundle([self.entries[place] for place in places])
        return b"".join(self.node(tiles.HEIGHT * tile.level, place) for place in places)

    def files(self, size: int, *witnesses: Town) -> dict[str, bytes]:
        """The whole log as C2SP paths."""
        found = {"checkpoint": self.checkpoint(size, *witnesses).to_bytes()}
        for tile in tiles.tiles_of(size):
            found[tile.path] = self.tile(tile)
            if tile.level == 0:
                bundle = tile._replace(level=tiles.ENTRIES)
                found[bundle.path] = self.tile(bundle)
        return found

    def write(self, folder: Path, size: int, *witnesses: Town) -> Path:
        """The whole log as files."""
        for path, data in self.files(size, *witnesses).items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(data)
        return folder
