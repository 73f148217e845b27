# SPDX-License-Identifier: Apache-2.0
"""The entries of one log in their order: their form, what is signed in them, the heads that they name (SPEC.md 8.1).

Cards stand in the log before what is signed under them, so most of a log proves itself. Where no card of a signer is
known, its entries count as unproved: who knows the card hands it to the program.
"""

from __future__ import annotations

from ringtausch_protocol import cards, checkpoints, entries, envelope, frames, limits
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.entries import ENTRY_FRAME
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.frames import Header
from ringtausch_protocol.merkle import Frontier, leaf_hash
from ringtausch_protocol.verifier.kinds import names_of, read_document
from ringtausch_protocol.verifier.trust import Trust


class LogEntries:
    """Takes a log's entries one by one. `trust` learns the cards that stand in them."""

    def __init__(self, origin: str, trust: Trust) -> None:
        self._ring_id, self._log = checkpoints.parse_origin(origin)
        self._trust, self._tree = trust, Frontier()
        #: Entries whose signatures were checked, and those whose signers nobody here knows.
        self.signed = self.unproved = 0

    def verify(self, entry: bytes) -> None:
        """Check the next entry.

        Raises RemoteError: bad_entry (form, or a start at another place), and what is wrong with a signature or head.
        """
        kind, parts = entries.parse_entry(entry)
        if (kind == entries.START) != (self._tree.size == 0 and self._log > 1):
            raise RemoteError("bad_entry", f"type {kind} at this place")
        if kind == entries.START:
            entries.verify_start(entry, self._trust.operators(self._ring_id), self._ring_id, self._log)
            self.signed += 1
        elif kind != entries.BOOKING:
            self._verify_signed(kind, parts)
        self._tree.append(leaf_hash(entry))

    def _verify_signed(self, kind: int, parts: list[bytes]) -> None:
        is_proved = self._learn(parts[0]) if _is_card(parts[0]) else self._is_known(parts[0])
        if is_proved and kind == ENTRY_FRAME:
            self._verify_frame(parts)
        elif is_proved and not _is_card(parts[0]):
            read_document(parts[0], self._trust)
        self.signed += is_proved
        self.unproved += not is_proved

    def _is_known(self, data: bytes) -> bool:
        """Whether keys of everybody who signed are known."""
        return all(map(self._trust.knows, names_of(data)))

    def _learn(self, data: bytes) -> bool:
        """Know a ring by its card. -> False where a card before it is missing, which alone would prove it."""
        try:
            self._trust.add_card(data)
        except RemoteError as error:
            if error.code not in ("wrong_ring", "card_skipped"):
                raise
            return False
        return True

    def _verify_frame(self, parts: list[bytes]) -> None:
        frame = frames.parse_frame(parts[0], parts[1:], self._trust.named("frame"))
        if frame.header.from_ == self._ring_id:
            self._verify_head(frame.header)

    def _verify_head(self, header: Header) -> None:
        """An own frame names the log before itself; one that came back after a loss names an earlier log."""
        head = header.head
        here = (self._log, self._tree.size, b64(self._tree.root()))
        if head.log >= self._log and (head.log, head.size, head.root) != here:
            raise RemoteError("bad_entry", "the frame names another head of this log")


def _is_card(data: bytes) -> bool:
    return envelope.parse_envelope(data, limits.HELLO_ENVELOPE_BYTES).payload_type == envelope.media_type(cards.KIND)
