# SPDX-License-Identifier: AGPL-3.0-or-later
"""What happened since the last round, and who wants to hear of it, in SQL."""

from __future__ import annotations

from typing import NamedTuple

from ringtausch_node.store import Tx


class Letterbox(NamedTuple):
    """Somebody who gets mail. The last two: which mails they want."""

    handle: str
    name: str
    email: str
    payments: int
    invoices: int


class Bill(NamedTuple):
    """An open invoice to a member of this ring."""

    id: bytes
    payer: str
    payee: str
    amount_seconds: int
    asked_at: int
    is_local: int


class Refusal(NamedTuple):
    """A payment of a member to another ring that came to nothing."""

    id: bytes
    account: int
    payee: str
    amount_seconds: int


_BILL = (
    "SELECT id, payer, payee, amount_seconds, asked_at, is_local FROM ("
    "SELECT id, payer, payee, amount_seconds, created_at AS asked_at, 1 AS is_local, expires_at FROM invoice_written"
    " WHERE payer IS NOT NULL AND peer IS NULL AND state = 'open' UNION ALL"
    " SELECT id, payer, payee, amount_seconds, received_at, 0, expires_at FROM invoice_asked"
    " WHERE state = 'open' AND payment_id IS NULL) AS bill"
    " WHERE expires_at >= :now AND asked_at BETWEEN :since AND :until"
)
_BOXES = (
    "SELECT m.handle, m.name, c.email, coalesce(x.payments, 1), coalesce(x.invoices, 1) FROM member m"
    " JOIN contact c ON c.member_id = m.id LEFT JOIN mail_choice x ON x.member_id = m.id"
)
_PRESENT = "m.state <> 'left' ORDER BY m.handle"


def load_mark(tx: Tx) -> int | None:
    """The newest entry of the books that was looked at, or None before the first round."""
    row = tx.row("SELECT entry_id FROM told_mark")
    return row[0] if row else None


def set_mark(tx: Tx, entry_id: int) -> None:
    """The books were looked at as far as this entry."""
    tx.change("INSERT INTO told_mark VALUES (1, ?1) ON CONFLICT (one) DO UPDATE SET entry_id = ?1", (entry_id,))


def load_bills(tx: Tx, kind: str, now: int, since: int, until: int) -> list[Bill]:
    """Open invoices asked in a time, of whose `kind` nobody was told yet."""
    rows = tx.execute(
        _BILL + " AND NOT EXISTS (SELECT 1 FROM told t WHERE t.kind = :kind AND t.id = bill.id) ORDER BY asked_at, id",
        {"kind": kind, "now": now, "since": since, "until": until},
    )
    return [Bill(*row) for row in rows]


def load_accepted(tx: Tx, now: int, until: int, most: int) -> list[Bill]:
    """Open invoices inside the ring that were asked so long ago that they count as accepted, the oldest first."""
    rows = tx.execute(
        _BILL + " AND is_local = 1 ORDER BY asked_at, id LIMIT :most",
        {"now": now, "since": 0, "until": until, "most": most},
    )
    return [Bill(*row) for row in rows]


def load_refusals(tx: Tx, since: int) -> list[Refusal]:
    """Payments to other rings that ended since then without being paid, not by the member's own wish, and not told."""
    rows = tx.execute(
        "SELECT p.id, p.payer_account, p.payee, p.amount_seconds FROM order_out o JOIN payment p ON p.id = o.payment_id"
        " WHERE o.state IN ('released', 'expired') AND o.ended_at >= ? AND o.code IS NOT 'cancelled'"
        " AND NOT EXISTS (SELECT 1 FROM told t WHERE t.kind = 'refused' AND t.id = p.id) ORDER BY o.ended_at, p.id",
        (since,),
    )
    return [Refusal(*row) for row in rows]


def insert_told(tx: Tx, kind: str, thing: bytes, at: int) -> None:
    """Somebody was told, or nobody was there to be told."""
    tx.change("INSERT INTO told VALUES (?,?,?) ON CONFLICT DO NOTHING", (kind, thing, at))


def load_operators(tx: Tx) -> list[Letterbox]:
    """All operators who get mail: what concerns the ring is not theirs to choose."""
    return [Letterbox(*row) for row in tx.execute(_BOXES + " WHERE m.role = 'operator' AND " + _PRESENT)]


def load_letterboxes(tx: Tx, account_id: int) -> list[Letterbox]:
    """Everybody on an account who gets mail."""
    rows = tx.execute(_BOXES + " WHERE m.account_id = ? AND " + _PRESENT, (account_id,))
    return [Letterbox(*row) for row in rows]
