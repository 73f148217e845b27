# SPDX-License-Identifier: AGPL-3.0-or-later
"""What both rings signed about one payment, out of the frames in our log: the order and its decision (SPEC.md 6.2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ringtausch_node.federation.line.model import IN, OUT, OrderIn, OrderOut
from ringtausch_node.federation.line.records import load_first_leaf
from ringtausch_node.store import Tx
from ringtausch_node.translog import proving
from ringtausch_protocol import canonical, frames
from ringtausch_protocol.entries import ENTRY_FRAME
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.items import Decision, Fulfil, Offer, Order, Release, SignedItem, item_hash, parse_item


class Evidence(NamedTuple):
    """A signed item as a file, the leaf of the frame that carried it, and whether that carried this payment alone."""

    item: bytes
    leaf: int
    is_alone: bool


class Sent(NamedTuple):
    """Where an order was sent: line and direction, the number of its frame; the order's hash and its payment."""

    peer: int
    direction: int
    seq: int
    order_hash: str
    payment_id: bytes


def sent_out(order: OrderOut) -> Sent | None:
    """An order of ours; None where it was never signed."""
    if order.order_hash is None or order.seq is None:
        return None
    return Sent(order.peer, OUT, order.seq, order.order_hash, order.payment_id)


def sent_in(order: OrderIn) -> Sent:
    """An order that came."""
    return Sent(order.peer, IN, order.seq, order.order_hash, order.payment_id)


def find_signed(tx: Tx, sent: Sent) -> tuple[Evidence, Evidence] | None:
    """An order and the first decision about it, also as rings between handed them on; None where one is not in our log.

    What is decided about an order stands behind it, seldom by more than a few frames, and names its payment too.
    """
    marks = (canonical.b64(sent.payment_id).encode(), sent.order_hash.encode())
    order: Evidence | None = None
    for leaf, envelope, items in _frames_about(tx, sent, marks[0]):
        for place in range(len(items)):
            signed = _about(envelope, items, place, sent.order_hash, wants_order=order is None)
            if signed is None:
                continue
            evidence = Evidence(canonical.encode(signed), leaf, _is_alone(items, marks))
            if order is not None:
                return order, evidence
            order = evidence
    return None


def _frames_about(tx: Tx, sent: Sent, payment_text: bytes) -> Iterator[tuple[int, bytes, tuple[bytes, ...]]]:
    """The frames that hold the payment's id, from the order's own on: leaf, envelope, items."""
    first = load_first_leaf(tx, sent.peer, sent.direction, sent.seq)
    for leaf, entry in () if first is None else proving.each_holding(tx, payment_text, first):
        if entry[0] == ENTRY_FRAME:
            yield leaf, *frames.frame_of_entry(entry)


def _about(
    envelope: bytes, items: Sequence[bytes], place: int, order_hash: str, *, wants_order: bool
) -> SignedItem | None:
    """The order, or a decision about it, where an item is one or hands one on; it is as its own ring signed it."""
    try:
        item = parse_item(items[place])
    except RemoteError:  # an item that was rejected stands in the log all the same
        return None
    match item:
        case Order() if wants_order and item_hash(items[place]) == order_hash:
            return frames.signed_item(envelope, items, place)
        case Offer(order=inner) if wants_order and item_hash(bytes(inner.item)) == order_hash:
            return inner
        case Decision() if not wants_order and item.order_hash == order_hash:
            return frames.signed_item(envelope, items, place)
        case Fulfil(decision=decided) | Release(decision=decided) if not wants_order and item.order_hash == order_hash:
            return decided
        case _:
            return None


def _is_alone(items: Sequence[bytes], marks: Sequence[bytes]) -> bool:
    """Whether every item is about this payment: others' are not for who asks about this one."""
    return all(any(mark in item for mark in marks) for item in items)
