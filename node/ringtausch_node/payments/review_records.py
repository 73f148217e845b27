# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the office looks at after a month, in SQL."""

from __future__ import annotations

from typing import NamedTuple

from ringtausch_node.store import Row, Tx


class Booked(NamedTuple):
    """One booking with both sides as they are known here, and the heading that the office gave it."""

    number: int
    id: bytes
    kind: str
    at: int
    amount_seconds: int
    debit: str
    credit: str
    memo: str | None
    payment_id: bytes | None
    category: str | None


# Who gave: a member's handle or the key of another account; of payments the words that were used in ordering them.
_BOOKED = (
    "SELECT t.number, t.id, t.kind, t.at, t.amount_seconds,"
    " CASE WHEN t.kind = 'payment' THEN p.payer WHEN t.kind = 'received' THEN i.payer END, d.handle, da.key,"
    " CASE WHEN t.kind IN ('payment', 'sent') THEN p.payee END, c.handle, ca.key,"
    " coalesce(i.memo, p.memo), t.payment_id, h.category"
    " FROM transfer t JOIN account da ON da.id = t.debit_account JOIN account ca ON ca.id = t.credit_account"
    " LEFT JOIN member d ON d.account_id = t.debit_account AND d.is_first = 1"
    " LEFT JOIN member c ON c.account_id = t.credit_account AND c.is_first = 1"
    " LEFT JOIN payment p ON p.id = t.payment_id AND t.kind <> 'received'"
    " LEFT JOIN order_in i ON i.transfer_id = t.id"
    " LEFT JOIN transfer_category h ON h.transfer_id = t.id"
)


def load_booked(tx: Tx, since: int, until: int, most: int) -> list[Booked]:
    """The bookings of a time, in the order of the books."""
    rows = tx.execute(_BOOKED + " WHERE t.at >= ? AND t.at < ? ORDER BY t.number LIMIT ?", (since, until, most))
    return [_booked(row) for row in rows]


def _booked(row: Row) -> Booked:
    number, transfer_id, kind, at, amount, payer, giver, debit, payee, getter, credit, memo, payment, category = row
    giver, getter = payer or giver or debit, payee or getter or credit
    return Booked(number, transfer_id, kind, at, amount, giver, getter, memo, payment, category)


def load_transfer_id(tx: Tx, number: int) -> bytes | None:
    """The id of the booking with a number, or None."""
    row = tx.row("SELECT id FROM transfer WHERE number = ?", (number,))
    return row[0] if row else None


def set_category(tx: Tx, transfer_id: bytes, category: str, by: str, at: int) -> None:
    """A booking counts under this heading from now on; under none where it is empty."""
    tx.change("DELETE FROM transfer_category WHERE transfer_id = ?", (transfer_id,))
    if category:
        tx.change("INSERT INTO transfer_category VALUES (?,?,?,?)", (transfer_id, category, by, at))
