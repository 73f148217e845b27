# SPDX-License-Identifier: AGPL-3.0-or-later
"""Invoices in SQL: `invoice_written` by our members, `invoice_asked` of our members by other rings."""

from __future__ import annotations

from typing import NamedTuple

from ringtausch_node.payments.invoice_model import Place
from ringtausch_node.store import Tx


class Written(NamedTuple):
    """A row of `invoice_written`. `peer` and `hash` where the payer is in another ring."""

    id: bytes
    content: bytes
    payee: str
    payer: str | None
    peer: int | None
    hash: str | None
    amount_seconds: int
    memo: str
    actor: str
    created_at: int
    expires_at: int
    state: str = "open"
    code: str | None = None
    ended_at: int | None = None
    reminded_at: int | None = None
    payment_id: bytes | None = None
    ended_by: str | None = None


class Asked(NamedTuple):
    """A row of `invoice_asked`; `payer` is a handle here, `payee` a full address."""

    peer: int
    id: bytes
    payer: str
    payee: str
    hash: str
    envelope: bytes
    amount_seconds: int
    memo: str
    received_at: int
    expires_at: int
    state: str = "open"
    code: str | None = None
    ended_at: int | None = None
    reminded_at: int | None = None
    payment_id: bytes | None = None
    ended_by: str | None = None


def place_of(invoice: Written | Asked) -> Place:
    """Where an invoice stands in lists."""
    return Place(invoice.created_at if isinstance(invoice, Written) else invoice.received_at, invoice.id)


_WRITTEN = ", ".join(Written._fields)
_ASKED = ", ".join(Asked._fields)
#: So many behind a place, newest first.
_PAGE = " AND (created_at, id) < (?, ?) ORDER BY created_at DESC, id DESC LIMIT ?"
_PAGE_ASKED = _PAGE.replace("created_at", "received_at")
#: A written invoice that can still be paid: its promise to another ring is not used up.
_UNPAID = "state = 'open' AND NOT EXISTS (SELECT 1 FROM invoice i WHERE i.hash = w.hash AND i.paid_by IS NOT NULL)"


def insert_written(tx: Tx, invoice: Written) -> None:
    """A new invoice of a member."""
    tx.change(f"INSERT INTO invoice_written ({_WRITTEN}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", tuple(invoice))


def insert_asked(tx: Tx, invoice: Asked) -> None:
    """A new request of another ring."""
    tx.change(f"INSERT INTO invoice_asked ({_ASKED}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", tuple(invoice))


def load_written(tx: Tx, invoice_id: bytes) -> Written | None:
    """An invoice of a member, or None."""
    row = tx.row(f"SELECT {_WRITTEN} FROM invoice_written WHERE id = ?", (invoice_id,))
    return Written(*row) if row else None


def load_asked(tx: Tx, invoice_id: bytes) -> Asked | None:
    """A request of another ring, or None."""
    row = tx.row(f"SELECT {_ASKED} FROM invoice_asked WHERE id = ?", (invoice_id,))
    return Asked(*row) if row else None


def save_written(tx: Tx, invoice: Written) -> None:
    """Write back what changes in the life of an invoice."""
    tx.change(
        "UPDATE invoice_written SET payer = ?, state = ?, code = ?, ended_at = ?, reminded_at = ?, payment_id = ?,"
        " ended_by = ? WHERE id = ?",
        (invoice.payer, *invoice[11:], invoice.id),
    )


def save_asked(tx: Tx, invoice: Asked) -> None:
    """Write back what changes in the life of a request."""
    tx.change(
        "UPDATE invoice_asked SET state = ?, code = ?, ended_at = ?, reminded_at = ?, payment_id = ?, ended_by = ?"
        " WHERE id = ?",
        (*invoice[10:], invoice.id),
    )


def list_written(tx: Tx, payee: str | None, before: Place, count: int) -> list[Written]:
    """Invoices of a member, or of all: the newest so many before a place."""
    sql = f"SELECT {_WRITTEN} FROM invoice_written WHERE (? IS NULL OR payee = ?){_PAGE}"
    rows = tx.execute(sql, (payee, payee, *before, count))
    return [Written(*row) for row in rows]


def list_written_to(tx: Tx, payer: str, before: Place, count: int) -> list[Written]:
    """Invoices inside the ring that name a member as the payer: as `list_written`."""
    sql = f"SELECT {_WRITTEN} FROM invoice_written WHERE payer = ?{_PAGE}"
    return [Written(*row) for row in tx.execute(sql, (payer, *before, count))]


def list_asked(tx: Tx, payer: str | None, before: Place, count: int) -> list[Asked]:
    """Requests to a member, or to all: as `list_written`."""
    sql = f"SELECT {_ASKED} FROM invoice_asked WHERE (? IS NULL OR payer = ?){_PAGE_ASKED}"
    rows = tx.execute(sql, (payer, payer, *before, count))
    return [Asked(*row) for row in rows]


def load_open_of(tx: Tx, payee: str, now: int) -> list[Written]:
    """The invoices of a member that can still be paid."""
    sql = f"SELECT {_WRITTEN} FROM invoice_written w WHERE payee = ? AND expires_at >= ? AND {_UNPAID} ORDER BY id"
    return [Written(*row) for row in tx.execute(sql, (payee, now))]


def load_open_written_to(tx: Tx, payer: str, now: int) -> list[Written]:
    """The invoices inside the ring that a member should still pay."""
    sql = f"SELECT {_WRITTEN} FROM invoice_written WHERE payer = ? AND state = 'open' AND expires_at >= ? ORDER BY id"
    return [Written(*row) for row in tx.execute(sql, (payer, now))]


def load_open_to(tx: Tx, payer: str, now: int) -> list[Asked]:
    """The requests to a member that are not answered."""
    sql = f"SELECT {_ASKED} FROM invoice_asked WHERE payer = ? AND state = 'open' AND expires_at >= ? ORDER BY id"
    return [Asked(*row) for row in tx.execute(sql, (payer, now))]


def load_payment_of(tx: Tx, order_hash: str) -> bytes | None:
    """The payment whose order paid an invoice."""
    row = tx.row("SELECT payment_id FROM order_in WHERE order_hash = ?", (order_hash,))
    return row[0] if row else None
