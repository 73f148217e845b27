# SPDX-License-Identifier: Apache-2.0
"""The keys of a ring by purpose, out of a card that proves itself (SPEC.md 3.4): whoever has the card needs no more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ringtausch_protocol import canonical, envelope, keys, limits
from ringtausch_protocol.canonical import unb64
from ringtausch_protocol.documents import KeyPurpose, RingCard
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.keys import COSIGNER, ED25519
from ringtausch_protocol.notes import NoteKey

KIND = "ring-card"
SIGNING: tuple[KeyPurpose, ...] = ("frame", "checkpoint", "witness", "operator")


class RingKeys(NamedTuple):
    """A card that was verified, and its keys as 32 bytes each: those that signed it, and those of each purpose."""

    card: RingCard
    roots: tuple[bytes, ...]
    by_purpose: Mapping[str, tuple[bytes, ...]]

    @property
    def ring_id(self) -> str:
        """The ring's self-certifying name."""
        return self.card.ring_id

    def named(self, purpose: KeyPurpose) -> dict[str, bytes]:
        """The keys of a purpose by their ids, as envelopes name them."""
        return {keys.key_id(self.ring_id, public): public for public in self.by_purpose[purpose]}

    def root_ids(self) -> tuple[str, ...]:
        """The ids of the root keys."""
        return tuple(keys.key_id(self.ring_id, public) for public in self.roots)

    def of_log(self, origin: str) -> tuple[NoteKey, ...]:
        """The keys that sign the heads of the ring's log of this name."""
        return tuple(NoteKey(origin, ED25519, public) for public in self.by_purpose["checkpoint"])

    def as_witness(self) -> tuple[NoteKey, ...]:
        """The keys with which the ring cosigns heads of others."""
        return tuple(NoteKey(self.ring_id, COSIGNER, public) for public in self.by_purpose["witness"])


def open_card(data: bytes) -> RingKeys:
    """Check a card by itself: signed by root keys at their threshold, which hash to its ring id; no signing key weak.

    Raises RemoteError: malformed, not_canonical, too_large, weak_key, wrong_ring, unknown_key, bad_signature,
    threshold.
    """
    card = canonical.parse(envelope.parse_envelope(data).body(), RingCard, limits.DOCUMENT_BYTES)
    roots = tuple(keys.check_public(unb64(text, 32)) for text in card.root_keys)
    if keys.ring_id(roots, card.root_threshold) != card.ring_id:
        raise RemoteError("wrong_ring", "card's root keys are of another ring")
    named = {keys.key_id(card.ring_id, root): root for root in roots}
    envelope.open_envelope(data, KIND, named, card.root_threshold)
    return RingKeys(card, roots, {purpose: _publics(card, purpose) for purpose in SIGNING})


def _publics(card: RingCard, purpose: KeyPurpose) -> tuple[bytes, ...]:
    return tuple(keys.check_public(unb64(key.public, 32)) for key in card.keys if key.purpose == purpose)
