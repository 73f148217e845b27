# SPDX-License-Identifier: Apache-2.0
"""Items: what two rings say to each other, and any item as a signed thing of its own (SPEC.md sections 6.2 and 7)."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import msgspec

from ringtausch_protocol import canonical, limits, merkle
from ringtausch_protocol.canonical import Hash32, Id16, RingId, Seconds0, Seq, Time, Wire, b64
from ringtausch_protocol.documents import CodeName
from ringtausch_protocol.errors import LocalError

Purpose: TypeAlias = Literal["transfer", "refund", "netting", "assignment", "probe"]
Outcome: TypeAlias = Literal["paid", "refused"]


class SignedItem(Wire, frozen=True):
    """One item with what proves it alone: its header's envelope, its index and the path to `items_root`."""

    header: msgspec.Raw
    index: Annotated[int, msgspec.Meta(ge=0, lt=limits.FRAME_ITEMS)]
    path: Annotated[list[Hash32], msgspec.Meta(max_length=6)]
    item: msgspec.Raw


class Item(Wire, frozen=True, tag_field="kind", omit_defaults=True):
    """Base of all items; `kind` stands first in the bytes and separates the domains of their hashes."""


class Order(Item, frozen=True, tag="order"):
    """The payer's ring orders a payment; at path[0] the item is the offer itself (SPEC.md 7.1)."""

    payment_id: Id16
    attempt: Annotated[int, msgspec.Meta(ge=1, le=limits.ATTEMPT_MAX)]
    purpose: Purpose
    path: Annotated[list[RingId], msgspec.Meta(min_length=2, max_length=limits.PATH_MAX)]
    amount_seconds: Annotated[int, msgspec.Meta(ge=0, le=limits.AMOUNT_MAX)]
    created_at: Time
    deadline_at: Time
    invoice_hash: Hash32 | None = None
    refund_of: Id16 | None = None
    payer_commit: Hash32 | None = None
    memo_commit: Hash32 | None = None
    sealed_hash: Hash32 | None = None


class Decision(Item, frozen=True, tag="decision"):
    """The ring at path[index] decides an order, once and for ever (SPEC.md 7.1)."""

    order_hash: Hash32
    payment_id: Id16
    outcome: Outcome
    by: RingId
    index: Annotated[int, msgspec.Meta(ge=1, lt=limits.PATH_MAX)]
    inbound: RingId
    amount_seconds: Annotated[int, msgspec.Meta(ge=0, le=limits.AMOUNT_MAX)]
    decided_at: Time
    code: CodeName | None = None


class Offer(Item, frozen=True, tag="offer"):
    """path[index] reserves the amount towards path[index+1]."""

    index: Annotated[int, msgspec.Meta(ge=1, lt=limits.PATH_MAX)]
    order: SignedItem


class Fulfil(Item, frozen=True, tag="fulfil"):
    """Downstream claims: both post."""

    order_hash: Hash32
    decision: SignedItem


class Release(Item, frozen=True, tag="release"):
    """Downstream waives for ever."""

    order_hash: Hash32
    cause: Literal["refused", "own_refusal", "write_off", "reset"]
    decision: SignedItem | None = None


class Cancel(Item, frozen=True, tag="cancel"):
    """The payer's side asks that an undecided order be refused; follows its offer in the same chain."""

    order_hash: Hash32


class Line(Item, frozen=True, tag="line"):
    """The creditor lowers, pauses or ends the line for the debt of the receiver (SPEC.md 5.2)."""

    version: Seq
    limit_seconds: Seconds0
    state: Literal["open", "paused", "ended"]


class DocumentItem(Item, frozen=True, tag="document"):
    """A signed document on its way down the chain: card, agreement, statement, write-off, epoch-reset."""

    type_: Annotated[str, msgspec.Meta(max_length=32, pattern=r"^[a-z][a-z-]*$")] = msgspec.field(name="type")
    envelope: msgspec.Raw


class Message(Item, frozen=True, tag="message"):
    """Everything that is not money; the body travels beside it, sealed (SPEC.md 7.11). Idempotent by topic and id."""

    id: Id16
    topic: CodeName
    body_hash: Hash32


class Erase(Item, frozen=True, tag="erase"):
    """Asks the other end to forget the openings of this payment's commitments."""

    payment_id: Id16


class Reject(Item, frozen=True, tag="reject"):
    """Answers an unusable item other than an offer; never answered itself."""

    seq: Seq
    index: Annotated[int, msgspec.Meta(ge=0, lt=limits.FRAME_ITEMS)]
    code: CodeName


AnyItem: TypeAlias = (
    Order | Decision | Offer | Fulfil | Release | Cancel | Line | DocumentItem | Message | Erase | Reject
)
ITEMS: tuple[type[Item], ...] = (
    Order, Decision, Offer, Fulfil, Release, Cancel, Line, DocumentItem, Message, Erase, Reject,
)  # fmt: skip
_ITEM_DECODER: msgspec.json.Decoder[AnyItem] = canonical.decoder_of(AnyItem)


def encode_item(item: Item) -> bytes:
    """The bytes of an item. Raises LocalError('too_large') above ITEM_BYTES: sizes are checked when items are added."""
    data = canonical.encode(item)
    if len(data) > limits.ITEM_BYTES:
        raise LocalError("too_large", f"item of {len(data)} bytes")
    return data


def parse_item(data: bytes) -> AnyItem:
    """Read an item's bytes strictly. Raises RemoteError (malformed, not_canonical, too_large)."""
    return canonical.parse_with(_ITEM_DECODER, data, limits.ITEM_BYTES)


def item_hash(data: bytes) -> str:
    """The hash by which an item is named everywhere: the RFC 6962 leaf hash of its bytes, base64url."""
    return b64(merkle.leaf_hash(data))
