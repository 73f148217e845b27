# SPDX-License-Identifier: AGPL-3.0-or-later
"""Orders in SQL: `order_out` at the payer's place, `order_in` at the payee's."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from ringtausch_node.federation.line.model import OrderIn, OrderOut
from ringtausch_node.store import Tx
from ringtausch_protocol import limits


class Credited(NamedTuple):
    """A payment of another ring that was credited here, with what its box told: payer (full address) and memo."""

    payment_id: bytes
    payer_ring: str
    peer: int
    account: int
    amount_seconds: int
    payer: str | None
    memo: str | None
    decided_at: int


#: How an order stands that was signed and whose end is not known.
UNDECIDED = ("held", "in_doubt")
_CREDITED = ", ".join(f"o.{name}" for name in Credited._fields)
_OUT = ", ".join(OrderOut._fields)
_IN = ", ".join(OrderIn._fields)


def insert_out(tx: Tx, order: OrderOut) -> None:
    """A new order of a member, queued."""
    tx.change(
        "INSERT INTO order_out (payment_id, peer, state, purpose, amount_seconds, account, hold_id, created_at,"
        " deadline_at, invoice_hash, refund_of, payer_commit, memo_commit, box, payer_salt, memo_salt, path, attempt)"
        " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        (*order[:14], order.payer_salt, order.memo_salt, order.path, order.attempt),
    )


def load_out(tx: Tx, payment_id: bytes) -> OrderOut | None:
    """An own order by its payment."""
    row = tx.row(f"SELECT {_OUT} FROM order_out WHERE payment_id = ?", (payment_id,))
    return OrderOut(*row) if row else None


def load_out_by_hash(tx: Tx, order_hash: str) -> OrderOut | None:
    """An own order by the hash of its item, once signed."""
    row = tx.row(f"SELECT {_OUT} FROM order_out WHERE order_hash = ?", (order_hash,))
    return OrderOut(*row) if row else None


def load_queued(tx: Tx, peer: int, count: int, frozen: Collection[int] = ()) -> list[OrderOut]:
    """The oldest unsigned orders of a line; those of frozen accounts are passed over, however many there are."""
    if frozen:
        rows = tx.execute(
            f"SELECT {_OUT} FROM order_out WHERE peer = ? AND state = 'queued'"
            " AND coalesce(account, 0) NOT IN (SELECT value FROM json_each(?))"
            " ORDER BY created_at, payment_id LIMIT ?",
            (peer, str(sorted(frozen)), count),
        )
    else:
        rows = tx.execute(
            f"SELECT {_OUT} FROM order_out WHERE peer = ? AND state = 'queued' ORDER BY created_at, payment_id LIMIT ?",
            (peer, count),
        )
    return [OrderOut(*row) for row in rows]


def load_again(tx: Tx, peer: int) -> list[OrderOut]:
    """Signed orders that go on in a new epoch and have not been sent in it yet."""
    rows = tx.execute(
        f"SELECT {_OUT} FROM order_out WHERE peer = ? AND send_again = 1 AND state IN ('held', 'in_doubt')"
        " ORDER BY created_at, payment_id",
        (peer,),
    )
    return [OrderOut(*row) for row in rows]


def load_queued_probes(tx: Tx, peer: int) -> list[OrderOut]:
    """The unsigned probe of a line, if there is one."""
    rows = tx.execute(
        f"SELECT {_OUT} FROM order_out WHERE peer = ? AND purpose = 'probe' AND state = 'queued' LIMIT 1", (peer,)
    )
    return [OrderOut(*row) for row in rows]


def load_late(tx: Tx, before: int) -> list[OrderOut]:
    """Unsigned orders whose deadline is too near to be signed any more."""
    rows = tx.execute(f"SELECT {_OUT} FROM order_out WHERE state = 'queued' AND deadline_at < ? LIMIT 500", (before,))
    return [OrderOut(*row) for row in rows]


def begin_now(tx: Tx, now: int) -> None:
    """The time of unsigned orders begins now where the clock that made them ran ahead, by more than rings' clocks may.

    They would hold a member's hours until the clock was there again, and be refused as `deadline_too_long` if signed.
    """
    tx.execute(
        "UPDATE order_out SET deadline_at = deadline_at - created_at + ?1, created_at = ?1"
        " WHERE state = 'queued' AND created_at > ?2",
        (now, now + limits.CLOCK_SLACK_SECONDS),
    )


def load_undecided(tx: Tx, before: int) -> list[OrderOut]:
    """Signed payments of members whose deadline lies before `before` and that nobody has decided."""
    rows = tx.execute(
        f"SELECT {_OUT} FROM order_out WHERE state = 'held' AND purpose NOT IN ('netting', 'assignment', 'probe')"
        " AND deadline_at < ? LIMIT 500",
        (before,),
    )
    return [OrderOut(*row) for row in rows]


def set_doubt(tx: Tx, payment_id: bytes, state: str, account: int, hold_id: bytes) -> None:
    """From now on another account bears the payment."""
    tx.change(
        "UPDATE order_out SET state = ?, account = ?, hold_id = ? WHERE payment_id = ?",
        (state, account, hold_id, payment_id),
    )


def load_doubts(tx: Tx, account: int) -> list[tuple[bytes, str, int, int]]:
    """Payments that the doubt account bears: (id, state, seconds, deadline), undecided or paid and not settled yet."""
    return list(
        tx.execute(
            "SELECT payment_id, state, amount_seconds, deadline_at FROM order_out WHERE account = ?1"
            " AND (state = 'in_doubt' OR state = 'posted' AND payment_id NOT IN ("
            "  SELECT t.payment_id FROM entry e JOIN transfer t ON t.number = e.transfer_number"
            "  WHERE e.account_id = ?1 AND t.kind = 'doubt')) ORDER BY deadline_at, payment_id",
            (account,),
        )
    )


def load_bearer(tx: Tx, doubt_account: int, payment_id: bytes) -> int | None:
    """The account to which the office booked a payment that had been in doubt, or None."""
    row = tx.row(
        "SELECT t.debit_account FROM entry e JOIN transfer t ON t.number = e.transfer_number"
        " WHERE e.account_id = ? AND t.kind = 'doubt' AND t.payment_id = ?",
        (doubt_account, payment_id),
    )
    return None if row is None else int(row[0])


def count_open(tx: Tx, account: int) -> int:
    """How many orders of one account are signed and undecided."""
    row = tx.one("SELECT count(*) FROM order_out WHERE state IN ('held', 'in_doubt') AND account = ?", (account,))
    return int(row[0])


def set_held(tx: Tx, rows: list[tuple[int, str, int, int, bytes]]) -> None:
    """Orders that were just signed: (created_at, order_hash, seq, idx, payment_id) each."""
    tx.executemany(
        "UPDATE order_out SET state = CASE state WHEN 'in_doubt' THEN state ELSE 'held' END, created_at = ?,"
        " order_hash = ?, seq = ?, idx = ?, send_again = 0 WHERE payment_id = ?",
        rows,
    )


def end_out(tx: Tx, payment_id: bytes, state: str, code: str | None, transfer_id: bytes | None, at: int) -> None:
    """An own order reaches a final state; its sealed box is no longer needed."""
    tx.change(
        "UPDATE order_out SET state = ?, code = ?, transfer_id = ?, ended_at = ?, box = NULL WHERE payment_id = ?",
        (state, code, transfer_id, at, payment_id),
    )


def ask_cancel(tx: Tx, payment_id: bytes) -> None:
    """Remember that the member asked for a cancel, so that it is sent once."""
    tx.change("UPDATE order_out SET cancel_asked = 1 WHERE payment_id = ?", (payment_id,))


def insert_in(tx: Tx, order: OrderIn, payer: str | None, memo: str | None, salts: tuple[bytes, bytes] | None) -> None:
    """An order that we have decided, with what its box told us."""
    payer_salt, memo_salt = salts or (None, None)
    tx.change(
        "INSERT INTO order_in (order_hash, payer_ring, payment_id, peer, state, purpose, amount_seconds, account, seq,"
        " idx, code, content, transfer_id, decided_at, refund_of, place, payer, memo, payer_salt, memo_salt)"
        " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        (*order, payer, memo, payer_salt, memo_salt),
    )


def load_in(tx: Tx, order_hash: str) -> OrderIn | None:
    """An order we have seen, by the hash of its item."""
    row = tx.row(f"SELECT {_IN} FROM order_in WHERE order_hash = ?", (order_hash,))
    return OrderIn(*row) if row else None


def note_answered(tx: Tx, peer: int, epoch: str, order_hash: str) -> None:
    """An order that went on in a new epoch has come again in it, and is answered there."""
    tx.change(
        "UPDATE surviving_hold SET is_answered = 1 WHERE (peer, epoch, order_hash) = (?,?,?)", (peer, epoch, order_hash)
    )


def load_paid(tx: Tx, payer_ring: str, payment_id: bytes) -> OrderIn | None:
    """The one paid order of a payment, if there is one. A payment is (path[0], payment_id)."""
    row = tx.row(
        f"SELECT {_IN} FROM order_in WHERE payer_ring = ? AND payment_id = ? AND state = 'posted'",
        (payer_ring, payment_id),
    )
    return OrderIn(*row) if row else None


def load_same_payment(tx: Tx, payer_ring: str, payment_id: bytes, count: int) -> list[OrderIn]:
    """Orders of one payment that were seen, paid or refused, `count` at most."""
    rows = tx.execute(
        f"SELECT {_IN} FROM order_in WHERE payer_ring = ? AND payment_id = ? LIMIT ?", (payer_ring, payment_id, count)
    )
    return [OrderIn(*row) for row in rows]


def load_last_probe(tx: Tx, peer: int) -> int | None:
    """When we last decided a probe of this peer."""
    row = tx.one("SELECT max(decided_at) FROM order_in WHERE peer = ? AND purpose = 'probe'", (peer,))
    return None if row[0] is None else int(row[0])


def load_refunded(tx: Tx, payment_id: bytes) -> int:
    """How many seconds of one of our payments have been given back."""
    row = tx.row(
        "SELECT coalesce(sum(amount_seconds), 0) FROM order_in WHERE refund_of = ? AND state = 'posted'", (payment_id,)
    )
    return int(row[0]) if row else 0


def payee_ring(tx: Tx, order: OrderOut) -> str:
    """Which ring decides an order of ours."""
    if order.path is not None:
        return order.path.rpartition(" ")[2]
    return str(tx.one("SELECT ring_id FROM peer WHERE id = ?", (order.peer,))[0])


def load_credited(tx: Tx, payment_id: bytes) -> list[Credited]:
    """What peers paid to members under this id: each peer chooses its own ids, so there may be several."""
    rows = tx.execute(
        f"SELECT {_CREDITED} FROM (SELECT ring_id FROM peer UNION SELECT ring_id FROM stranger_card) p"
        " JOIN order_in o ON o.payer_ring = p.ring_id WHERE o.payment_id = ?"
        " AND o.state = 'posted' AND o.account IS NOT NULL ORDER BY o.peer, o.payer_ring",
        (payment_id,),
    )
    return [Credited(*row) for row in rows]


def load_credited_to(tx: Tx, account: int, most: int) -> list[Credited]:
    """What other rings paid to an account, newest first."""
    sql = (
        f"SELECT {_CREDITED} FROM order_in o WHERE o.account = ? AND o.state = 'posted'"
        " ORDER BY o.decided_at DESC, o.order_hash LIMIT ?"
    )
    return [Credited(*row) for row in tx.execute(sql, (account, most))]


def load_invoice(tx: Tx, invoice_hash: str) -> tuple[int, int, int, str | None] | None:
    """(account, amount_seconds, expires_at, paid_by) of one of our invoices, or None."""
    row = tx.row("SELECT account, amount_seconds, expires_at, paid_by FROM invoice WHERE hash = ?", (invoice_hash,))
    return (row[0], row[1], row[2], row[3]) if row else None


def pay_invoice(tx: Tx, invoice_hash: str, order_hash: str) -> None:
    """An invoice is used up by *paid*, and only by it."""
    tx.change("UPDATE invoice SET paid_by = ? WHERE hash = ?", (order_hash, invoice_hash))


def drop_invoices(tx: Tx, peer: int, now: int) -> None:
    """Forget what a peer asked for, did not pay, and cannot pay any more."""
    tx.change("DELETE FROM invoice WHERE peer = ? AND paid_by IS NULL AND expires_at < ?", (peer, now))


def drop_invoice(tx: Tx, invoice_hash: str) -> None:
    """Take a promise back, unless it was paid."""
    tx.change("DELETE FROM invoice WHERE hash = ? AND paid_by IS NULL", (invoice_hash,))


def count_invoices(tx: Tx, peer: int) -> int:
    """How many unpaid invoices a peer has."""
    return int(tx.one("SELECT count(*) FROM invoice WHERE peer = ? AND paid_by IS NULL", (peer,))[0])


def insert_invoice(
    tx: Tx, invoice_hash: str, envelope: bytes, account: int, amount_seconds: int, expires_at: int, salt: bytes,
    peer: int | None,
) -> None:  # fmt: skip
    """A promise of ours to accept one amount once; `peer`: who asked for it, None where a member of ours wrote it."""
    tx.change(
        "INSERT INTO invoice (hash, envelope, account, amount_seconds, expires_at, salt, peer) VALUES (?,?,?,?,?,?,?)",
        (invoice_hash, envelope, account, amount_seconds, expires_at, salt, peer),
    )
