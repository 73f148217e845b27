# SPDX-License-Identifier: AGPL-3.0-or-later
"""Rings that decide what they should not: an honest payee, bent behind its decision; it stands in their own log."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from msgspec import structs

from ringtausch_node.bootstrap import Ring
from ringtausch_node.federation.line.lines import Line
from ringtausch_node.federation.line.model import LineRow
from ringtausch_node.federation.orders.payee import Arrived
from ringtausch_node.store import Tx
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.items import Decision, encode_item, parse_item
from tests.simulation.liars.tongue import Liar, Tongue

#: What part of its decisions it bends, the size of a hash that names nothing, and what it claims too much, in seconds.
LIKELY, HASH_BYTES, TOO_MUCH_SECONDS = 0.5, 32, 1000


class Bent(Liar):
    """From its first lie until it dies its decisions about orders of the honest are bent now and then."""

    async def lie(self, tongue: Tongue) -> None:
        """Bend the ring as it runs now, once."""
        payee = tongue.liar.federation.incoming._items._payee
        if "decide" not in vars(payee):
            self._bend(payee, tongue.liar)

    def _bend(self, payee: Any, ring: Ring) -> None:
        honest = payee.decide

        def decide(tx: Tx, line: Line, row: LineRow, arrived: Arrived) -> None:
            honest(tx, line, row, arrived)
            if line.peer.address.partition(".")[0] in self.names or self.chance.random() > LIKELY:
                return
            items: list[Any] = tx.collected("item")
            owner, data = items.pop()
            true = parse_item(data)
            assert isinstance(true, Decision)
            items.extend((owner, encode_item(item)) for item in self.say(true, ring))
            self.told += 1
            tx.after_commit(self._stands)

        payee.decide = decide

    def _stands(self) -> None:
        """It is in the log of its ring; what a power cut took away before is in none (seed 12709)."""
        self.kept += 1

    @abstractmethod
    def say(self, true: Decision, ring: Ring) -> list[Decision]:
        """What it says instead of the truth."""


class Contradicts(Bent):
    """Says both, one after the other: paid and refused."""

    def say(self, true: Decision, ring: Ring) -> list[Decision]:
        """The truth, and its opposite."""
        return [true, opposite(true)]


class Invents(Bent):
    """Claims payments that nobody ordered."""

    def say(self, true: Decision, ring: Ring) -> list[Decision]:
        """The truth, and a claim about nothing; a refusal of nothing moves nothing, and no log accuses it."""
        nothing = b64(self.chance.randbytes(HASH_BYTES))
        return [true, structs.replace(true, order_hash=nothing, outcome="paid", code=None)]


class Overclaims(Bent):
    """Claims more than was ordered."""

    def say(self, true: Decision, ring: Ring) -> list[Decision]:
        """The same order at another amount."""
        return [structs.replace(true, amount_seconds=true.amount_seconds + TOO_MUCH_SECONDS, outcome="paid", code=None)]


class Swaps(Bent):
    """Says that another ring has decided what was its own to decide."""

    def say(self, true: Decision, ring: Ring) -> list[Decision]:
        """In another's name."""
        others = [line.peer.ring_id for line in ring.federation.lines.all() if line.peer.ring_id != true.inbound]
        return [structs.replace(true, by=self.chance.choice(others))]


class Jams(Bent):
    """Takes orders and decides nothing, so that what was held for them stays held."""

    why_unseen = (
        "whether a ring is slow or unwilling looks alike: the order is listed as open or late, as nobody's fault"
    )

    def say(self, true: Decision, ring: Ring) -> list[Decision]:
        """Nothing."""
        return []


def opposite(true: Decision) -> Decision:
    """The other decision about the same order."""
    if true.outcome == "paid":
        return structs.replace(true, outcome="refused", code="payee_refuses")
    return structs.replace(true, outcome="paid", code=None)
