# SPDX-License-Identifier: AGPL-3.0-or-later
"""What all liars share, and those who bend what their ring decides (SPEC.md 7): it stands in their own log."""

from __future__ import annotations

import random
from typing import Any, ClassVar

import msgspec

from ringtausch_node.bootstrap import Ring
from ringtausch_node.federation.line.lines import Line
from ringtausch_node.federation.line.model import LineRow
from ringtausch_node.federation.orders.payee import Arrived
from ringtausch_node.store import Tx
from ringtausch_protocol import frames
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.frames import Decision
from tests.audit.exports import Export
from tests.simulation.network import Call
from tests.simulation.world import Node, World

#: Bytes of a hash that names nothing.
HASH_BYTES = 32
OPPOSITE: dict[str, str] = {"paid": "refused", "refused": "paid"}


class Liar:
    """A ring that is honest but for one thing. `hidden`: why no log can show it; None where an audit must name it."""

    hidden: ClassVar[str | None] = None
    #: What part of its chances it takes.
    likely: ClassVar[float] = 0.3

    def __init__(self, world: World, name: str, friends: frozenset[str], chance: random.Random) -> None:
        self.world, self.name, self.chance = world, name, chance
        #: Other liars, who are told the truth.
        self.friends = friends
        self.lies = 0

    def tempted(self) -> bool:
        """Whether this is a moment to lie; counted."""
        is_lie = self.chance.random() < self.likely
        self.lies += is_lie
        return is_lie

    def is_victim(self, name: str) -> bool:
        """Whether that ring is lied to."""
        return name not in self.friends

    def bend(self, node: Node, ring: Ring) -> None:
        """Its ring was opened: bend it."""

    def retell(self, target: str, body: bytes) -> bytes:
        """What it makes of a body that leaves."""
        return body

    def hear(self, call: Call) -> None:
        """A request of anybody, before it leaves."""

    def logs(self, honest: list[Export]) -> list[Export]:
        """What it shows an auditor of its logs."""
        return honest


class Judge(Liar):
    """Bends decisions: `decides` is called with the item that the honest ring would send."""

    def bend(self, node: Node, ring: Ring) -> None:
        """Stand between the ring's decision and its frame."""
        payee = ring.federation.incoming._items._payee
        honest = payee.decide

        def decide(tx: Tx, line: Line, row: LineRow, arrived: Arrived) -> None:
            honest(tx, line, row, arrived)
            items: list[Any] = tx.collected("item")
            if self.is_victim(line.peer.address.partition(".")[0]) and self.tempted():
                owner, data = items.pop()
                items.extend((owner, frames.encode_item(item)) for item in self.decides(_decision(data), ring))

        payee.decide = decide  # type: ignore[method-assign]

    def decides(self, true: Decision, ring: Ring) -> list[Decision]:
        """What it sends instead."""
        raise NotImplementedError


class Equivocates(Judge):
    """Says both, one after the other: the member is credited and is not."""

    def decides(self, true: Decision, ring: Ring) -> list[Decision]:
        """The truth, and its opposite."""
        return [true, opposite(true)]


class Invents(Judge):
    """Claims payments that nobody ordered."""

    def decides(self, true: Decision, ring: Ring) -> list[Decision]:
        """The truth, and a claim about nothing."""
        return [true, msgspec.structs.replace(true, order_hash=b64(self.chance.randbytes(HASH_BYTES)))]


class Claims(Judge):
    """Claims another amount than was ordered."""

    def decides(self, true: Decision, ring: Ring) -> list[Decision]:
        """A thousand seconds more."""
        return [msgspec.structs.replace(true, amount_seconds=true.amount_seconds + 1000, outcome="paid", code=None)]


class SwapsTheDecider(Judge):
    """Says that another ring has decided: a friend where it has one."""

    def decides(self, true: Decision, ring: Ring) -> list[Decision]:
        """In another's name."""
        others = [line for line in ring.federation.lines.all() if line.peer.ring_id != true.inbound]
        friends = [line for line in others if line.peer.address.partition(".")[0] in self.friends]
        other = self.chance.choice(friends or others)
        return [msgspec.structs.replace(true, by=other.peer.ring_id)]


class Jams(Judge):
    """Takes orders and decides nothing."""

    hidden = "an order without an answer looks alike whether its ring is slow or unwilling; it is listed as late"

    def decides(self, true: Decision, ring: Ring) -> list[Decision]:
        """Silence."""
        return []


def opposite(true: Decision) -> Decision:
    """The other decision about the same order."""
    is_paid = true.outcome == "paid"
    return msgspec.structs.replace(true, outcome=OPPOSITE[true.outcome], code="payee_refuses" if is_paid else None)


def _decision(data: bytes) -> Decision:
    item = frames.parse_item(data)
    assert isinstance(item, Decision)
    return item
