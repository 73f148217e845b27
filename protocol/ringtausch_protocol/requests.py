# SPDX-License-Identifier: Apache-2.0
"""Bodies of requests and answers between rings, and the file that begins a line (SPEC.md 5.1, 6.2, 6.4, 7.2, 8.4)."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import msgspec

from ringtausch_protocol import limits
from ringtausch_protocol.canonical import Amount, Hash32, Id16, Net, RingId, Seconds0, Seq, Time, Wire, b64, type_v1
from ringtausch_protocol.documents import (
    BytesPerDay,
    CodeName,
    FramesPerMinute,
    Head,
    LineTerms,
    PeerAgreement,
    Position,
    Sealed,
)
from ringtausch_protocol.posts import Have

#: Cards in a message: envelopes, oldest first.
Cards: TypeAlias = Annotated[list[msgspec.Raw], msgspec.Meta(max_length=limits.CARDS_MAX)]


class Refusal(Wire, frozen=True, omit_defaults=True):
    """Any answer but 200: the stable code, what the receiver holds after a gap, who replaced us, our newer cards."""

    code: CodeName
    have: Have | None = None
    said: str | None = None
    cards: Cards = msgspec.field(default_factory=list)


#: An invitation holds one card, or all cards of a ring that changed its root keys.
INVITATION_BYTES = 128 * 1024


class Invitation(Wire, frozen=True, omit_defaults=True):
    """The file that one operator sends the other. Limits as the inviter sees them: in = what they may owe him.

    `cards`: those before `card`, oldest first, where it does not prove itself because the root keys changed.
    """

    v: type_v1
    net: Net
    secret: Hash32
    limit_in_seconds: Seconds0
    limit_out_seconds: Seconds0
    holds_max: Annotated[int, msgspec.Meta(ge=1, le=limits.HOLDS_MAX)]
    deadline_seconds: Annotated[int, msgspec.Meta(ge=1, le=limits.DEADLINE_MAX_SECONDS)]
    expires_at: Time
    card: msgspec.Raw
    frames_per_minute: FramesPerMinute | None = None
    bytes_per_day: BytesPerDay | None = None
    cards: Cards = msgspec.field(default_factory=list)


class PeeringAsk(Wire, frozen=True, omit_defaults=True):
    """`POST /peer/v1/peering`: secret, card (and those before it), half-signed agreement of the ring that accepts."""

    secret: Hash32
    card: msgspec.Raw
    agreement: msgspec.Raw
    cards: Cards = msgspec.field(default_factory=list)


class PeeringAnswer(Wire, frozen=True):
    """The agreement with both signatures."""

    agreement: msgspec.Raw


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
    """Answer to round 1: a fresh challenge, what the answerer holds of both chains, and cards that the asker lacks.

    `head`: the newest head of the asker's log that the answerer knows; None if none.
    """

    challenge: Hash32
    own: Position
    peer: Position
    peer_card: Seq = 1
    cards: Cards = msgspec.field(default_factory=list)
    head: Head | None = None


class SayAnswer(Wire, frozen=True):
    """Answer to round 2: the signed hello-ack."""

    ack: msgspec.Raw


class QuoteBox(Wire, frozen=True):
    """What only the payee's ring may read of a question."""

    payee: Annotated[str, msgspec.Meta(min_length=1, max_length=limits.HANDLE_LENGTH)]


class NameBox(Wire, frozen=True):
    """What only the asking ring may read of the answer."""

    name: Annotated[str, msgspec.Meta(max_length=limits.MEMO_LENGTH)]


class QuoteAsk(Wire, frozen=True):
    """`POST /peer/v1/quote`."""

    token: Hash32
    payment_id: Id16
    amount_seconds: Amount
    sealed: Sealed


class QuoteAnswer(Wire, frozen=True):
    """The invoice, and the payee's name sealed to the asking ring."""

    invoice: msgspec.Raw
    sealed: Sealed


class LogToken(Wire, frozen=True):
    """`log_token`: opens the path that was asked for, until then."""

    token: Hash32
    expires_at: Time


def agreement_between(net: str, inviter: str, accepter: str, invitation: Invitation, epoch: bytes) -> PeerAgreement:
    """The agreement between two rings from an invitation's limits; a < b whoever invited."""
    owes_inviter = _terms(invitation.limit_in_seconds, invitation.holds_max)
    inviter_owes = _terms(invitation.limit_out_seconds, invitation.holds_max)
    first, second = sorted((inviter, accepter))
    a_owes, b_owes = (inviter_owes, owes_inviter) if first == inviter else (owes_inviter, inviter_owes)
    return PeerAgreement(
        v=1, net=net, a=first, b=second, epoch=b64(epoch), a_owes=a_owes, b_owes=b_owes,
        deadline_seconds=invitation.deadline_seconds, deadline_transit_seconds=limits.DEADLINE_TRANSIT_SECONDS,
        frames_per_minute=invitation.frames_per_minute or limits.FRAMES_PER_MINUTE_DEFAULT,
        bytes_per_day=invitation.bytes_per_day or limits.BYTES_PER_DAY_DEFAULT, shares=[],
    )  # fmt: skip


def _terms(limit_seconds: int, holds_max: int) -> LineTerms:
    return LineTerms(version=1, limit_seconds=limit_seconds, holds_max=holds_max, transit=False)
