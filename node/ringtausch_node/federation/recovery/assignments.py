# SPDX-License-Identifier: AGPL-3.0-or-later
"""What stands on the account `recovered`, and to whom the office gave it, in SQL."""

from __future__ import annotations

from typing import NamedTuple

from ringtausch_node.store import Tx


class Waiting(NamedTuple):
    """Hours that stand on `recovered`. `amount_seconds` > 0: somebody gets them; < 0: somebody owes them.

    `whose`: the account that the note named, where the hours were spent meanwhile. `assigned_seconds` has the sign of
    the amount; the rest waits. `payer`, `payee`: as far as box or note told them.
    """

    item: str
    payment_id: bytes | None
    peer: str
    amount_seconds: int
    whose: int | None
    at: int | None
    assigned_seconds: int
    payer: str | None
    payee: str | None


class Assignment(NamedTuple):
    """A row of `assignment`."""

    transfer_id: bytes
    item: str
    account: int
    amount_seconds: int
    assigned_by: str
    at: int


def load_waiting(tx: Tx, recovered: int) -> list[Waiting]:
    """Decided payments that came back and stand on the account `recovered`, not or not wholly assigned."""
    rows = tx.execute(
        "SELECT DISTINCT r.order_hash, coalesce(o.payment_id, i.payment_id), p.address,"
        " CASE r.place WHEN 'payer' THEN -r.amount_seconds ELSE r.amount_seconds END, r.account,"
        " coalesce(o.ended_at, i.decided_at),"
        " coalesce((SELECT sum(s.amount_seconds) FROM assignment s WHERE s.item = r.order_hash), 0) AS given,"
        " coalesce(i.payer, y.payer), y.payee"
        " FROM recovered_order r JOIN peer p ON p.id = r.peer"
        " LEFT JOIN order_out o ON o.order_hash = r.order_hash LEFT JOIN order_in i ON i.order_hash = r.order_hash"
        " LEFT JOIN payment y ON y.id = o.payment_id"
        " WHERE r.booked = ?1 AND coalesce(o.state, i.state) = 'posted' AND abs(given) < r.amount_seconds"
        " UNION ALL SELECT e.epoch, NULL, p.address, -e.difference_seconds, NULL, e.began_at,"
        " coalesce((SELECT sum(s.amount_seconds) FROM assignment s WHERE s.item = e.epoch), 0) AS given, NULL, NULL"
        " FROM epoch e JOIN peer p ON p.id = e.peer WHERE e.account = ?1 AND abs(given) < abs(e.difference_seconds)"
        " ORDER BY 6, 1",
        (recovered,),
    )
    return [Waiting(*row) for row in rows]


def insert_assignment(tx: Tx, row: Assignment) -> None:
    """Remember who gave what to whom."""
    tx.change("INSERT INTO assignment VALUES (?,?,?,?,?,?)", row)


def load_assignments(tx: Tx) -> list[Assignment]:
    """Everything that was assigned, oldest first."""
    rows = tx.execute(
        "SELECT transfer_id, item, account, amount_seconds, assigned_by, at FROM assignment ORDER BY at, transfer_id"
    )
    return [Assignment(*row) for row in rows]
