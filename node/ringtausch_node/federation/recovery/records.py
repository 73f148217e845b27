# SPDX-License-Identifier: AGPL-3.0-or-later
"""Recoveries in SQL: when, from which peers, and what came back."""

from __future__ import annotations

from typing import NamedTuple

from ringtausch_node.federation.line.model import IN, OUT, OrderOut
from ringtausch_node.store import Tx
from ringtausch_node.store.lock_database import Mark

#: `recovery_peer.state`.
AWAITED, IN_STEP, WITHOUT = "awaited", "in_step", "without"


class RecoveryRow(NamedTuple):
    """A row of `recovery`; `copy_at`: from then on bookings inside the ring are missing."""

    id: int
    mark: bytes
    code: str
    began_at: int
    copy_at: int
    log: int
    dropped: int
    finished_at: int | None


class RecoveryPeer(NamedTuple):
    """How far a recovery is with one peer."""

    peer: int
    state: str
    reason: str | None
    frames: int


class RecoveredOrder(NamedTuple):
    """A payment that came back; `account` is whose it is if that is known, `booked` where it stands."""

    order_hash: str
    place: str
    peer: int
    amount_seconds: int
    account: int | None
    booked: int | None


class KeptFrame(NamedTuple):
    """A stored frame with all that travelled beside it."""

    seq: int
    entry: bytes
    boxes: bytes
    notes: bytes


_RECOVERY = ", ".join(RecoveryRow._fields)
_OUT = ", ".join(OrderOut._fields)
_ORDER = ", ".join(RecoveredOrder._fields)


def insert_recovery(tx: Tx, mark: Mark, began_at: int, copy_at: int, log: int, peers: list[int]) -> RecoveryRow:
    """A recovery begins, with the peers that are awaited."""
    row = tx.one(
        f"INSERT INTO recovery (mark, code, began_at, copy_at, log) VALUES (?,?,?,?,?) RETURNING {_RECOVERY}",
        (mark.id, mark.code, began_at, copy_at, log),
    )
    found = RecoveryRow(*row)
    tx.executemany("INSERT INTO recovery_peer (recovery, peer) VALUES (?,?)", [(found.id, peer) for peer in peers])
    _go_on(tx, found.id)
    return found


def _go_on(tx: Tx, recovery: int) -> None:
    """Where the recovery before is not over with every peer, what began anew in it is as old to this one."""
    tx.change(
        "UPDATE recovery_peer SET has_begun_anew = 1 WHERE recovery = ?1 AND peer IN (SELECT peer FROM recovery_peer p"
        " WHERE p.has_begun_anew AND p.recovery = (SELECT max(id) FROM recovery WHERE id < ?1)"
        " AND EXISTS (SELECT 1 FROM recovery_peer q WHERE q.recovery = p.recovery AND q.state <> ?2))",
        (recovery, IN_STEP),
    )


def load_by_mark(tx: Tx, mark: bytes) -> RecoveryRow | None:
    """The recovery that a mark began, or None."""
    row = tx.row(f"SELECT {_RECOVERY} FROM recovery WHERE mark = ?", (mark,))
    return RecoveryRow(*row) if row else None


def load_newest(tx: Tx) -> RecoveryRow | None:
    """The newest recovery, finished or not, or None."""
    row = tx.row(f"SELECT {_RECOVERY} FROM recovery ORDER BY id DESC LIMIT 1")
    return RecoveryRow(*row) if row else None


def set_log(tx: Tx, recovery: int, log: int) -> None:
    """The recovery had to begin yet another log."""
    tx.change("UPDATE recovery SET log = ? WHERE id = ?", (log, recovery))


def finish(tx: Tx, recovery: int, dropped: int, at: int) -> None:
    """The recovery is over."""
    tx.change("UPDATE recovery SET dropped = ?, finished_at = ? WHERE id = ?", (dropped, at, recovery))


def load_peers(tx: Tx, recovery: int) -> list[RecoveryPeer]:
    """How far it is with each peer."""
    rows = tx.execute(
        "SELECT peer, state, reason, frames FROM recovery_peer WHERE recovery = ? ORDER BY peer", (recovery,)
    )
    return [RecoveryPeer(*row) for row in rows]


