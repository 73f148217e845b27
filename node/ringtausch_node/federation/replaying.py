# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the frames of one line tell, item by item, in little memory."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from ringtausch_node.federation.line.model import OUT
from ringtausch_node.federation.orders.ends import EndItem, inner_decision, inner_order
from ringtausch_protocol import frames
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.frames import Header
from ringtausch_protocol.items import Decision, Fulfil, Offer, Order, Release, SignedItem, item_hash, parse_item

#: The frame keys that a ring ever had, by its id; none where its cards are not known.
KeysOf: TypeAlias = Callable[[str], Mapping[str, bytes]]


class Asked(NamedTuple):
    """What a decision must agree with in an order of ours, in little memory. `last`: the end of its path."""

    payment_id: str
    amount_seconds: int
    deadline_at: int
    last: tuple[str, str]


@dataclass(slots=True)
class Replay:
    """What the frames of one line tell: seconds decided *paid* by each side, each order counted once.

    Our own chain comes first: a decision of the peer counts for an order of ours that nobody decided before it, as in
    `settlement.verify_decision`; others were answered by a reject and moved nothing.
    """

    keys_of: KeysOf
    paid_by_peer: int = 0
    paid_by_us: int = 0
    asked: dict[str, Asked] = field(default_factory=dict)
    decided: set[str] = field(default_factory=set)
    #: Orders of an epoch before that we had paid there: they count again where a statement asks what the frames say.
    paid_before: set[str] = field(default_factory=set)
    said_by_us: int = 0
    #: The newest frame of ours that a frame of theirs has acked.
    acked_seq: int = 0
    #: What each side had said up to the frames at which statements cut, by direction and seq.
    said_at: dict[tuple[int, int], int | None] = field(default_factory=dict)

    def note(self, data: bytes, *, is_ours: bool, header: Header | None = None) -> None:
        """Count one item if it is a decision that pays. `header`: of the peer's frame it stands in."""
        item = parse_item(data)
        if is_ours and isinstance(item, Order):
            self.asked[item_hash(data)] = _asked(item)
        elif is_ours and isinstance(item, Offer):
            self.asked[item_hash(bytes(item.order.item))] = _asked(inner_order(item.order))
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
        elif isinstance(item, Fulfil):
            self._note_theirs(decision, self._proved(item.decision, decision))
        elif header is not None:
            self._note_theirs(decision, (header.from_, header.to))

    def _proved(self, signed: SignedItem, decision: Decision) -> tuple[str, str] | None:
        """From whom to whom a decision goes that another ring hands on; None where the last ring never signed it."""
        asked = self.asked.get(decision.order_hash)
        if asked is None or asked.last != (decision.inbound, decision.by):
            return None
        try:
            header, _ = frames.verify_signed_item(signed, self.keys_of(decision.by))
        except RemoteError:
            return None
        return header.from_, header.to

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

    def _note_theirs(self, decision: Decision, ends: tuple[str, str] | None) -> None:
        """`ends`: from whom to whom the frame goes in which it was signed."""
        asked = self.asked.get(decision.order_hash)
        if asked is None or asked[:2] != (decision.payment_id, decision.amount_seconds):
            return
        is_paid = decision.outcome == "paid"
        if (decision.by, decision.inbound) != ends or (is_paid and asked.last != (decision.inbound, decision.by)):
            return  # by another ring than it says, or *paid* by one that does not decide
        if is_paid == (decision.code is not None) or (is_paid and decision.decided_at > asked.deadline_at):
            return
        del self.asked[decision.order_hash]
        self.paid_by_peer += decision.amount_seconds if is_paid else 0


def _asked(order: Order) -> Asked:
    before, last = order.path[-2:]
    return Asked(order.payment_id, order.amount_seconds, order.deadline_at, (sys.intern(before), sys.intern(last)))
