# SPDX-License-Identifier: Apache-2.0
"""Whether a ring has said a hello or its answer: at once, for of what they say others are judged (SPEC.md 6.4)."""

from __future__ import annotations

from ringtausch_protocol import envelope
from ringtausch_protocol.audit.evidence.rings import Rings
from ringtausch_protocol.audit.evidence.signatures import are_good
from ringtausch_protocol.documents import Hello, HelloAck

CARD_UNKNOWN = "greeting_invalid"


def why_unproved(rings: Rings, opened: envelope.Envelope, payload: bytes, said: Hello | HelloAck) -> str:
    """The code of what is wrong: it must name a card of its ring, and frame keys on that must have signed it."""
    card = rings.by_hash(said.standing.card)
    if card is None or card.card.ring_id != said.from_:
        return CARD_UNKNOWN
    if any(each.keyid not in card.frame_keys for each in opened.signatures):
        return "unknown_key"
    message = envelope.pae(opened.payload_type, payload)
    signed = [(card.frame_keys[each.keyid], message, each.raw()) for each in opened.signatures]
    return "" if all(are_good(signed)) else "bad_signature"
