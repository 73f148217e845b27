# SPDX-License-Identifier: AGPL-3.0-or-later
"""The bodies of hello in its two rounds (SPEC.md 6.4)."""

from __future__ import annotations

import msgspec

from ringtausch_node.federation.line.model import Cards
from ringtausch_protocol.canonical import Hash32, Net, RingId, Seq, Wire
from ringtausch_protocol.documents import Position


class CardName(Wire, frozen=True):
    """Which card somebody speaks under: its number and H."""

    number: Seq
    hash: Hash32


class Ask(Wire, frozen=True, tag_field="round", tag="ask", omit_defaults=True):
    """Round 1: who asks, and what he holds of both chains; the cards only where they are not the first ones."""

    net: Net
    from_: RingId = msgspec.field(name="from")
    to: RingId
    own: Position
    peer: Position
    card: CardName | None = None
    peer_card: Seq = 1


class Say(Wire, frozen=True, tag_field="round", tag="hello", omit_defaults=True):
    """Round 2: the signed hello, and cards that the other side lacks; `from` only says whose keys verify it."""

    from_: RingId = msgspec.field(name="from")
    hello: msgspec.Raw
    cards: Cards = msgspec.field(default_factory=list)


class AskAnswer(Wire, frozen=True, omit_defaults=True):
    """Answer to round 1: a fresh challenge, what the answerer holds of both chains, and cards that the asker lacks."""

    challenge: Hash32
    own: Position
    peer: Position
    peer_card: Seq = 1
    cards: Cards = msgspec.field(default_factory=list)


class SayAnswer(Wire, frozen=True):
    """Answer to round 2: the signed hello-ack."""

    ack: msgspec.Raw
