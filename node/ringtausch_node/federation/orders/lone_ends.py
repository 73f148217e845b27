# SPDX-License-Identifier: AGPL-3.0-or-later
"""Round trips of which one end came back alone: the line of the other has begun anew since the copy (SPEC.md 6.8).

A circle that this ring nets, or by which it hands a claim over, begins and ends on its own account, which stands at
zero afterwards. Of an end that was over with an epoch before no frame comes back: what it moved is in the balance on
which both agreed, and so in the difference with which the new epoch began. From there the account is brought to zero.
"""

from __future__ import annotations

from typing import NamedTuple

from ringtausch_node.federation.line.model import OrderOut
from ringtausch_node.federation.orders import edges, round_trip
from ringtausch_node.ids import Ids
from ringtausch_node.store import Tx


class LoneEnd(NamedTuple):
    """An end of a round trip of ours that is paid, where the other one is neither paid nor open.

    `order_hash`: of the end that came back by `peer`, if that is the last. `path`: of the order, if it is known.
    """

    payment_id: bytes
    peer: int
    account: int
    amount_seconds: int
    path: str | None
    order_hash: str | None

    @property
    def seconds(self) -> int:
        """By how much the ring's own account is to be raised: it paid, and did not receive, or the other way round."""
        return self.amount_seconds if self.order_hash is None else -self.amount_seconds


def went_round(tx: Tx, ids: Ids, order: OrderOut, at: int) -> None:
    """An own order has just been paid. Only we decide one that goes round: its end may be in an epoch that is over."""
    if order.purpose in round_trip.PURPOSES and not _has_ended(tx, order):
        assert order.account is not None  # only a probe has none
        end = LoneEnd(order.payment_id, order.peer, order.account, order.amount_seconds, order.path, None)
        explain(tx, ids, end, way_of(order.path)[-2], at)


def explain(tx: Tx, ids: Ids, end: LoneEnd, ring_id: str, at: int) -> None:
    """`ring_id`: the neighbour at the other end. Until it has given back all that it holds nothing is done."""
    other = tx.row(
        "SELECT p.id FROM peer p JOIN recovery_peer r ON r.peer = p.id WHERE p.ring_id = ? AND r.has_begun_anew"
        " AND r.state = 'in_step' AND r.recovery = (SELECT max(id) FROM recovery)",
        (ring_id,),
    )
    if other is not None:
        edges.explain(tx, ids, at, int(other[0]), end.account, end.seconds, end.payment_id)


def way_of(path: str | None) -> list[str]:
    """The rings of a circle, as the row of its order has them."""
    assert path is not None  # a circle has other rings in it
    return path.split(" ")


def load_lone_ends(tx: Tx, ring_id: str) -> list[LoneEnd]:
    """Ends of round trips of the ring with this id that stand alone, and that no booking has explained."""
    rows = tx.execute(
        "WITH trip AS (SELECT o.payment_id, o.peer, o.account, o.amount_seconds, o.path, NULL AS order_hash, o.purpose"
        " FROM order_out o WHERE o.state = 'posted' AND NOT EXISTS (SELECT 1 FROM order_in i"
        " WHERE i.payer_ring = ?1 AND i.payment_id = o.payment_id AND i.state = 'posted')"
        " UNION ALL SELECT i.payment_id, i.peer, i.account, i.amount_seconds, o.path, i.order_hash, i.purpose"
        " FROM order_in i LEFT JOIN order_out o ON o.payment_id = i.payment_id WHERE i.payer_ring = ?1"
        " AND i.state = 'posted' AND coalesce(o.state, '') NOT IN ('queued', 'held', 'in_doubt', 'posted'))"
        " SELECT payment_id, peer, account, amount_seconds, path, order_hash FROM trip"
        " WHERE purpose IN ('netting', 'assignment') AND NOT EXISTS"
        " (SELECT 1 FROM transfer t WHERE t.payment_id = trip.payment_id AND t.kind = 'reset') ORDER BY payment_id",
        (ring_id,),
    )
    return [LoneEnd(*row) for row in rows]


def _has_ended(tx: Tx, order: OrderOut) -> bool:
    values = way_of(order.path)[0], order.payment_id
    sql = "SELECT 1 FROM order_in WHERE payer_ring = ? AND payment_id = ? AND state = 'posted'"
    return tx.row(sql, values) is not None
