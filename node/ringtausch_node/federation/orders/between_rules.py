# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a ring between asks before it passes an order on, of the line it came by and of the next (SPEC.md 7.12)."""

from __future__ import annotations

from typing import NamedTuple

from ringtausch_node.federation.agreement import terms
from ringtausch_node.federation.line.lines import Line
from ringtausch_node.federation.line.model import LineRow
from ringtausch_node.federation.orders import assignment_records as assignments
from ringtausch_node.federation.orders import ends, round_trip
from ringtausch_node.federation.orders.between_records import Carried
from ringtausch_node.federation.orders.read_once import held_towards
from ringtausch_node.ledger import service as ledger
from ringtausch_node.store import Tx
from ringtausch_protocol import canonical, limits, settlement
from ringtausch_protocol.frames import Header
from ringtausch_protocol.items import Decision, Order, SignedItem, encode_item
from ringtausch_protocol.settlement import Room

#: What a ring between wants left of the deadline for itself and each hop behind it.
HOP_SECONDS = 20
#: The share of a line that may be held for one destination, from the second open hold to it on: a fifth.
DESTINATION_PARTS = 5


class Offered(NamedTuple):
    """An order of another ring that shall pass: `place` is ours on its path, `header` the frame's that brought it."""

    order: Order
    order_hash: str
    signed: SignedItem
    place: int
    header: Header
    box: bytes | None


def waiting(line: Line, next_line: Line, offered: Offered, boot: str, now: int) -> Carried:
    """The row of an order that came and was not passed on yet. `boot`: of this process; `now`: Unix seconds."""
    return Carried(
        order_hash=offered.order_hash, peer_in=line.peer.id, peer_out=next_line.peer.id, place=offered.place,
        state="waiting", last_ring=offered.order.path[-1], amount_seconds=offered.order.amount_seconds,
        signed=canonical.encode(offered.signed), box=offered.box, boot=boot if offered.header.to_boot == boot else "",
        in_seq=offered.header.seq, out_seq=None, answer=None, transfer_id=None, cancel_asked=0, arrived_at=now,
        ended_at=None,
    )  # fmt: skip


def refuse_at_once(tx: Tx, line: Line, row: LineRow, offered: Offered, now: int) -> str | None:
    """What is wrong whatever the next line may be."""
    order = offered.order
    if code := _refuse_kind(row, offered):
        return code
    if row.state_in == "paused" or row.closed is not None:
        return "paused"
    code = settlement.refuse_window(order, now, line.terms.deadline_transit_seconds)
    if code is None and order.deadline_at - now < HOP_SECONDS * (len(order.path) - 1 - offered.place):
        code = "deadline_too_short"
    room = Room(
        limit_seconds=terms.limit_in(row),
        debt_seconds=-ledger.account(tx, line.peer.clearing_account).balance_seconds,
        held_seconds=row.held_in_seconds, held_count=row.held_in_count, holds_max=line.terms.holds_in_max,
    )  # fmt: skip
    return code or settlement.refuse_room(
        room, order.amount_seconds, settlement.as_on_edge(order.purpose, offered.place - 1)
    )


def _refuse_kind(row: LineRow, offered: Offered) -> str | None:
    """Payments pass for those for whom this ring carries, with a box. A netting passes for all: no debt is raised.

    An assignment does too; whether our operator agrees is asked of `assignment_records`.
    """
    order, place = offered.order, offered.place
    if order.purpose in round_trip.PURPOSES:
        if order.path[place - 1] == order.path[place + 1]:
            return "not_allowed"  # there and back: one line has no circle
        return None if offered.box is None else "malformed"
    if order.purpose not in ("transfer", "refund"):
        return "not_allowed"
    sealed = None if offered.box is None else canonical.sha256_b64(offered.box)
    if sealed is None or sealed != order.sealed_hash:
        return "malformed"
    return None if row.carries else "not_allowed"


def refuse_next(tx: Tx, carried: Carried, purpose: str, next_line: Line, row: LineRow) -> str | None:
    """What the next line has against it: we are its debtor there, as a payer's ring is."""
    if purpose not in round_trip.PURPOSES and not row.carries:
        return "not_allowed"
    if row.state_out == "paused" or row.closed is not None:
        return "paused"
    room = Room(
        limit_seconds=terms.limit_out(row),
        debt_seconds=ledger.account(tx, next_line.peer.clearing_account).balance_seconds,
        held_seconds=row.held_out_seconds, held_count=row.held_out_count, holds_max=next_line.terms.holds_out_max,
    )  # fmt: skip
    code = settlement.refuse_room(room, carried.amount_seconds, settlement.as_on_edge(purpose, carried.place))
    if code is None and purpose == round_trip.ASSIGNMENT and not assignments.is_agreed(tx, carried):
        return assignments.no_to(tx, carried)
    if code or purpose in round_trip.PURPOSES:
        return code
    held = held_towards(tx, carried.peer_out, carried.last_ring)
    if held.count and held.seconds + carried.amount_seconds > room.limit_seconds // DESTINATION_PARTS:
        code = "no_capacity"
    return code


def signed_of(carried: Carried) -> SignedItem:
    """The payer's order as it came."""
    return canonical.parse(carried.signed, SignedItem, limits.ITEM_BYTES)


def order_of(carried: Carried) -> Order:
    """The order itself."""
    return ends.inner_order(signed_of(carried))


def refusal(line: Line, order: Order, order_hash: str, place: int, code: str, now: int) -> bytes:
    """A decision of our own, as an item: refused, not passed on. `now`: Unix seconds."""
    decision = Decision(
        order_hash=order_hash, payment_id=order.payment_id, outcome="refused", by=line.names.me, index=place,
        inbound=line.names.peer, amount_seconds=order.amount_seconds, decided_at=now, code=code,
    )  # fmt: skip
    return encode_item(decision)
