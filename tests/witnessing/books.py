# SPDX-License-Identifier: AGPL-3.0-or-later
"""Logs that a real ring might show: signed with its own key, over entries that a test makes up."""

from __future__ import annotations

from collections.abc import Sequence

from ringtausch_node.bootstrap import Ring
from ringtausch_node.federation.line.model import Reply
from ringtausch_node.federation.wire.transport import Request
from ringtausch_protocol import checkpoints, notes, witness
from ringtausch_protocol.notes import NoteKey
from ringtausch_protocol.tiles import parse_path
from tests.federation.towns import Network
from tests.vectors.logbook import Logbook, entries_of

TEXT = {"Content-Type": "text/plain; charset=utf-8"}


class Book(Logbook):
    """A log of this ring over entries of a test."""

    def __init__(self, ring: Ring, entries: Sequence[bytes], log: int = 1) -> None:
        self.entries, self.log = list(entries), log
        self._signer = ring.identity.checkpoint_signer
        self.origin = checkpoints.origin_of(ring.identity.ring_id, log)
        self.key = NoteKey(self.origin, 1, self._signer.public)

    def signed(self, size: int) -> bytes:
        """The signed head of the first `size` entries."""
        return checkpoints.sign_checkpoint(self.head(size), self._signer).to_bytes()

    def request(self, old: int, size: int) -> bytes:
        """The body of an `add-checkpoint` from one size to another."""
        path = self.consistency(old, size) if 0 < old <= size else []
        return witness.format_request(old, path, self.signed(size))

    def told(self, size: int) -> tuple[str, bytes]:
        """The head as a witness tells it: its gossip name, and the checkpoint."""
        return notes.gossip_name(self.origin), self.signed(size)


def honest(ring: Ring, count: int = 40) -> Book:
    """What the ring tells some."""
    return Book(ring, entries_of(count))


def forked(ring: Ring, count: int = 40) -> Book:
    """What it tells others: entries 10 and behind differ."""
    return Book(ring, entries_of(10) + entries_of(count - 10, "other"))


def show(network: Network, name: str, book: Book, size: int) -> None:
    """From now on the ring of this name shows this log up to `size`, whatever its own is."""
    before = network.answer

    def answer(asked: str, request: Request) -> Reply | None:
        if asked != name or not request.path.startswith("/log/"):
            return before(asked, request)
        path = request.path.removeprefix("/log/").removeprefix(f"{book.log}/")
        if path == "checkpoint":
            return Reply(200, book.signed(size), TEXT)
        tile = parse_path(path)
        return Reply(200, book.tile(tile), {})

    network.answer = answer
