# SPDX-License-Identifier: AGPL-3.0-or-later
"""Attempts of one payment come back after a loss, in any order: each on the line on which it went (SPEC.md 7.1).

A later attempt was signed only after the one before was released. So whichever comes back first, the newest one has the
member's hold, and the others are remembered as released.
"""

from __future__ import annotations

from ringtausch_node.federation.line import records as lines_records
from ringtausch_node.federation.line.model import LineRow, OrderOut
from ringtausch_node.federation.orders import records as orders
from ringtausch_node.federation.orders import tried_records as tried
from ringtausch_node.sometimes import sometimes
from ringtausch_node.store import Tx
from ringtausch_protocol.items import Order

#: What is written as the end of an attempt whose end has not come back yet.
UNTOLD_CODE = "restored"


def moves_nothing(
    tx: Tx, known: OrderOut, order: Order, order_hash: str, peer: int, where: tuple[int, int], at: int
) -> bool:
    """Whether what came back in a frame (`where`: its number, and the place in it) holds nothing more.

    It is an attempt before the known one; or the known one, which is held and went on by name in a new epoch.
    """
    if known.state in orders.UNDECIDED and known.order_hash == order_hash:
        sometimes("an order that went on in a new epoch comes back")
        orders.set_held(tx, [(order.created_at, order_hash, *where, known.payment_id)])
        return True
    return _is_older(tx, known, order, order_hash, peer, where[0], at)


def _is_older(tx: Tx, known: OrderOut, order: Order, order_hash: str, peer: int, seq: int, at: int) -> bool:
    """Whether an order that came back is an attempt before the known one; it is remembered, and holds nothing."""
    if order.attempt >= known.attempt:
        return False
    older = known._replace(
        order_hash=order_hash, peer=peer, attempt=order.attempt, path=" ".join(order.path), seq=seq,
        deadline_at=order.deadline_at,
    )  # fmt: skip
    tried.note_tried(tx, older, UNTOLD_CODE, at)
    return True


def give_way(tx: Tx, row: LineRow, known: OrderOut, order: Order, at: int) -> bool:
    """A later attempt came back: the known one was released. -> whether its hold is still open, and goes on with it.

    `row`: the line of the later one, saved by the caller.
    """
    if known.attempt >= order.attempt:
        return known.state == "queued"
    if known.order_hash is not None:
        tried.note_tried(tx, known, known.code or UNTOLD_CODE, at)
    if known.state == "held":
        before = row if known.peer == row.peer else lines_records.load_line(tx, known.peer)
        before.held_out_seconds -= known.amount_seconds
        before.held_out_count -= 1
        if before is not row:
            lines_records.save_line(tx, before)
    return known.state in ("queued", "held")