def set_peer(tx: Tx, recovery: int, peer: int, state: str, reason: str | None = None) -> None:
    """A peer is in step again, or goes on being awaited for a reason, or is done without."""
    tx.change(
        "UPDATE recovery_peer SET state = ?, reason = ? WHERE recovery = ? AND peer = ?",
        (state, reason, recovery, peer),
    )


def note_begun_anew(tx: Tx, peer: int) -> None:
    """A line begins anew in the newest recovery, or after it."""
    tx.change(
        "UPDATE recovery_peer SET has_begun_anew = 1 WHERE peer = ? AND recovery = (SELECT max(id) FROM recovery)",
        (peer,),
    )


def has_begun_anew(tx: Tx, peer: int) -> bool:
    """Whether a line began anew since the newest recovery began: its copy was of an epoch before."""
    row = tx.row(
        "SELECT has_begun_anew FROM recovery_peer WHERE peer = ? AND recovery = (SELECT max(id) FROM recovery)",
        (peer,),
    )
    return row is not None and bool(row[0])


def went_without(tx: Tx, peer: int) -> bool:
    """Whether the newest recovery is over, and went on without a peer."""
    row = tx.row(
        "SELECT 1 FROM recovery r JOIN recovery_peer p ON p.recovery = r.id WHERE p.peer = ? AND p.state = ?"
        " AND r.finished_at IS NOT NULL AND r.id = (SELECT max(id) FROM recovery)",
        (peer, WITHOUT),
    )
    return row is not None


def is_left_out(tx: Tx, peer: int, since: int) -> bool:
    """Whether a recovery begun since then still waits for a peer, or went on without it."""
    row = tx.row(
        "SELECT 1 FROM recovery r JOIN recovery_peer p ON p.recovery = r.id"
        " WHERE p.peer = ? AND p.state <> ? AND r.began_at >= ? LIMIT 1",
        (peer, IN_STEP, since),
    )
    return row is not None


def count_frames(tx: Tx, recovery: int, peer: int, count: int) -> None:
    """So many more frames came back."""
    tx.change("UPDATE recovery_peer SET frames = frames + ? WHERE recovery = ? AND peer = ?", (count, recovery, peer))


def note_order(tx: Tx, recovery: int, order: RecoveredOrder) -> None:
    """Remember that a payment came back, once."""
    tx.change(
        "INSERT INTO recovered_order (recovery, order_hash, place, peer, amount_seconds, account, booked)"
        " VALUES (?,?,?,?,?,?,?) ON CONFLICT (recovery, order_hash) DO NOTHING",
        (recovery, *order),
    )


def load_orders(tx: Tx, recovery: int) -> list[tuple[RecoveredOrder, str]]:
    """Everything that came back, each with the state it now has."""
    rows = tx.execute(
        f"SELECT {_ORDER}, coalesce((SELECT o.state FROM order_out o WHERE o.order_hash = r.order_hash),"
        " (SELECT i.state FROM order_in i WHERE i.order_hash = r.order_hash), '')"
        " FROM (SELECT * FROM recovered_order WHERE recovery = ? ORDER BY place, order_hash) r",
        (recovery,),
    )
    return [(RecoveredOrder(*row[:6]), row[6]) for row in rows]


def load_dropped(tx: Tx, row: RecoveryRow, code: str) -> list[tuple[bytes, int | None, int]]:
    """(payment id, account, seconds) of what waited in the copy and was not made when this recovery ended."""
    rows = tx.execute(
        "SELECT payment_id, account, amount_seconds FROM order_out"
        " WHERE state = 'cancelled' AND code = ? AND ended_at = ? AND purpose NOT IN ('netting', 'assignment', 'probe')"
        " ORDER BY payment_id",
        (code, row.finished_at),
    )
    return [(found[0], found[1], found[2]) for found in rows]


def load_newest_booking(tx: Tx, until: int | None = None) -> int | None:
    """When the last booking of this copy was made; with `until`: the last one up to then."""
    row = tx.row("SELECT max(at) FROM transfer WHERE ?1 IS NULL OR at <= ?1", (until,))
    return None if row is None or row[0] is None else int(row[0])


def set_copy_at(tx: Tx, recovery: int, copy_at: int) -> None:
    """The copy turned out to be older than was thought."""
    tx.change("UPDATE recovery SET copy_at = min(copy_at, ?) WHERE id = ?", (copy_at, recovery))


