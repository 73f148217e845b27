# SPDX-License-Identifier: AGPL-3.0-or-later
"""Epochs of a line and proposals to begin a new one, in SQL."""

from __future__ import annotations

from typing import NamedTuple

from ringtausch_node.federation.line.model import OUT, LineRow, OrderOut, Peer
from ringtausch_node.federation.orders import between_records as between
from ringtausch_node.store import Tx
from ringtausch_protocol import frames

_OUT = ", ".join(OrderOut._fields)


class EpochRow(NamedTuple):
    """A row of `epoch`; what stands from `own_seq` on is None while it lasts."""

    epoch: str
    number: int
    chain_hash: str
    document: bytes | None
    opening_seconds: int
    own_seq: int | None
    own_hash: str | None
    peer_seq: int | None
    peer_hash: str | None
    closing_seconds: int | None
    unsealed_seconds: int


class Proposals(NamedTuple):
    """An epoch-reset that we signed, and one that the peer signed; each by one side only.

    `cause`: the fault for which the line was stopped when we proposed, or None.
    """

    ours: bytes | None
    theirs: bytes | None
    cause: str | None = None


_EPOCH = ", ".join(EpochRow._fields)


def load_epochs(tx: Tx, peer: int) -> list[EpochRow]:
    """All epochs of a line that a reset ended or began, oldest first; none where there was no reset."""
    rows = tx.execute(f"SELECT {_EPOCH} FROM epoch WHERE peer = ? ORDER BY number", (peer,))
    return [EpochRow(*row) for row in rows]


def load_ended(tx: Tx, peer: int) -> list[EpochRow]:
    """The epochs of a line that a reset ended, the last one first."""
    return [row for row in reversed(load_epochs(tx, peer)) if row.own_seq is not None]


def load_began_at(tx: Tx, peer: int, epoch: str) -> int:
    """When a reset began this epoch; 0 for the first of a line."""
    row = tx.row("SELECT began_at FROM epoch WHERE (peer, epoch) = (?, ?)", (peer, epoch))
    return row[0] if row else 0


def end_epoch(tx: Tx, peer: Peer, row: LineRow, closing_seconds: int, unsealed_seconds: int, at: int) -> int:
    """The present epoch ends where its chains stand. -> the number of the next one."""
    tx.change(
        "INSERT INTO epoch (peer, epoch, number, chain_hash, opening_seconds, began_at)"
        " SELECT id, epoch, 1, agreement_hash, 0, created_at FROM peer WHERE id = ? ON CONFLICT DO NOTHING",
        (peer.id,),
    )
    tx.change(
        "UPDATE epoch SET own_seq = ?, own_hash = ?, peer_seq = ?, peer_hash = ?, closing_seconds = ?,"
        " unsealed_seconds = ?, ended_at = ? WHERE peer = ? AND epoch = ?",
        (
            row.own_seq, row.own_hash, row.peer_seq, row.peer_hash, closing_seconds, unsealed_seconds, at, peer.id,
            peer.epoch,
        ),
    )  # fmt: skip
    return int(tx.one("SELECT max(number) FROM epoch WHERE peer = ?", (peer.id,))[0]) + 1


def load_unseen_seconds(tx: Tx, peer: Peer) -> int:
    """Seconds that the peer paid in the present epoch, and no frame of it shows that.

    After a loss an edge seen alone stands for both (SPEC.md 6.8); what was over before has moved nothing.
    """
    row = tx.one(
        "SELECT coalesce(sum(amount_seconds), 0) FROM order_between"
        f" WHERE peer_out = ?1 AND is_end_unseen AND coalesce(out_seq, 0) <> {between.BEFORE}"
        " AND state = 'posted' AND ended_at >="
        " coalesce((SELECT began_at FROM epoch WHERE (peer, epoch) = (?1, ?2)), 0)",
        (peer.id, peer.epoch),
    )
    return int(row[0])


def begin_epoch(
    tx: Tx, peer: Peer, number: int, document: bytes | None, opening_seconds: int, difference_seconds: int,
    account: int, at: int,
) -> None:  # fmt: skip
    """`peer` as it is from now on: its epoch and chain hash. The line's row is begun by the caller."""
    tx.change(
        "INSERT INTO epoch (peer, epoch, number, chain_hash, document, opening_seconds, difference_seconds, account,"
        " began_at) VALUES (?,?,?,?,?,?,?,?,?)",
        (
            peer.id, peer.epoch, number, peer.chain_hash, document, opening_seconds, difference_seconds,
            account if difference_seconds else None, at,
        ),
    )  # fmt: skip
    tx.change(
        "UPDATE peer SET epoch = ?, chain_hash = ?, state = 'confirmed', reason = NULL WHERE id = ?",
        (peer.epoch, peer.chain_hash, peer.id),
    )
    drop_proposals(tx, peer.id)


