# SPDX-License-Identifier: AGPL-3.0-or-later
"""When it shows of which round trips only one end comes back (`orders/lone_ends.py`): nothing more is to come then."""

from __future__ import annotations

from ringtausch_node.federation.line.lines import Line
from ringtausch_node.federation.orders import edges, lone_ends
from ringtausch_node.federation.orders import records as orders
from ringtausch_node.federation.orders.lone_ends import LoneEnd, way_of
from ringtausch_node.federation.recovery import records as kept
from ringtausch_node.federation.recovery.bookings import order_that_came
from ringtausch_node.ids import Ids
from ringtausch_node.store import Tx


def explain(tx: Tx, ids: Ids, ring_id: str, at: int) -> None:
    """A recovery ends: explain those of which the neighbour at the other end has given back all that it holds."""
    for end in lone_ends.load_lone_ends(tx, ring_id):
        other = _other_ring(tx, end)
        if other is not None:
            lone_ends.explain(tx, ids, end, other, at)


def begun_anew(tx: Tx, ids: Ids, line: Line, at: int) -> None:
    """A line begins anew with whom a recovery went on without: what was lost on it comes back no more."""
    if not kept.went_without(tx, line.peer.id):
        return
    for end in lone_ends.load_lone_ends(tx, line.names.me):
        if _other_ring(tx, end) == line.names.peer:
            edges.explain(tx, ids, at, line.peer.id, end.account, end.seconds, end.payment_id)


def _other_ring(tx: Tx, end: LoneEnd) -> str | None:
    """The neighbour at the other end: the last but one of the circle, or the first after us.

    None where neither row nor frame of the order is here any more.
    """
    if end.order_hash is None:
        return way_of(end.path)[-2]
    if end.path is not None:
        return way_of(end.path)[1]
    known = orders.load_in(tx, end.order_hash)
    assert known is not None  # the row that the end was read from
    (epoch,) = tx.one("SELECT epoch FROM peer WHERE id = ?", (known.peer,))
    came = order_that_came(tx, epoch, known)
    return None if came is None else came[0].path[1]
