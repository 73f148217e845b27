# SPDX-License-Identifier: AGPL-3.0-or-later
"""What opens commitments of orders, and what lies beside stored frames, in SQL."""

from __future__ import annotations

from typing import NamedTuple

from ringtausch_node.store import Tx, row_check

_ENDED_OUT = "state IN ('posted', 'released', 'cancelled', 'expired')"


class Passed(NamedTuple):
    """What a ring between knows of a payment that it carried."""

    order_hash: str
    peer_in: int
    peer_out: int
    in_seq: int | None
    out_seq: int | None
    is_erased: int


class BesideRow(NamedTuple):
    """A stored frame as its log entry, with the boxes and notes beside it."""

    entry: bytes
    boxes: bytes
    notes: bytes


_PASSED = ", ".join(Passed._fields)


def forget_out(tx: Tx, payment_id: bytes) -> bool:
    """Forget what opens an own order; False where it has not ended."""
    sql = f"UPDATE order_out SET payer_salt = NULL, memo_salt = NULL, box = NULL WHERE payment_id = ? AND {_ENDED_OUT}"
    return tx.change(sql, (payment_id,)) == 1


def is_out_to(tx: Tx, payment_id: bytes, peer: int) -> bool:
    """Whether an own order that has ended, or one of its attempts, went along the line to a peer."""
    sql = f"SELECT 1 FROM order_out WHERE payment_id = ? AND {_ENDED_OUT}"
    return tx.row(sql, (payment_id,)) is not None and peer in {each for each, _, _ in places_out(tx, payment_id)}


def load_credited(tx: Tx, account: int) -> list[tuple[str, int, str, bytes]]:
    """(order hash, peer, payer's ring, payment) of everything that other rings paid to an account."""
    sql = "SELECT order_hash, peer, payer_ring, payment_id FROM order_in WHERE account = ? AND state = 'posted'"
    return list(tx.execute(sql, (account,)))


def load_refused(tx: Tx) -> list[tuple[str, int, str, bytes]]:
    """The same of all orders that were refused here."""
    return list(tx.execute("SELECT order_hash, peer, payer_ring, payment_id FROM order_in WHERE state = 'released'"))


def load_in_from(tx: Tx, peer: int, payment_id: bytes) -> list[tuple[str, str]]:
    """(order hash, payer's ring) of decided orders of a payment that came along the line to a peer."""
    sql = (
        "SELECT o.order_hash, o.payer_ring FROM (SELECT ring_id FROM peer UNION SELECT ring_id FROM stranger_card) p"
        " JOIN order_in o ON o.payer_ring = p.ring_id AND o.payment_id = ?1"
        " WHERE o.peer = ?2 AND o.state <> 'waiting'"
    )
    return list(tx.execute(sql, (payment_id, peer)))


def forget_in(tx: Tx, order_hash: str) -> None:
    """Forget who paid, what for, and what opens both."""
    tx.change(
        "UPDATE order_in SET payer = NULL, memo = NULL, payer_salt = NULL, memo_salt = NULL WHERE order_hash = ?",
        (order_hash,),
    )


def load_carried(tx: Tx, payment_id: str) -> list[Passed]:
    """Orders of a payment that passed through this ring and have ended, whoever made up its id."""
    sql = (
        f"SELECT {_PASSED} FROM order_between WHERE json_extract(CAST(signed AS TEXT), '$.item.payment_id') = ?"
        " AND state IN ('posted', 'released')"
    )
    return [Passed(*row) for row in tx.execute(sql, (payment_id,))]


def note_passed_on(tx: Tx, order_hash: str) -> None:
    """The next ring was asked; it is not asked twice."""
    tx.change("UPDATE order_between SET is_erased = 1 WHERE order_hash = ?", (order_hash,))


def load_epochs(tx: Tx, peer: int) -> list[str]:
    """Every epoch that a line ever had: a frame's number alone does not say in which it stands."""
    sql = "SELECT epoch FROM epoch WHERE peer = ?1 UNION SELECT epoch FROM peer WHERE id = ?1"
    return [row[0] for row in tx.execute(sql, (peer,))]


def places_out(tx: Tx, payment_id: bytes) -> list[tuple[int, str, int]]:
    """(peer, epoch, seq) where an own order may stand, in each of its attempts."""
    sql = (
        "SELECT peer, seq FROM order_out WHERE payment_id = ?1 AND seq IS NOT NULL"
        " UNION SELECT peer, seq FROM order_tried WHERE payment_id = ?1"
    )
    return [(peer, epoch, seq) for peer, seq in tx.execute(sql, (payment_id,)) for epoch in load_epochs(tx, peer)]


def places_in(tx: Tx, order_hash: str) -> list[tuple[str, int]]:
    """(epoch, seq) where a peer's order may stand."""
    peer, seq = tx.one("SELECT peer, seq FROM order_in WHERE order_hash = ?", (order_hash,))
    return [(epoch, int(seq)) for epoch in load_epochs(tx, int(peer))]


def load_beside(tx: Tx, peer: int, direction: int, epoch: str, seq: int) -> BesideRow | None:
    """A stored frame, or None."""
    row = tx.row(
        "SELECT l.entry, f.boxes, coalesce(n.notes, x'') FROM frame f JOIN leaf l ON l.idx = f.leaf"
        " LEFT JOIN note_to_self n ON (n.peer, n.direction, n.epoch, n.seq) = (f.peer, f.direction, f.epoch, f.seq)"
        " WHERE (f.peer, f.direction, f.epoch, f.seq) = (?,?,?,?)",
        (peer, direction, epoch, seq),
    )
    return BesideRow(*row) if row else None


def save_beside(tx: Tx, peer: int, direction: int, epoch: str, seq: int, boxes: bytes, notes: bytes) -> None:
    """What is left beside a stored frame."""
    key = (peer, direction, epoch, seq)
    *row, _boxes, _check = tx.one("SELECT * FROM frame WHERE (peer, direction, epoch, seq) = (?,?,?,?)", key)
    sql = "UPDATE frame SET boxes = ?, row_check = ? WHERE (peer, direction, epoch, seq) = (?,?,?,?)"
    tx.change(sql, (boxes, row_check(*row, boxes), *key))
    if notes:
        sql = "UPDATE note_to_self SET notes = ? WHERE (peer, direction, epoch, seq) = (?,?,?,?)"
        tx.change(sql, (notes, *key))
    else:
        tx.change("DELETE FROM note_to_self WHERE (peer, direction, epoch, seq) = (?,?,?,?)", key)


def want_wiping(tx: Tx) -> None:
    """Something was erased: the file is to be written anew, so that no page keeps it."""
    tx.change("INSERT INTO wiping VALUES (1) ON CONFLICT DO NOTHING")
