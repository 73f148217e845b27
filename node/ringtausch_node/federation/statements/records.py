# SPDX-License-Identifier: AGPL-3.0-or-later
"""Statements in SQL, and the rows from which their figures are made."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

from ringtausch_node.federation.line.model import IN, OUT
from ringtausch_node.store import Tx
from ringtausch_protocol import canonical, envelope, frames, limits
from ringtausch_protocol.documents import OpenHold
from ringtausch_protocol.frames import Header

#: open: no answer yet; signed: by both; differs: the two do not say the same.
StatementState: TypeAlias = Literal["open", "signed", "differs"]


class StatementRow(NamedTuple):
    """A row of `statement`: at which cut, how it stands, and what each side has signed."""

    peer: int
    epoch: str
    own_seq: int
    peer_seq: int
    state: StatementState
    is_final: int
    ours: bytes | None
    theirs: bytes | None
    at: int


_STATEMENT = ", ".join(StatementRow._fields)


def save(tx: Tx, row: StatementRow) -> None:
    """Keep a statement, or what became of it. One that was never answered gives way to the next."""
    tx.change(
        "DELETE FROM statement WHERE peer = ? AND state = 'open' AND (epoch, own_seq, peer_seq) <> (?,?,?)",
        (row.peer, row.epoch, row.own_seq, row.peer_seq),
    )
    tx.change(
        f"INSERT INTO statement ({_STATEMENT}) VALUES (?,?,?,?,?,?,?,?,?) ON CONFLICT (peer, epoch, own_seq, peer_seq)"
        " DO UPDATE SET state = excluded.state, ours = excluded.ours, theirs = excluded.theirs, at = excluded.at",
        tuple(row),
    )


def load_newest(tx: Tx, peer: int, count: int) -> list[StatementRow]:
    """The newest statements of a line, newest first, of whatever epoch."""
    rows = tx.execute(f"SELECT {_STATEMENT} FROM statement WHERE peer = ? ORDER BY id DESC LIMIT ?", (peer, count))
    return [StatementRow(*row) for row in rows]


def load_of_epoch(tx: Tx, peer: int, epoch: str) -> list[StatementRow]:
    """All statements of one epoch of a line, oldest first: one a day at most."""
    rows = tx.execute(f"SELECT {_STATEMENT} FROM statement WHERE (peer, epoch) = (?,?) ORDER BY id", (peer, epoch))
    return [StatementRow(*row) for row in rows]


def count_of_no_epoch(tx: Tx, peer: int) -> int:
    """How many statements name an epoch that their line never had."""
    row = tx.one(
        "SELECT count(*) FROM statement s JOIN peer p ON p.id = s.peer WHERE s.peer = ?1 AND s.epoch <> p.epoch"
        " AND NOT EXISTS (SELECT 1 FROM epoch e WHERE (e.peer, e.epoch) = (s.peer, s.epoch))",
        (peer,),
    )
    return int(row[0])


def load_begun(tx: Tx, peer: int, epoch: str) -> int:
    """When the present epoch of a line began."""
    row = tx.one(
        "SELECT coalesce((SELECT began_at FROM epoch WHERE (peer, epoch) = (?1, ?2)), created_at) FROM peer"
        " WHERE id = ?1",
        (peer, epoch),
    )
    return int(row[0])


def has_beside(tx: Tx, last: StatementRow) -> bool:
    """Whether something else stands in the frame of the answer to our signed statement, which itself stands alone."""
    header = load_header(tx, last.peer, IN, last.epoch, last.peer_seq + 1)
    return header is not None and header.count > 1


def load_header(tx: Tx, peer: int, direction: int, epoch: str, seq: int) -> Header | None:
    """The header of one stored frame; it was verified when it was stored."""
    row = tx.row(
        "SELECT l.entry FROM frame f JOIN leaf l ON l.idx = f.leaf"
        " WHERE f.peer = ? AND f.direction = ? AND f.epoch = ? AND f.seq = ?",
        (peer, direction, epoch, seq),
    )
    if row is None:
        return None
    signed, _ = frames.frame_of_entry(row[0])
    return canonical.parse(envelope.parse_envelope(signed).body(), Header, limits.DOCUMENT_BYTES)


def load_own_items(tx: Tx, peer: int, epoch: str, after_seq: int) -> list[bytes]:
    """The items of our own frames above a place; the caller bounds how many frames those are."""
    rows = tx.execute(
        "SELECT l.entry FROM frame f JOIN leaf l ON l.idx = f.leaf"
        " WHERE f.peer = ? AND f.direction = ? AND f.epoch = ? AND f.seq > ? ORDER BY f.seq",
        (peer, OUT, epoch, after_seq),
    )
    return [item for row in rows for item in frames.frame_of_entry(row[0])[1]]


def load_own_open(tx: Tx, peer: int, own_seq: int) -> list[OpenHold]:
    """What we ordered or passed on up to a frame of the present epoch and nobody has ended; probes hold nothing."""
    rows = tx.execute(
        "SELECT order_hash, amount_seconds FROM order_out WHERE peer = ?1 AND state IN ('held', 'in_doubt')"
        " AND purpose <> 'probe' AND send_again = 0 AND seq <= ?2 UNION ALL"
        " SELECT order_hash, amount_seconds FROM order_between WHERE peer_out = ?1 AND state = 'held'"
        " AND out_seq BETWEEN 1 AND ?2",
        (peer, own_seq),
    )
    return [OpenHold(order_hash=row[0], amount_seconds=row[1]) for row in rows]


def load_carried_open(tx: Tx, peer: int, peer_seq: int) -> list[OpenHold]:
    """The peer's orders up to a frame of its chain that pass through here and have not ended."""
    rows = tx.execute(
        "SELECT order_hash, amount_seconds FROM order_between WHERE peer_in = ? AND state IN ('waiting', 'held')"
        " AND in_seq BETWEEN 1 AND ?",
        (peer, peer_seq),
    )
    return [OpenHold(order_hash=row[0], amount_seconds=row[1]) for row in rows]


def is_surviving(tx: Tx, peer: int, epoch: str, order_hash: str) -> bool:
    """Whether an order went on when this epoch began."""
    sql = "SELECT 1 FROM surviving_hold WHERE (peer, epoch, order_hash) = (?,?,?)"
    return tx.row(sql, (peer, epoch, order_hash)) is not None


def load_paid_before_seconds(tx: Tx, peer: int, epoch: str) -> int:
    """What we paid before an epoch began of orders that went on in it; it counts when it stands in a frame of it."""
    row = tx.one(
        "SELECT coalesce(sum(coalesce(o.amount_seconds, b.amount_seconds)), 0) FROM surviving_hold s"
        " LEFT JOIN order_in o ON o.order_hash = s.order_hash LEFT JOIN order_between b ON b.order_hash = s.order_hash"
        " WHERE s.peer = ? AND s.epoch = ? AND s.was_paid = 1",
        (peer, epoch),
    )
    return int(row[0])


def load_unanswered_seconds(tx: Tx, peer: int, epoch: str) -> int:
    """What we paid before this epoch began of orders that have not come again in it: in our book, in no frame of it."""
    row = tx.one(
        "SELECT coalesce(sum(coalesce(o.amount_seconds, b.amount_seconds)), 0) FROM surviving_hold s"
        " LEFT JOIN order_in o ON o.order_hash = s.order_hash LEFT JOIN order_between b ON b.order_hash = s.order_hash"
        " WHERE s.peer = ? AND s.epoch = ? AND s.was_paid = 1 AND s.is_answered = 0",
        (peer, epoch),
    )
    return int(row[0])
