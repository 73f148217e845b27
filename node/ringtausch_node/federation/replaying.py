# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the frames of one line tell, item by item, in little memory."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from ringtausch_node.federation.line.model import OUT
from ringtausch_node.federation.orders.ends import EndItem, inner_decision, inner_order
from ringtausch_protocol import frames
from ringtausch_protocol.frames import Decision, Fulfil, Header, Offer, Order, Release


class Asked(NamedTuple):
    """What a decision must agree with in an order of ours, in little memory."""

    payment_id: str
    amount_seconds: int
    deadline_at: int


@dataclass(slots=True)
class Replay:
    """What the frames of one line tell: seconds decided *paid* by each side, each order counted once.

    Our own chain comes first: a decision of the peer counts for an order of ours that nobody decided before it, as in
    `settlement.verify_decision`; others were answered by a reject and moved nothing.
    """

    paid_by_peer: int = 0
    paid_by_us: int = 0
    asked: dict[str, Asked] = field(default_factory=dict)
    decided: set[str] = field(default_factory=set)
    #: Orders of an epoch before that we had paid there: they count again where a statement asks what the frames say.
    paid_before: set[str] = field(default_factory=set)
    said_by_us: int = 0
    #: What each side had said up to the frames at which statements cut, by direction and seq.
    said_at: dict[tuple[int, int], int | None] = field(default_factory=dict)

    def note(self, data: bytes, *, is_ours: bool, header: Header | None = None) -> None:
        """Count one item if it is a decision that pays. `header`: of the peer's frame it stands in."""
        item = frames.parse_item(data)
        if is_ours and isinstance(item, Order):
            self.asked[frames.item_hash(data)] = Asked(item.payment_id, item.amount_seconds, item.deadline_at)
        elif is_ours and isinstance(item, Offer):
            order = inner_order(item.order)
            order_hash = frames.item_hash(bytes(item.order.item))
            self.asked[order_hash] = Asked(order.payment_id, order.amount_seconds, order.deadline_at)
        elif isinstance(item, Decision | Fulfil | Release):
            self._note_end(item, is_ours=is_ours, header=header)

    def listen_at(self, places: Iterable[tuple[int, int]]) -> None:
        """Remember what was said up to these frames, by direction and seq."""
        self.said_at.update(dict.fromkeys(places))

    def reach(self, direction: int, seq: int) -> None:
        """A frame is over."""
        if (direction, seq) in self.said_at:
            self.said_at[direction, seq] = self.said_by_us if direction == OUT else self.paid_by_peer

    def _note_end(self, item: EndItem, *, is_ours: bool, header: Header | None) -> None:
        """A decision, or what a ring between hands on of one: a fulfil moves as a decision does, a release frees."""
        if isinstance(item, Release):
            if not is_ours:
                self.asked.pop(item.order_hash, None)
            return
        decision = item if isinstance(item, Decision) else inner_decision(item.decision)
        if is_ours:
            self._note_ours(decision)
        elif header is not None:
            self._note_theirs(decision, header, is_handed_on=not isinstance(item, Decision))

    def _note_ours(self, decision: Decision) -> None:
        if decision.outcome != "paid":
            return
        if decision.order_hash not in self.decided:
            self.decided.add(decision.order_hash)
            self.paid_by_us += decision.amount_seconds
        elif decision.order_hash not in self.paid_before:
            return
        self.paid_before.discard(decision.order_hash)
        self.said_by_us += decision.amount_seconds

    def _note_theirs(self, decision: Decision, header: Header, *, is_handed_on: bool) -> None:
        asked = self.asked.get(decision.order_hash)
        if asked is None or asked[:2] != (decision.payment_id, decision.amount_seconds):
            return
        is_paid = decision.outcome == "paid"
        if not is_handed_on and (decision.by, decision.inbound) != (header.from_, header.to):
            return
        if is_paid == (decision.code is not None) or (is_paid and decision.decided_at > asked.deadline_at):
            return
        del self.asked[decision.order_hash]
        self.paid_by_peer += decision.amount_seconds if is_paid else 0
