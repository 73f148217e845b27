# SPDX-License-Identifier: AGPL-3.0-or-later
"""At the end of a recovery it shows of which round trips only one end has come back (`orders/lone_ends.py`)."""

from __future__ import annotations

from ringtausch_node.federation.line.lines import Lines
from ringtausch_node.federation.orders import lone_ends
from ringtausch_node.federation.orders import records as orders
from ringtausch_node.federation.orders.lone_ends import LoneEnd, way_of
from ringtausch_node.federation.recovery.bookings import order_that_came
from ringtausch_node.ids import Ids
from ringtausch_node.store import Tx


def explain(tx: Tx, ids: Ids, ring_id: str, lines: Lines, at: int) -> None:
    """Explain those of which the neighbour at the other end has given back all that it holds."""
    for end in lone_ends.load_lone_ends(tx, ring_id):
        other = _other_ring(tx, end, lines)
        if other is not None:
            lone_ends.explain(tx, ids, end, other, at)


def _other_ring(tx: Tx, end: LoneEnd, lines: Lines) -> str | None:
    """The neighbour at the other end: the last but one of the circle, or the first after us.

    None where neither row nor frame of the order is here any more.
    """
    if end.order_hash is None:
        return way_of(end.path)[-2]
    if end.path is not None:
        return way_of(end.path)[1]
    known = orders.load_in(tx, end.order_hash)
    came = None if known is None else order_that_came(tx, lines.by_id(end.peer), known)
    return None if came is None else came[0].path[1]
