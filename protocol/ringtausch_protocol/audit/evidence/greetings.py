# SPDX-License-Identifier: Apache-2.0
"""Whether a ring has said a hello or its answer: at once, for of what they say others are judged (SPEC.md 6.4)."""

from __future__ import annotations

from typing import Any

from ringtausch_protocol import canonical, envelope, limits
from ringtausch_protocol.audit.evidence.rings import Rings
from ringtausch_protocol.audit.evidence.signatures import are_good
from ringtausch_protocol.documents import Hello, HelloAck
from ringtausch_protocol.errors import RemoteError

CARD_UNKNOWN = "greeting_invalid"


def read_greeting(data: bytes, kind: str, form: type[Hello | HelloAck]) -> tuple[envelope.Envelope, bytes, Any]:
    """Its envelope, payload and value, not verified. Raises RemoteError: wrong_type and the codes of bad bytes."""
    opened = envelope.parse_envelope(data, limits.HELLO_ENVELOPE_BYTES)
    if opened.payload_type != envelope.media_type(kind):
        raise RemoteError("wrong_type", opened.payload_type)
    payload = opened.body()
    return opened, payload, canonical.parse(payload, form, limits.HELLO_BYTES)


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
