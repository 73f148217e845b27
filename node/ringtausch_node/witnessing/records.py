# SPDX-License-Identifier: AGPL-3.0-or-later
"""Cosigned and refused heads, fork proofs, and what our own witnesses answered, in SQL."""

from __future__ import annotations

from ringtausch_node.federation.line.model import IN
from ringtausch_node.store import Tx
from ringtausch_node.witnessing.model import REFUSED_KEPT, CosignedHead, ForkRow, OwnWitness, RefusedHead

_COSIGNED = ", ".join(CosignedHead._fields)
_REFUSED = ", ".join(RefusedHead._fields)
_FORK = ", ".join(ForkRow._fields)
_OWN = ", ".join(OwnWitness._fields)


def load_cosigned(tx: Tx, origin: str) -> CosignedHead | None:
    """The newest head of a log that we cosigned, or None."""
    row = tx.row(f"SELECT {_COSIGNED} FROM cosigned_head WHERE origin = ?", (origin,))
    return None if row is None else CosignedHead._make(row)


def load_told(tx: Tx, name: str) -> bytes | None:
    """What others are told under a gossip name, or None."""
    row = tx.row("SELECT checkpoint FROM cosigned_head WHERE name = ?", (name,))
    return None if row is None else row[0]


def load_all_cosigned(tx: Tx) -> list[CosignedHead]:
    """The newest head of every log that we ever cosigned."""
    return [CosignedHead._make(row) for row in tx.execute(f"SELECT {_COSIGNED} FROM cosigned_head ORDER BY origin")]


def count_logs(tx: Tx, peer: int) -> int:
    """How many logs of a peer we cosigned."""
    count: int = tx.one("SELECT count(*) FROM cosigned_head WHERE peer = ?", (peer,))[0]
    return count


def save_cosigned(tx: Tx, head: CosignedHead) -> None:
    """Remember a head before anybody is told that it is cosigned. Raises LocalError('constraint') if it goes back."""
    tx.change(
        f"INSERT INTO cosigned_head ({_COSIGNED}) VALUES (?,?,?,?,?,?,?) ON CONFLICT (origin) DO UPDATE SET"
        " size = excluded.size, root = excluded.root, checkpoint = excluded.checkpoint, at = excluded.at",
        tuple(head),
    )


def keep_refused(tx: Tx, head: RefusedHead) -> None:
    """Keep a signed head that was refused; the same once, and no more of one log than are looked at."""
    count = tx.one("SELECT count(*) FROM refused_head WHERE origin = ?", (head.origin,))[0]
    if count < REFUSED_KEPT:
        tx.change(
            "INSERT OR IGNORE INTO refused_head (origin, size, root, checkpoint, code, at) VALUES (?,?,?,?,?,?)",
            tuple(head)[1:],
        )


def load_refused(tx: Tx, origin: str) -> list[RefusedHead]:
    """The refused heads of a log, smallest first."""
    sql = f"SELECT {_REFUSED} FROM refused_head WHERE origin = ? ORDER BY size, id"
    return [RefusedHead._make(row) for row in tx.execute(sql, (origin,))]


def drop_refused(tx: Tx, number: int) -> None:
    """A refused head turned out to be of the same history."""
    tx.change("DELETE FROM refused_head WHERE id = ?", (number,))


def load_received(tx: Tx, peer: int, epoch: str, limit: int) -> list[tuple[int, bytes]]:
    """The newest frames of a peer, newest first: the leaf of each, and its entry."""
    rows = tx.execute(
        "SELECT f.leaf, l.entry FROM frame f JOIN leaf l ON l.idx = f.leaf"
        " WHERE f.peer = ? AND f.direction = ? AND f.epoch = ? ORDER BY f.seq DESC LIMIT ?",
        (peer, IN, epoch, limit),
    )
    return [(leaf, entry) for leaf, entry in rows]


def insert_fork(tx: Tx, fork: ForkRow) -> bool:
    """Keep the first proof of a log. -> whether there was none."""
    return tx.change(f"INSERT OR IGNORE INTO log_fork ({_FORK}) VALUES (?,?,?,?,?,?)", tuple(fork)) == 1


def load_forks(tx: Tx) -> list[ForkRow]:
    """All proofs, oldest first."""
    return [ForkRow._make(row) for row in tx.execute(f"SELECT {_FORK} FROM log_fork ORDER BY at, origin")]


def is_forked(tx: Tx, origin: str) -> bool:
    """Whether a log is known to have two histories."""
    return tx.row("SELECT 1 FROM log_fork WHERE origin = ?", (origin,)) is not None


def set_told(tx: Tx, origin: str, at: int) -> None:
    """The accused ring took the proof."""
    tx.change("UPDATE log_fork SET told_at = ? WHERE origin = ? AND told_at IS NULL", (at, origin))


def load_own_witnesses(tx: Tx, origin: str) -> dict[str, OwnWitness]:
    """What each witness answered about a log of ours, by ring id."""
    rows = tx.execute(f"SELECT {_OWN} FROM own_witness WHERE origin = ?", (origin,))
    return {row[0]: OwnWitness._make(row) for row in rows}


def save_own_witness(tx: Tx, said: OwnWitness) -> None:
    """The newest word of a witness."""
    tx.change(f"INSERT OR REPLACE INTO own_witness ({_OWN}) VALUES (?,?,?,?,?)", tuple(said))
