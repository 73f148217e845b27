# SPDX-License-Identifier: AGPL-3.0-or-later
"""Further attempts of a payment through other rings: another way, once the one before was released (SPEC.md 7.1, 7.12).

The member's hold goes from one attempt to the next and ends with the last. Two attempts are never open together: two
*paid* of a ring that lies, or was restored, would both have to be honoured. What was signed before this ring was put
back from a copy goes no other way: its member may have read since that it was refused.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from ringtausch_node.clock import Clock
from ringtausch_node.federation.line.lines import Line
from ringtausch_node.federation.line.model import OrderOut
from ringtausch_node.federation.orders import tried_records as records
from ringtausch_node.federation.orders.ends import End
from ringtausch_node.sometimes import sometimes
from ringtausch_node.store import Tx
from ringtausch_protocol import settlement
from ringtausch_protocol.settlement import Event, Place, State

#: A member waits for minutes, not for hours: each attempt may take a quarter of one.
TRIES_MAX = 5
#: Refusals that say something of a line, or of the ring it leads to, and nothing of the payment.
OF_THE_WAY = frozenset({"next_hop_down", "no_route", "busy", "paused", "no_capacity", "too_many_holds"})
#: What only a ring between can mean of itself: it does not carry, or has not seen the payer's ring's newest card.
OF_A_RING_BETWEEN = frozenset({"not_allowed", "card_unknown"})


class Detour(NamedTuple):
    """Another way for a payment: the line on which it begins, and all of its rings."""

    line: Line
    path: tuple[str, ...]


#: Finds another way for an order that was released, and leaves alone the line where it failed; None: there is none.
FindDetour: TypeAlias = Callable[[Tx, OrderOut, End], Detour | None]


class Tries:
    """Whether a released payment goes on."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.find_detour: FindDetour = lambda _tx, _order, _end: None

    def go_on(self, tx: Tx, order: OrderOut, end: End) -> bool:
        """Queue the next attempt of an order that was just released, if it may have one; else it ends here."""
        if not may_go_on(order, end) or records.was_put_back(tx, order.created_at):
            return False
        detour = self.find_detour(tx, order, end)
        if detour is None:
            return False
        sometimes("a payment goes another way")
        settlement.move(Place.PAYER, State.NONE, Event.PAY)  # another order; its member's hold is there
        now = self._clock.now()
        records.note_tried(tx, order, end.code or "", now)
        deadline_at = now + detour.line.terms.deadline_transit_seconds
        records.queue_again(tx, order.payment_id, detour.line.peer.id, " ".join(detour.path), now, deadline_at)
        tx.collect("line", detour.line)
        return True


def may_go_on(order: OrderOut, end: End) -> bool:
    """A payment through others that its member still wants, and that a line refused, not its payee."""
    is_of_the_way = end.code in OF_THE_WAY or (end.code in OF_A_RING_BETWEEN and not _is_by_last(order, end))
    return (
        order.state == State.HELD.value and order.purpose in ("transfer", "refund") and order.path is not None
        and not end.is_paid and not order.cancel_asked and order.attempt < TRIES_MAX and is_of_the_way
    )  # fmt: skip


def _is_by_last(order: OrderOut, end: End) -> bool:
    return end.refused_at is None or end.refused_at == len((order.path or "").split()) - 1
