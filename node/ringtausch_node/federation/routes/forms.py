# SPDX-License-Identifier: AGPL-3.0-or-later
"""How two rings tell each other the adverts that one of them lacks (SPEC.md 7.5)."""

from __future__ import annotations

from typing import Annotated

import msgspec

from ringtausch_protocol import limits
from ringtausch_protocol.canonical import Count, Hash32, RingId, Wire

#: Rings of which adverts are named in one message: the federation of the largest country, twice.
RINGS_NAMED_MAX = 1_000
#: Adverts, and cards, in one message.
TOLD_MAX = 64


class AdvertKnown(Wire, frozen=True):
    """`advert-known`: the newest advert and the newest card of a ring that the sender holds; 0: none."""

    ring_id: RingId
    seq: Count
    card: Annotated[int, msgspec.Meta(ge=0, le=limits.SEQ_MAX)]


class AdvertsAsk(Wire, frozen=True):
    """`POST /peer/v1/adverts`: what the asker holds, and what it believes the other one lacks."""

    token: Hash32
    have: Annotated[list[AdvertKnown], msgspec.Meta(max_length=RINGS_NAMED_MAX)]
    cards: Annotated[list[msgspec.Raw], msgspec.Meta(max_length=TOLD_MAX)]
    adverts: Annotated[list[msgspec.Raw], msgspec.Meta(max_length=TOLD_MAX)]


class AdvertsAnswer(Wire, frozen=True):
    """The same, the other way."""

    have: Annotated[list[AdvertKnown], msgspec.Meta(max_length=RINGS_NAMED_MAX)]
    cards: Annotated[list[msgspec.Raw], msgspec.Meta(max_length=TOLD_MAX)]
    adverts: Annotated[list[msgspec.Raw], msgspec.Meta(max_length=TOLD_MAX)]
