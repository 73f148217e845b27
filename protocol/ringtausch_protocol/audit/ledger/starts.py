# SPDX-License-Identifier: Apache-2.0
"""The first entry of a log that follows a closed one (SPEC.md 8.3)."""

from __future__ import annotations

from ringtausch_protocol import entries
from ringtausch_protocol.audit.evidence.rings import Rings
from ringtausch_protocol.errors import RemoteError


def verify_start(rings: Rings, entry: bytes, owner: str, number: int) -> entries.LogStart:
    """Check a start under any card of the ring. Raises RemoteError as `entries.verify_start`."""
    refused = RemoteError("card_unknown", owner)
    for card in reversed(rings.chain(owner)):
        try:
            return entries.verify_start(entry, card.operator_keys, owner, number)
        except RemoteError as error:
            refused = error
    raise refused
