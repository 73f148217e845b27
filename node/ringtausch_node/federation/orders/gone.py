# SPDX-License-Identifier: AGPL-3.0-or-later
"""Orders of others when the ring behind, or before, is gone: its neighbour ends them (SPEC.md 5.5, 7.6).

Nothing here is done by a clock: operators have said that the ring will never answer again.
"""

from __future__ import annotations

import msgspec

from ringtausch_node.clock import Clock
from ringtausch_node.federation.line import records as lines_records
from ringtausch_node.federation.orders import between_records as records
from ringtausch_node.federation.orders import waivers
from ringtausch_node.federation.orders.answers import tell
from ringtausch_node.federation.orders.between import Between, Sides
from ringtausch_node.federation.orders.between_records import Carried
from ringtausch_node.federation.orders.between_rules import order_of, refusal
from ringtausch_node.federation.orders.ends import End
from ringtausch_node.federation.orders.own_cost import waiver
from ringtausch_node.federation.orders.read_once import send
from ringtausch_node.sometimes import sometimes
from ringtausch_node.store import Tx
from ringtausch_protocol import settlement
from ringtausch_protocol.items import DocumentItem, Fulfil, SignedItem, encode_item
from ringtausch_protocol.settlement import Event, Place, State


class Gone:
    """Ends of carried orders that no frame brings; all inside the writer's transaction."""

    def __init__(self, between: Between, clock: Clock) -> None:
        self._between, self._clock = between, clock

    def write_off(self, tx: Tx, carried: Carried, document: bytes, *, is_told: bool) -> None:
        """What was passed on is released towards the payer, at our own cost. `document`: signed by our operators.

        `is_told`: as in `honour`.
        """
        settlement.move(Place.BETWEEN, State(carried.state), Event.WRITE_OFF)
        sometimes("an order is written off")
        answer = waiver(carried.order_hash)
        if is_told and carried.in_seq != records.BEFORE:
            before = self._between.by_id(carried.peer_in)
            send(tx, before, encode_item(DocumentItem(type_=waivers.KIND, envelope=msgspec.Raw(document))))
            send(tx, before, answer)
        self._settle(tx, carried, answer, is_paid=False)

    def honour(self, tx: Tx, carried: Carried, decision: SignedItem, *, is_told: bool) -> None:
        """The last ring's *paid* was shown: it counts as if the ring behind had handed it on.

        `is_told`: to the ring before; not where that one is gone too.
        """
        settlement.move(Place.BETWEEN, State(carried.state), Event.PAID)
        sometimes("a receipt stands for a ring that is gone")
        if is_told:
            end = End(is_paid=True, code=None, signed=decision)
            answer = tell(tx, self._between.strangers, self._between.by_id(carried.peer_in), carried, end)
        else:
            answer = encode_item(Fulfil(order_hash=carried.order_hash, decision=decision))
        self._settle(tx, carried, answer, is_paid=True)

    def drop(self, tx: Tx, carried: Carried, code: str | None) -> None:
        """What was not passed on ends here. `code`: what the ring before is told; None where that is the one gone."""
        settlement.move(Place.BETWEEN, State(carried.state), Event.OFFER_BAD)
        answer = None
        if code is not None:
            line, order = self._between.by_id(carried.peer_in), order_of(carried)
            answer = refusal(line, order, carried.order_hash, carried.place, code, self._clock.now())
            if carried.in_seq != records.BEFORE:
                send(tx, line, answer)
        row = lines_records.load_line(tx, carried.peer_in)
        row.held_in_seconds -= carried.amount_seconds
        row.held_in_count -= 1
        lines_records.save_line(tx, row)
        records.end(tx, carried.order_hash, State.RELEASED.value, answer, None, self._clock.now())

    def _settle(self, tx: Tx, carried: Carried, answer: bytes, *, is_paid: bool) -> None:
        before, behind = (lines_records.load_line(tx, peer) for peer in (carried.peer_in, carried.peer_out))
        lines = self._between.by_id(carried.peer_in), self._between.by_id(carried.peer_out)
        self._between.settle(tx, carried, Sides(lines[0], before, lines[1], behind), answer, is_paid=is_paid)
        lines_records.save_line(tx, before)
        lines_records.save_line(tx, behind)
