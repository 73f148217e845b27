# SPDX-License-Identifier: AGPL-3.0-or-later
"""Decisions that came by another way than a line: shown by whoever was paid (SPEC.md 7.6).

They end nothing. They are kept, and where the ring between is given up they say what would have come through it.
"""

from __future__ import annotations

import msgspec

from ringtausch_node.clock import Clock
from ringtausch_node.federation.line import records
from ringtausch_node.federation.line.lines import Lines
from ringtausch_node.federation.line.model import OrderOut
from ringtausch_node.federation.orders import between_records as between
from ringtausch_node.federation.orders import records as orders
from ringtausch_node.federation.orders import tried_records as tried
from ringtausch_node.federation.orders.between_rules import order_of
from ringtausch_node.federation.orders.ends import inner_decision
from ringtausch_node.federation.orders.late_tries import order_tried
from ringtausch_node.federation.orders.payer_rules import order_item
from ringtausch_node.federation.orders.strangers import Strangers
from ringtausch_node.federation.reset import records as kept
from ringtausch_node.store import Store, Tx
from ringtausch_protocol import canonical, frames, limits, settlement
from ringtausch_protocol.errors import LocalError, RemoteError
from ringtausch_protocol.items import Decision, Fulfil, Order, SignedItem, parse_item

#: Under which code a decision is kept that came while its order was open, and one that came too late.
SHOWN, LATE = "decision_shown", "late_decision"
#: How an order ends that was not paid.
_NOT_PAID = ("released", "cancelled", "expired")


class ShownView(msgspec.Struct, frozen=True, kw_only=True):
    """A decision that was taken. `state`: how its order stands; `counts`: whether it will, if the ring is given up."""

    order: str
    address: str
    state: str
    counts: bool


class Shown:
    """Takes decisions from files, and finds them again."""

    def __init__(self, store: Store, clock: Clock, lines: Lines, strangers: Strangers) -> None:
        self._store, self._clock, self._lines, self._strangers = store, clock, lines, strangers

    async def take(self, data: bytes) -> ShownView:
        """Keep a decision *paid* of the last ring about an order that left here.

        Raises LocalError: not_found for others, not_a_decision; RemoteError: bad_decision, card_unknown, and as
        `verify_signed_item`.
        """
        signed = _decision_in(data)
        return await self._store.write(lambda tx: self._take(tx, signed))

    def _take(self, tx: Tx, signed: SignedItem) -> ShownView:
        order_hash = inner_decision(signed).order_hash
        peer, state, order = self._order(tx, order_hash)
        self._verify(tx, signed, order)
        if orders.load_out_by_hash(tx, order_hash) is None and state == "released":
            tried.set_paid_late(tx, order_hash)
        counts = state in orders.UNDECIDED
        self._keep(tx, peer, signed, order_hash, counts=counts)
        return ShownView(
            order=order_hash, address=self._lines.by_id(peer).peer.address, state=state, counts=counts
        )  # fmt: skip

    def _keep(self, tx: Tx, peer: int, signed: SignedItem, order_hash: str, *, counts: bool) -> None:
        """What counts is kept in any case, once for each order: there are as many as orders of ours that are open."""
        data, now = canonical.encode(signed), self._clock.now()
        if not counts:
            records.keep_evidence(tx, peer, LATE, data, now)
        elif order_hash not in load_shown(tx, peer):
            records.keep_evidence(tx, peer, SHOWN, data, now, most=None)

    def _order(self, tx: Tx, order_hash: str) -> tuple[int, str, Order]:
        """Along which line an order left, how it stands, what it says."""
        if (own := orders.load_out_by_hash(tx, order_hash)) is not None:
            return own.peer, own.state, order_item(own, self._lines.by_id(own.peer))
        if (carried := between.load(tx, order_hash)) is not None and carried.state != "waiting":
            return carried.peer_out, carried.state, order_of(carried)
        for line in self._lines.all():
            known = tried.load_tried(tx, line.peer.id, order_hash)
            if known is not None and (order := order_tried(known)) is not None:
                return line.peer.id, "released", order
        raise LocalError("not_found", "no order of that hash left here")

    def _verify(self, tx: Tx, signed: SignedItem, order: Order) -> None:
        header, _ = frames.verify_signed_item(signed, self._strangers.keys(tx, order.path[-1]))
        decision = inner_decision(signed)
        settlement.verify_decision(decision, header, order, decision.order_hash)
        if decision.outcome != "paid":
            raise RemoteError("bad_decision", "not paid")


def _decision_in(data: bytes) -> SignedItem:
    """Raises LocalError('not_a_decision'): the other files of a receipt are none either."""
    try:
        signed = canonical.parse(data, SignedItem, limits.ITEM_BYTES)
        inner_decision(signed)
    except RemoteError as bad:
        raise LocalError("not_a_decision", bad.code) from None
    return signed


def is_paid_late(tx: Tx, order: OrderOut) -> bool:
    """Whether *paid* was shown of an order of ours after it had ended as not paid, or of an earlier attempt of it.

    It moves nothing any more. Of an earlier attempt the last ring's signature was verified when it came.
    """
    if order.state not in _NOT_PAID:
        return False
    if tried.is_paid_late(tx, order.payment_id):
        return True
    if order.state != "released" or order.order_hash is None:
        return False
    return any(_order_named(data) == order.order_hash for data in kept.load_kept(tx, order.peer, LATE))


def _order_named(data: bytes) -> str:
    """Of which order evidence speaks: an item of a frame that proves itself, or a decision as somebody showed it."""
    try:
        item = parse_item(bytes(canonical.parse(data, SignedItem, limits.ITEM_BYTES).item))
    except RemoteError:  # kept by an earlier version, bare: it proves nothing
        return ""
    return item.order_hash if isinstance(item, Decision | Fulfil) else ""


def load_shown(tx: Tx, peer: int) -> dict[str, SignedItem]:
    """The decisions that were shown for orders of a line, by order."""
    rows = kept.load_kept(tx, peer, SHOWN)
    found = [canonical.parse(row, SignedItem, limits.ITEM_BYTES) for row in rows]
    return {inner_decision(signed).order_hash: signed for signed in found}
