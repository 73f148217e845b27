# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a ring downstream says that ends an order: a decision of its own, or one that it hands on (SPEC.md 6.5, 7.1)."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple, TypeAlias

from ringtausch_node.federation.orders.strangers import Strangers
from ringtausch_node.store import Tx
from ringtausch_protocol import canonical, envelope, frames, settlement
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.frames import Frame, Header
from ringtausch_protocol.items import Decision, Fulfil, Order, Release, SignedItem, parse_item
from ringtausch_protocol.settlement import Event

#: Orders kept as read: those that a full line carries at a time, some 2 KB each.
ORDERS_KEPT = 1_024

EndItem: TypeAlias = Decision | Fulfil | Release
#: What a release says that names no refusal of a ring on the path.
NO_CODE = "next_hop_down"


class Came(NamedTuple):
    """An end as it stands in a verified frame."""

    frame: Frame
    place: int
    data: bytes
    item: EndItem

    def as_signed(self) -> bytes:
        """The item as a file that its sender's keys prove to anybody (SPEC.md 6.2)."""
        return canonical.encode(frames.signed_item(self.frame.envelope, self.frame.items, self.place))


class End(NamedTuple):
    """An end of one order, verified. `signed`: the decision as it proves itself anywhere; None in a bare release.

    `refused_at`: the place on the path of the ring that refused, as far as the end tells; a hint, nobody proved it.
    """

    is_paid: bool
    code: str | None
    signed: SignedItem | None
    refused_at: int | None = None

    @property
    def event(self) -> Event:
        """What it is to the rings upstream."""
        return Event.PAID if self.is_paid else Event.REFUSED


def claims(item: EndItem) -> bool:
    """Whether an item says that an order was paid."""
    return isinstance(item, Fulfil) or (isinstance(item, Decision) and item.outcome == "paid")


def read_end(tx: Tx, strangers: Strangers, came: Came, order: Order) -> End:
    """Hold an end from the next ring against the order that waits for it.

    *Paid* must be signed by the last ring, whoever brings it. A release is the next ring's own waiver, so nothing in it
    has to be proved. Raises RemoteError: bad_decision, card_unknown, unknown_key, bad_signature, bad_proof, malformed.
    """
    frame = came.frame
    match came.item:
        case Decision() as decision:
            settlement.verify_decision(decision, frame.header, order, decision.order_hash)
            signed = frames.signed_item(frame.envelope, frame.items, came.place)
            return End(decision.outcome == "paid", decision.code, signed, decision.index)
        case Fulfil() as fulfil:
            header, decision = _open(tx, strangers, fulfil.decision, order)
            settlement.verify_decision(decision, header, order, fulfil.order_hash)
            if decision.outcome != "paid":
                raise RemoteError("bad_decision", "fulfilled by a refusal")
            return End(is_paid=True, code=None, signed=fulfil.decision)
        case Release() as release:
            refusal = _refusal_in(release, order)
            code, index = (refusal.code or NO_CODE, refusal.index) if refusal else (NO_CODE, None)
            return End(is_paid=False, code=code, signed=_refused(tx, strangers, release, order), refused_at=index)


def _open(tx: Tx, strangers: Strangers, signed: SignedItem, order: Order) -> tuple[Header, Decision]:
    """A decision that another ring hands on, under the keys of the ring that decides, if need be of second cards.

    Which of them it showed to the ring that hands the decision on is not that one's fault.
    """
    keys = strangers.keys(tx, order.path[-1])
    if envelope.signer_of(bytes(signed.header)) not in keys:
        keys |= strangers.second_keys(tx, order.path[-1])
    header, _ = frames.verify_signed_item(signed, keys)
    return header, inner_decision(signed)


def _refused(tx: Tx, strangers: Strangers, release: Release, order: Order) -> SignedItem | None:
    """The refusal in a release as its ring signed it. What is none is not handed on: who does so answers for it."""
    signed = release.decision
    try:
        decision = None if signed is None else inner_decision(signed)
        if signed is None or decision is None or decision.outcome == "paid":
            return None
        header, _ = frames.verify_signed_item(signed, strangers.ever_keys(tx, decision.by))
        settlement.verify_decision(decision, header, order, release.order_hash)
    except RemoteError:
        return None
    return signed


def _refusal_in(release: Release, order: Order) -> Decision | None:
    """The refusal of some ring on the path, as far as the release tells."""
    try:
        decision = inner_decision(release.decision) if release.decision is not None else None
    except RemoteError:
        return None
    return decision if decision is not None and decision.payment_id == order.payment_id else None


def inner_order(signed: SignedItem) -> Order:
    """The order that an offer hands on, not verified. Raises RemoteError as `parse_item`, or malformed."""
    return _order_in(bytes(signed.item))


@lru_cache(ORDERS_KEPT)
def _order_in(data: bytes) -> Order:
    """It is asked for when it comes, when it is judged, and where it passed when it ends."""
    order = parse_item(data)
    if not isinstance(order, Order):
        raise RemoteError("malformed", "not an order")
    return order


class OrdersKept:
    """Orders that pass, as they were read when they came, by the hash that names their bytes."""

    def __init__(self) -> None:
        self._known: dict[str, Order] = {}

    def keep(self, order_hash: str, order: Order) -> None:
        """It will be asked for when it ends; those that came first are forgotten where there are too many."""
        self._known[order_hash] = order
        if len(self._known) > ORDERS_KEPT:
            del self._known[next(iter(self._known))]

    def get(self, order_hash: str) -> Order | None:
        """None where it came long ago, or before this process began."""
        return self._known.get(order_hash)


def inner_decision(signed: SignedItem) -> Decision:
    """The decision that an end hands on, not verified. Raises RemoteError as `parse_item`, or malformed."""
    decision = parse_item(bytes(signed.item))
    if not isinstance(decision, Decision):
        raise RemoteError("malformed", "not a decision")
    return decision


def decider_of(signed: SignedItem) -> str | None:
    """Which ring says that it decided; None where it cannot be read."""
    try:
        item = parse_item(bytes(signed.item))
    except RemoteError:
        return None
    return item.by if isinstance(item, Decision) else None
