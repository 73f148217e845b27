# SPDX-License-Identifier: Apache-2.0
"""The keys that the program was given: ring-cards and verifier keys, one a line."""

from __future__ import annotations

from collections.abc import Iterable

from ringtausch_protocol import cards, checkpoints, limits, log_keys, notes
from ringtausch_protocol.cards import Card
from ringtausch_protocol.checkpoints import Policy, Witnessed
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.keys import COSIGNER, ED25519
from ringtausch_protocol.notes import NoteKey
from ringtausch_protocol.ring_card import KeyPurpose

#: Most of a file of keys: the cards of a federation of 800 rings.
KEYS_BYTES = 4 * 1_024 * 1_024


class Trust:
    """Whom the caller knows. A verifier key counts for all that its name signs, a key on a card for its purpose."""

    def __init__(self, quorum: int | None = None) -> None:
        self._cards: dict[str, list[Card]] = {}
        self._vkeys: list[NoteKey] = []
        self._quorum = quorum

    def add(self, data: bytes) -> None:
        """Take the lines of a file. Empty ones and those with `#` are left out. Raises RemoteError as they are read."""
        if len(data) > KEYS_BYTES:
            raise RemoteError("too_large", f"more than {KEYS_BYTES} bytes of keys")
        for number, line in enumerate(data.split(b"\n"), 1):
            try:
                self._add_line(line.strip())
            except RemoteError as error:
                raise RemoteError(error.code, f"line {number}: {error.detail}") from None

    def _add_line(self, line: bytes) -> None:
        if line.startswith(b"{"):
            self.add_card(line)
        elif line and not line.startswith(b"#"):
            if len(line) > limits.VKEY_LENGTH or not line.isascii():
                raise RemoteError("malformed", "verifier key")
            self._vkeys.append(notes.parse_vkey(line.decode()))

    def add_card(self, data: bytes) -> None:
        """Know a ring by a card, beside its other ones. Raises RemoteError as `read_card`."""
        card = self.read_card(data)
        chain = {each.envelope: each for each in [*self.cards(card.card.ring_id), card]}
        self._cards[card.card.ring_id] = sorted(chain.values(), key=lambda each: each.number)

    def read_card(self, data: bytes) -> Card:
        """Check a card: a later one than those that are known must follow them, any other must prove itself.

        Raises RemoteError as `verify_card` and `verify_next`.
        """
        claimed = cards.read_card(data)
        chain = self.cards(claimed.card.ring_id)
        if chain and claimed.number > chain[-1].number:
            return cards.verify_next(chain[-1], data)
        return next((card for card in chain if card.envelope == data), None) or cards.verify_card(data)

    def learning(self) -> Trust:
        """One that knows the same and may learn more: what a log itself says makes nobody a witness of it."""
        trust = Trust(self._quorum)
        trust._cards = {ring_id: list(chain) for ring_id, chain in self._cards.items()}
        trust._vkeys = list(self._vkeys)
        return trust

    def knows(self, name: str) -> bool:
        """Whether this key id is of a ring whose card is known, or of a verifier key."""
        return bool(self.cards(name.rpartition("+")[0])) or any(key.id == name for key in self._vkeys)

    def cards(self, ring_id: str) -> list[Card]:
        """The cards of a ring, oldest first."""
        return self._cards.get(ring_id, [])

    def named(self, purpose: KeyPurpose) -> dict[str, bytes]:
        """Key id -> public key of all that may sign an envelope for this purpose (frame or operator)."""
        known = {key.id: key.public for key in self._vkeys if key.kind == ED25519}
        for card in (card for chain in self._cards.values() for card in chain):
            known.update(card.frame_keys if purpose == "frame" else card.operator_keys)
        return known

    def operators(self, ring_id: str) -> dict[str, bytes]:
        """The operator keys of a ring by all of its cards."""
        return {name: public for card in self.cards(ring_id) for name, public in card.operator_keys.items()}

    def are_enough(self, ring_id: str, names: Iterable[str]) -> bool:
        """Whether so many operators are among those who signed as one card of the ring asks for, by keys on that card.

        A document does not say under which card it was signed: any will do, but cards are not mixed, or one key of a
        card that asks for two would pass because another card asks for one. Without a card one verifier key is enough.
        """
        signed, given = set(names), {key.id for key in self._vkeys}
        return any(
            len(signed & (card.operator_keys.keys() | given)) >= card.card.operator_threshold
            for card in self.cards(ring_id)
        ) or bool(signed and not self.cards(ring_id))

    def verify_unrevoked(self, names: Iterable[str]) -> None:
        """Nobody who signed has lost that key since: away from its channel nothing counts then (SPEC.md 3.6).

        Raises RemoteError('revoked_key').
        """
        for name in names:
            chain = self.cards(name.rpartition("+")[0])
            if chain and name in chain[-1].revoked:
                raise RemoteError("revoked_key", name)

    def verify_counted(self, found: Witnessed) -> None:
        """Check that a head still counts by the newest card of its ring. Raises RemoteError('revoked_key')."""
        for card in self.cards(checkpoints.parse_origin(found.head.origin)[0])[-1:]:
            log_keys.verify_counted(card, found)

    def of_log(self, origin: str) -> list[NoteKey]:
        """The keys that may sign heads of a log."""
        ring_id, _ = checkpoints.parse_origin(origin)
        known = [key for key in self._vkeys if key.name == origin]
        return known + [key for card in self.cards(ring_id) for key in log_keys.checkpoint_keys(card, origin)]

    def policy(self, origin: str) -> Policy:
        """Whose cosignatures count for a log: all witnesses that are known but the ring itself.

        The quorum is the caller's, else that of so many witnesses.
        """
        ring_id, _ = checkpoints.parse_origin(origin)
        known = [key for key in self._vkeys if key.kind == COSIGNER]
        known += [key for chain in self._cards.values() for card in chain for key in log_keys.witness_keys(card)]
        own = {key.public for card in self.cards(ring_id) for key in log_keys.witness_keys(card)}
        witnesses = tuple(key for key in dict.fromkeys(known) if key.public not in own and key.name != ring_id)
        count = len({key.public for key in witnesses})
        return Policy(witnesses, checkpoints.quorum_of(count) if self._quorum is None else self._quorum)
