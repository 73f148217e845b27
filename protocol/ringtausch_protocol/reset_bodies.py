# SPDX-License-Identifier: Apache-2.0
"""A line begins anew: what is proposed, and what both have signed; the bodies of both directions (SPEC.md 5.4)."""

from __future__ import annotations

from typing import Annotated

import msgspec

from ringtausch_protocol.canonical import Id16, Net, RingId, Seq, Wire
from ringtausch_protocol.requests import Cards


class ResetAsk(Wire, frozen=True, omit_defaults=True):
    """`POST /peer/v1/reset`: where the asker stands, and the document that it has signed, if any."""

    net: Net
    from_: RingId = msgspec.field(name="from")
    to: RingId
    epoch: Id16
    reset: Annotated[list[msgspec.Raw], msgspec.Meta(max_length=1)]
    peer_card: Seq = 1
    cards: Cards = msgspec.field(default_factory=list)


class ResetAnswer(Wire, frozen=True, omit_defaults=True):
    """The document with both signatures that follows the asker's epoch; absent where there is none yet."""

    reset: Annotated[list[msgspec.Raw], msgspec.Meta(max_length=1)]
    cards: Cards = msgspec.field(default_factory=list)
