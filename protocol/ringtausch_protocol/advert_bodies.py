# SPDX-License-Identifier: Apache-2.0
"""How two rings tell each other the adverts that one of them lacks: the bodies of both directions (SPEC.md 7.5)."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import msgspec

from ringtausch_protocol import limits
from ringtausch_protocol.canonical import Count, Hash32, RingId, Wire

#: Envelopes, as they came: cards, or adverts.
Told: TypeAlias = Annotated[list[msgspec.Raw], msgspec.Meta(max_length=limits.ADVERTS_TOLD_MAX)]


class AdvertKnown(Wire, frozen=True):
    """`advert-known`: the newest advert and the newest card of a ring that the sender holds; 0: none."""

    ring_id: RingId
    seq: Count
    card: Annotated[int, msgspec.Meta(ge=0, le=limits.SEQ_MAX)]


#: What the sender holds, so that the other one tells the rest.
Known: TypeAlias = Annotated[list[AdvertKnown], msgspec.Meta(max_length=limits.ADVERTS_KNOWN_MAX)]


class AdvertsAsk(Wire, frozen=True):
    """`POST /peer/v1/adverts`: what the asker holds, and what it believes the other one lacks."""

    token: Hash32
    have: Known
    cards: Told
    adverts: Told


class AdvertsAnswer(Wire, frozen=True):
    """The same, the other way."""

    have: Known
    cards: Told
    adverts: Told