def load_theirs(tx: Tx, peer: int, epoch: str, after: int, count: int) -> list[KeptFrame]:
    """Frames of the peer that we store, above `after`."""
    return _load_kept(tx, peer, IN, epoch, (after, 2**53), count)


def load_ours(tx: Tx, peer: int, epoch: str, after: int, upto: int, count: int) -> list[KeptFrame]:
    """Own frames above `after` that the peer acked: up to `upto`."""
    return _load_kept(tx, peer, OUT, epoch, (after, upto), count)


def _load_kept(tx: Tx, peer: int, direction: int, epoch: str, span: tuple[int, int], count: int) -> list[KeptFrame]:
    rows = tx.execute(
        "SELECT f.seq, l.entry, f.boxes, coalesce(n.notes, x'') FROM frame f JOIN leaf l ON l.idx = f.leaf"
        " LEFT JOIN note_to_self n ON (n.peer, n.direction, n.epoch, n.seq) = (f.peer, f.direction, f.epoch, f.seq)"
        " WHERE f.peer = ? AND f.direction = ? AND f.epoch = ? AND f.seq > ? AND f.seq <= ? ORDER BY f.seq LIMIT ?",
        (peer, direction, epoch, *span, count),
    )
    return [KeptFrame(*row) for row in rows]


def take_waiting_item(tx: Tx, peer: int, item: bytes) -> None:
    """An item that waits in the copy was sent after all: it must not be sent again."""
    tx.change(
        "DELETE FROM waiting_item WHERE id ="
        " (SELECT id FROM waiting_item WHERE peer = ? AND item = ? ORDER BY id LIMIT 1)",
        (peer, item),
    )


def hold_again(
    tx: Tx, payment_id: bytes, account: int | None, hold_id: bytes | None, salts: tuple[bytes | None, bytes | None]
) -> None:
    """An order that had ended in this copy was signed after all."""
    tx.change(
        "UPDATE order_out SET account = ?, hold_id = ?, code = NULL, ended_at = NULL,"
        " payer_salt = coalesce(payer_salt, ?), memo_salt = coalesce(memo_salt, ?) WHERE payment_id = ?",
        (account, hold_id, *salts, payment_id),
    )


def set_way(tx: Tx, payment_id: bytes, peer: int, path: str | None, attempt: int) -> None:
    """By which way an order went, as its own frame says it."""
    tx.change(
        "UPDATE order_out SET peer = ?, path = ?, attempt = ? WHERE payment_id = ?", (peer, path, attempt, payment_id)
    )


def load_undecided_in(tx: Tx) -> list[str]:
    """Orders of peers that came back without a decision of ours."""
    return [row[0] for row in tx.execute("SELECT order_hash FROM order_in WHERE state = 'waiting' ORDER BY seq, idx")]


def decide_in(
    tx: Tx, order_hash: str, state: str, code: str | None, account: int | None, transfer_id: bytes | None, at: int
) -> None:
    """The decision of an order that came back."""
    tx.change(
        "UPDATE order_in SET state = ?, code = ?, account = ?, transfer_id = ?, decided_at = ? WHERE order_hash = ?",
        (state, code, account, transfer_id, at, order_hash),
    )


def name_payer(tx: Tx, order_hash: str, payer: str, memo: str, salts: tuple[bytes, bytes]) -> None:
    """What the box of a paid order said."""
    tx.change(
        "UPDATE order_in SET payer = ?, memo = ?, payer_salt = ?, memo_salt = ? WHERE order_hash = ?",
        (payer, memo, *salts, order_hash),
    )


def load_queued_to(tx: Tx, peer: int) -> list[OrderOut]:
    """Every order to one peer that waits unsigned."""
    rows = tx.execute(f"SELECT {_OUT} FROM order_out WHERE peer = ? AND state = 'queued' ORDER BY payment_id", (peer,))
    return [OrderOut(*row) for row in rows]


def load_queued_out(tx: Tx) -> list[tuple[bytes, bytes | None]]:
    """(payment id, hold) of every order that waits unsigned."""
    rows = tx.execute("SELECT payment_id, hold_id FROM order_out WHERE state = 'queued' ORDER BY payment_id")
    return [(row[0], row[1]) for row in rows]
