# SPDX-License-Identifier: AGPL-3.0-or-later
"""Payments in SQL."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ringtausch_node.store import Tx


class Payment(NamedTuple):
    """A row of `payment`. `payee_account` is None where the payee is in another ring."""

    id: bytes
    content: bytes
    payer_account: int
    payee_account: int | None
    payer: str
    payee: str
    amount_seconds: int
    memo: str
    actor: str
    warnings: str
    created_at: int
    transfer_id: bytes | None
    #: What the payee's ring called the payee when it was asked before paying; empty where nobody was asked.
    payee_name: str = ""


_COLUMNS = ", ".join(Payment._fields)


def by_whom(payment: Payment) -> str | None:
    """Who acted for the payer ("durch Karin für Erna"); None where the payer did."""
    return None if payment.actor == payment.payer else payment.actor


def insert_payment(tx: Tx, payment: Payment) -> bool:
    """Remember what was asked; False if its id is known already."""
    values = tuple(payment)
    return tx.change("INSERT INTO payment VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (id) DO NOTHING", values) == 1


def set_warnings(tx: Tx, payment: Payment) -> None:
    """Keep the codes of the limits that a payment met."""
    tx.change("UPDATE payment SET warnings = ? WHERE id = ?", (payment.warnings, payment.id))


def load_payment(tx: Tx, payment_id: bytes) -> Payment | None:
    """A payment by its id, or None."""
    row = tx.row(f"SELECT {_COLUMNS} FROM payment WHERE id = ?", (payment_id,))
    return Payment(*row) if row else None


#: By the indexes of what is open, which are short however long an account has lived.
_UNDER_WAY = (
    "(SELECT payment_id FROM order_out WHERE account = ?1 AND state IN ('held', 'in_doubt') UNION ALL"
    " SELECT payment_id FROM order_out WHERE account = ?1 AND state = 'queued')"
)


def load_under_way(tx: Tx, account: int) -> list[Payment]:
    """Payments of an account to other rings that nobody has decided yet, newest first."""
    sql = f"SELECT {_COLUMNS} FROM payment WHERE id IN {_UNDER_WAY} ORDER BY created_at DESC, id DESC"
    return [Payment(*row) for row in tx.execute(sql, (account,))]


def load_came_to_nothing(tx: Tx, account: int, since: int) -> list[Payment]:
    """Payments of an account to other rings that came back unpaid since then, newest first; not what was taken back."""
    sql = (
        f"SELECT {_COLUMNS} FROM payment WHERE id IN (SELECT payment_id FROM order_out WHERE account = ?"
        " AND state IN ('released', 'expired') AND ended_at >= ?) ORDER BY created_at DESC, id DESC"
    )
    return [Payment(*row) for row in tx.execute(sql, (account, since))]


def load_ended(tx: Tx, account: int, most: int) -> list[Payment]:
    """Payments from and to an account, ordered here, that have ended or were refused, newest first."""
    sql = (
        f"SELECT {_COLUMNS} FROM payment WHERE ?1 IN (payer_account, payee_account) AND id NOT IN {_UNDER_WAY}"
        " ORDER BY created_at DESC, id DESC LIMIT ?2"
    )
    return [Payment(*row) for row in tx.execute(sql, (account, most))]


def load_given_back(tx: Tx, account: int) -> dict[bytes, int]:
    """What went back to other rings from an account: their payment -> seconds."""
    sql = (
        "SELECT o.refund_of, sum(o.amount_seconds) FROM payment p JOIN order_out o ON o.payment_id = p.id"
        " WHERE p.payer_account = ? AND o.purpose = 'refund' AND o.state = 'posted' GROUP BY 1"
    )
    return dict(tx.execute(sql, (account,)))


def load_under_way_with(tx: Tx, peer: int, most: int) -> list[Payment]:
    """Payments to another ring that nobody has decided yet, the oldest first."""
    sql = (
        f"SELECT {_COLUMNS} FROM payment WHERE id IN (SELECT payment_id FROM order_out"
        " WHERE peer = ? AND state IN ('queued', 'held', 'in_doubt')) ORDER BY created_at, id LIMIT ?"
    )
    return [Payment(*row) for row in tx.execute(sql, (peer, most))]


def load_received(tx: Tx, transfer_id: bytes) -> tuple[str, str] | None:
    """(payer's address, memo) of a booking that another ring's order made, or None."""
    row = tx.row("SELECT payer, memo FROM order_in WHERE transfer_id = ?", (transfer_id,))
    return (row[0], row[1]) if row else None


def load_neighbour(tx: Tx, clearing_account: int) -> str | None:
    """The address of the ring whose line has this account, also once the line was given up; None for any other."""
    row = tx.row("SELECT address FROM peer WHERE clearing_account = ?", (clearing_account,))
    return row[0].partition("~")[0] if row else None


def insert_reversal_reason(tx: Tx, transfer_id: bytes, reason: str) -> None:
    """Why something was booked back."""
    tx.change("INSERT INTO reversal_reason VALUES (?,?)", (transfer_id, reason))


def load_reversal_reason(tx: Tx, transfer_id: bytes) -> str | None:
    """Why something was booked back, where anybody said so."""
    row = tx.row("SELECT reason FROM reversal_reason WHERE transfer_id = ?", (transfer_id,))
    return str(row[0]) if row else None


def each_unlike_booking(tx: Tx) -> Iterator[bytes]:
    """The bookings of payments inside the ring that are missing, or that say something else than the payment.

    What gives a payment back is booked under the number of the payment that it gives back.
    """
    rows = tx.execute(
        "SELECT p.transfer_id FROM payment p LEFT JOIN transfer t ON t.id = p.transfer_id"
        " WHERE p.transfer_id IS NOT NULL AND ((t.debit_account, t.credit_account, t.amount_seconds)"
        " IS NOT (p.payer_account, p.payee_account, p.amount_seconds)"
        " OR (t.reverses IS NULL AND t.payment_id IS NOT p.id))"
    )
    return (transfer_id for (transfer_id,) in rows)
