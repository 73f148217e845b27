# SPDX-License-Identifier: AGPL-3.0-or-later
"""Attempts of our own payments, in SQL: those that were released, and the next one."""

from __future__ import annotations

from typing import NamedTuple

from ringtausch_node.federation.line.model import OrderOut
from ringtausch_node.store import Tx


class Tried(NamedTuple):
    """An attempt that was released before the next one: its payment, the frame in which it went, what it asked.

    `deadline_at`: None where it was not kept.
    """

    payment_id: bytes
    attempt: int
    amount_seconds: int
    seq: int
    code: str
    path: str
    deadline_at: int | None


_TRIED = ", ".join(Tried._fields)


def note_tried(tx: Tx, order: OrderOut, code: str, at: int) -> None:
    """An attempt was released and another one follows."""
    tx.change(
        "INSERT OR IGNORE INTO order_tried"
        " (order_hash, payment_id, peer, attempt, path, amount_seconds, seq, code, ended_at, deadline_at)"
        " VALUES (?,?,?,?,?,?,?,?,?,?)",
        (order.order_hash, order.payment_id, order.peer, order.attempt, order.path, order.amount_seconds, order.seq,
         code, at, order.deadline_at),
    )  # fmt: skip


def load_tried(tx: Tx, peer: int, order_hash: str) -> Tried | None:
    """A released attempt that went over a line, by its order; or None."""
    row = tx.row(f"SELECT {_TRIED} FROM order_tried WHERE order_hash = ? AND peer = ?", (order_hash, peer))
    return Tried(*row) if row else None


def load_tries(tx: Tx, payment_id: bytes) -> list[Tried]:
    """The released attempts of a payment, oldest first."""
    rows = tx.execute(f"SELECT {_TRIED} FROM order_tried WHERE payment_id = ? ORDER BY attempt", (payment_id,))
    return [Tried(*row) for row in rows]


def set_paid_late(tx: Tx, order_hash: str) -> None:
    """The last ring has signed *paid* for an attempt that had ended."""
    tx.change("UPDATE order_tried SET is_paid_late = 1 WHERE order_hash = ?", (order_hash,))


def is_paid_late(tx: Tx, payment_id: bytes) -> bool:
    """Whether that is so of any earlier attempt of a payment."""
    return tx.row("SELECT 1 FROM order_tried WHERE payment_id = ? AND is_paid_late", (payment_id,)) is not None


def queue_again(tx: Tx, payment_id: bytes, peer: int, path: str, at: int, deadline_at: int) -> None:
    """The next attempt, another way; unsigned."""
    tx.change(
        "UPDATE order_out SET state = 'queued', attempt = attempt + 1, peer = ?, path = ?, created_at = ?,"
        " deadline_at = ?, order_hash = NULL, seq = NULL, idx = NULL WHERE payment_id = ?",
        (peer, path, at, deadline_at, payment_id),
    )


def was_put_back(tx: Tx, since: int) -> bool:
    """Whether a recovery of this ring has begun since then."""
    return tx.row("SELECT 1 FROM recovery WHERE began_at >= ? LIMIT 1", (since,)) is not None
