# SPDX-License-Identifier: AGPL-3.0-or-later
"""Orders round a circle, from this ring back to itself: both of its places in them (SPEC.md 7.14).

No member has a part in it. The ring's own account `netting` pays where the trip begins and receives where it ends; it
stands at zero while none is open.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

from ringtausch_node.clock import Clock
from ringtausch_node.federation.line.lines import Line
from ringtausch_node.federation.line.model import OrderOut
from ringtausch_node.federation.orders import records
from ringtausch_node.ids import Ids
from ringtausch_node.ledger import service as ledger
from ringtausch_node.ledger.model import LimitPolicy
from ringtausch_node.store import Tx
from ringtausch_protocol import canonical, settlement
from ringtausch_protocol.items import Order

Purpose: TypeAlias = Literal["netting", "assignment"]
PURPOSE: Purpose = "netting"
ASSIGNMENT: Purpose = "assignment"
PURPOSES: tuple[str, ...] = settlement.ROUND
ACCOUNT_KEY = "netting"
#: No limit stands on the ring's own account.
_FACTS = LimitPolicy("warn", "warn")


class RoundTrip(NamedTuple):
    """A circle and an amount. `path`: ring ids, this one first and last, each owed by the next.

    In an assignment the ring at place 2 need not be: who stands before it comes to owe it (7.16).
    """

    payment_id: bytes
    path: tuple[str, ...]
    amount_seconds: int
    purpose: Purpose = PURPOSE


def netting_account(tx: Tx, at: int) -> int:
    """The ring's account for round trips; opened when the first begins."""
    known = ledger.account_by_key(tx, ACCOUNT_KEY)
    return known.id if known else ledger.open_account(tx, kind="netting", key=ACCOUNT_KEY, at=at)


def queue(tx: Tx, clock: Clock, ids: Ids, line: Line, wanted: RoundTrip) -> None:
    """Reserve the amount on the ring's own account and queue an unsigned order along the line to path[1]."""
    now, hold_id = clock.now(), ids.uuid7()
    account = netting_account(tx, now)
    ledger.hold(tx, hold_id=hold_id, account_id=account, amount_seconds=wanted.amount_seconds, at=now, policy=_FACTS)
    order = OrderOut(
        payment_id=wanted.payment_id, peer=line.peer.id, state="queued", purpose=wanted.purpose,
        amount_seconds=wanted.amount_seconds, account=account, hold_id=hold_id, created_at=now,
        deadline_at=now + line.terms.deadline_transit_seconds, invoice_hash=None, refund_of=None, payer_commit=None,
        memo_commit=None, box=None, order_hash=None, seq=None, idx=None, code=None, transfer_id=None, ended_at=None,
        cancel_asked=0, path=" ".join(wanted.path),
    )  # fmt: skip
    records.insert_out(tx, order)
    tx.collect("line", line)


def kind_of(purpose: str, usual: str) -> str:
    """Of a booking: round trips have one of their own on every line, so that one sees what they have done."""
    return purpose if purpose in PURPOSES else usual


def asks_at_end(order: Order) -> str:
    """What an order asks of the room of its last edge."""
    return settlement.as_on_edge(order.purpose, len(order.path) - 2)


def refuse_end(tx: Tx, order: Order, order_hash: str) -> str | None:
    """Why a round trip that comes back to this ring is not paid: it must be one of ours, and still open."""
    ours = records.load_out(tx, canonical.unb64(order.payment_id, 16))
    is_ours = ours is not None and ours.order_hash == order_hash and ours.state == "held"
    return None if is_ours else "not_allowed"
