# SPDX-License-Identifier: AGPL-3.0-or-later
"""*Paid* that comes late, for an attempt that was released before another one (SPEC.md 7.1).

It moves nothing: the member's hold has gone on. Where the last ring has signed it the member must read so, for whoever
pays once more pays twice.
"""

from __future__ import annotations

from ringtausch_node.federation.orders import tried_records as records
from ringtausch_node.federation.orders.ends import Came, claims, read_end
from ringtausch_node.federation.orders.strangers import Strangers
from ringtausch_node.federation.orders.tried_records import Tried
from ringtausch_node.sometimes import sometimes
from ringtausch_node.store import Tx
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.items import Order


def order_tried(known: Tried) -> Order | None:
    """As much of an attempt's order as a decision is held against; None where not even that was kept."""
    if known.deadline_at is None:
        return None
    return Order(
        payment_id=b64(known.payment_id), attempt=known.attempt, purpose="transfer", path=known.path.split(),
        amount_seconds=known.amount_seconds, created_at=0, deadline_at=known.deadline_at,
    )  # fmt: skip


def note_end(tx: Tx, strangers: Strangers, came: Came, known: Tried) -> None:
    """Remember a *paid* that proves itself; any other claim is evidence against who brings it, and tells nothing."""
    order = order_tried(known)
    if order is None or not claims(came.item):
        return
    try:
        read_end(tx, strangers, came, order)
    except RemoteError:
        return
    sometimes("an attempt that was released is paid all the same")
    records.set_paid_late(tx, came.item.order_hash)