def settle_epoch(tx: Tx, peer: int, epoch: str) -> None:
    """A line that was given up has nothing left: its last epoch has no frames, and ends at zero."""
    tx.change(
        "UPDATE epoch SET difference_seconds = -opening_seconds, opening_seconds = 0 WHERE peer = ? AND epoch = ?",
        (peer, epoch),
    )


def note_surviving(tx: Tx, peer: int, epoch: str, holds: list[tuple[str, bool]]) -> None:
    """(order hash, was paid by us) of each order that goes on."""
    tx.executemany(
        "INSERT INTO surviving_hold (peer, epoch, order_hash, was_paid) VALUES (?,?,?,?)",
        [(peer, epoch, each, int(was_paid)) for each, was_paid in holds],
    )


def load_surviving(tx: Tx, peer: int, epoch: str) -> list[tuple[str, bool]]:
    """(order hash, was paid by us) of each order that went on when this epoch began."""
    rows = tx.execute(
        "SELECT order_hash, was_paid FROM surviving_hold WHERE peer = ? AND epoch = ? ORDER BY order_hash",
        (peer, epoch),
    )
    return [(row[0], bool(row[1])) for row in rows]


def load_proposals(tx: Tx, peer: int) -> Proposals:
    """What is proposed for a line."""
    row = tx.row("SELECT ours, theirs, cause FROM reset_proposal WHERE peer = ?", (peer,))
    return Proposals(*row) if row else Proposals(None, None)


def save_proposals(tx: Tx, peer: int, found: Proposals) -> None:
    """Keep what is proposed for a line."""
    tx.change("INSERT OR REPLACE INTO reset_proposal VALUES (?,?,?,?)", (peer, *found))


def drop_proposals(tx: Tx, peer: int) -> None:
    """Nothing is proposed for a line any more."""
    tx.change("DELETE FROM reset_proposal WHERE peer = ?", (peer,))


def load_open_out(tx: Tx, peer: int) -> list[OrderOut]:
    """Own signed orders on a line that nobody has decided, probes too."""
    rows = tx.execute(
        f"SELECT {_OUT} FROM order_out WHERE peer = ? AND state IN ('held', 'in_doubt') ORDER BY seq, idx", (peer,)
    )
    return [OrderOut(*row) for row in rows]


def send_again(tx: Tx, payment_id: bytes) -> None:
    """An order that goes on is sent once more."""
    tx.change("UPDATE order_out SET send_again = 1 WHERE payment_id = ?", (payment_id,))


def is_erase(item: bytes) -> bool:
    """Whether an item asks the peer to forget somebody (SPEC.md 7.13); twice changes nothing."""
    return item.startswith(b'{"kind":"erase",')


def load_erases(tx: Tx, peer: int, epoch: str, after_seq: int) -> list[bytes]:
    """What our frames above a place ask the peer to forget: it may not have heard, or forgotten that it did."""
    rows = tx.execute(
        "SELECT l.entry FROM frame f JOIN leaf l ON l.idx = f.leaf"
        " WHERE f.peer = ? AND f.direction = ? AND f.epoch = ? AND f.seq > ? ORDER BY f.seq",
        (peer, OUT, epoch, after_seq),
    )
    return [item for row in rows for item in frames.frame_of_entry(row[0])[1] if is_erase(item)]


def load_kept(tx: Tx, peer: int, code: str) -> list[bytes]:
    """What was kept of a peer under a code, oldest first."""
    rows = tx.execute("SELECT bytes FROM evidence WHERE peer = ? AND code = ? ORDER BY id", (peer, code))
    return [row[0] for row in rows]


def load_evidence(tx: Tx, peer: int, count: int) -> list[bytes]:
    """The newest evidence kept of a peer."""
    rows = tx.execute("SELECT bytes FROM evidence WHERE peer = ? ORDER BY id DESC LIMIT ?", (peer, count))
    return [row[0] for row in rows]
