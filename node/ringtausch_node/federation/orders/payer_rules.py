# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the payer's place asks of its line, the item of an own order, and how its hours are booked (SPEC.md 7)."""

from __future__ import annotations

from ringtausch_node import booking
from ringtausch_node.federation.agreement import stopping, terms
from ringtausch_node.federation.line.lines import Line
from ringtausch_node.federation.line.model import LineRow, OrderOut, TermsOut
from ringtausch_node.federation.orders import round_trip
from ringtausch_node.ids import Ids
from ringtausch_node.ledger import service as ledger
from ringtausch_node.store import Tx
from ringtausch_protocol import canonical, limits, settlement
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.items import Order

#: The ring's account for payments that nobody has decided long after their deadline.
DOUBT_KEY = "in_doubt"


def post_held(tx: Tx, ids: Ids, order: OrderOut, clearing_account: int, now: int) -> bytes:
    """Move what an own order holds, on its member or on the ring, to its line. -> the transfer."""
    transfer_id, salt = ids.uuid7(), ids.random(limits.SALT_BYTES)
    assert order.hold_id is not None  # a transfer has both, a probe neither
    assert order.account is not None
    booking.book_hold(
        tx, hold_id=order.hold_id, transfer_id=transfer_id, salt=salt, debit=order.account, credit=clearing_account,
        amount_seconds=order.amount_seconds, kind=round_trip.kind_of(order.purpose, "sent"), at=now,
        payment_id=order.payment_id,
    )  # fmt: skip
    return transfer_id


def doubt_account(tx: Tx, at: int) -> int:
    """The account that bears payments in doubt; opened when the first is."""
    known = ledger.account_by_key(tx, DOUBT_KEY)
    return known.id if known else ledger.open_account(tx, kind="in_doubt", key=DOUBT_KEY, at=at)


def order_item(order: OrderOut, line: Line) -> Order:
    """The item of an own order that is not ended yet: the same bytes whenever it is made from its row."""
    return Order(
        payment_id=b64(order.payment_id), attempt=order.attempt, purpose=order.purpose,
        path=order.path.split() if order.path else [line.names.me, line.names.peer],
        amount_seconds=order.amount_seconds, created_at=order.created_at, deadline_at=order.deadline_at,
        invoice_hash=order.invoice_hash, refund_of=b64(order.refund_of) if order.refund_of else None,
        payer_commit=order.payer_commit, memo_commit=order.memo_commit,
        sealed_hash=sealed_hash(order.box),
    )  # fmt: skip


def sealed_hash(box: bytes | None) -> str | None:
    """What an order says of the box beside it."""
    return None if box is None else canonical.sha256_b64(box)


def why_not(tx: Tx, row: TermsOut) -> str:
    """Why a line has no room for a payment: its limit, or an end after which only what brings hours home goes."""
    if stopping.load_stopping(tx) is not None:
        return stopping.CODE
    return "line_ended" if "ended" in (row.state_in, row.state_out) else "no_capacity"


def has_room(line: Line, row: LineRow, debt_seconds: int, order: OrderOut) -> bool:
    """Whether a line whose debt is `debt_seconds` bears one order more: its limit, and how many it may hold."""
    room = settlement.Room(
        limit_seconds=terms.limit_out(row), debt_seconds=debt_seconds, held_seconds=row.held_out_seconds,
        held_count=row.held_out_count, holds_max=line.terms.holds_out_max,
    )  # fmt: skip
    return settlement.refuse_room(room, order.amount_seconds, settlement.as_on_edge(order.purpose, 0)) is None
