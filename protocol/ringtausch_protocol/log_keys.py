# SPDX-License-Identifier: Apache-2.0
"""The keys on a ring's card that sign heads of logs: its own as the log, others' as a witness (SPEC.md 8.5)."""

from __future__ import annotations

from ringtausch_protocol import keys
from ringtausch_protocol.canonical import unb64
from ringtausch_protocol.cards import Card
from ringtausch_protocol.checkpoints import Witnessed, parse_origin
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.keys import COSIGNER, ED25519
from ringtausch_protocol.notes import NoteKey
from ringtausch_protocol.ring_card import KeyPurpose


def checkpoint_keys(card: Card, origin: str) -> tuple[NoteKey, ...]:
    """The keys that sign the heads of the ring's log of this name."""
    return tuple(NoteKey(origin, ED25519, public) for public in _publics(card, "checkpoint"))


def witness_keys(card: Card) -> tuple[NoteKey, ...]:
    """The keys with which the ring cosigns heads of others; its name there is its ring id."""
    return tuple(NoteKey(card.card.ring_id, COSIGNER, public) for public in _publics(card, "witness"))


def _publics(card: Card, purpose: KeyPurpose) -> list[bytes]:
    return [unb64(key.public, 32) for key in card.card.keys if key.purpose == purpose]


def verify_counted(card: Card, found: Witnessed) -> None:
    """Check that a head still counts by the newest card of its ring (SPEC.md 3.6). Raises RemoteError('revoked_key').

    Under a key that was revoked it does if it is not beyond the head that the revocation names, and others cosigned it:
    whoever stole the key can date back, but not in other rings' names.
    """
    ring_id, log = parse_origin(found.head.origin)
    end = card.revoked.get(keys.key_id(ring_id, found.key.public))
    if end is not None and ((log, found.head.size) > (end.log, end.size) or not found.cosigned):
        raise RemoteError("revoked_key", found.key.id)
