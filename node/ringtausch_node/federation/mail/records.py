# SPDX-License-Identifier: AGPL-3.0-or-later
"""Messages in SQL: `mail_out` is what we wrote, `mail_in` what peers wrote."""

from __future__ import annotations

from typing import NamedTuple

from ringtausch_node.federation.line.model import IN, OUT
from ringtausch_node.store import Tx


class MailOut(NamedTuple):
    """A row of `mail_out`."""

    peer: int
    topic: str
    id: bytes
    account: int | None
    content: bytes
    body: bytes | None
    at: int
    epoch: str | None
    seq: int | None
    idx: int | None
    code: str | None


_OUT = ", ".join(MailOut._fields)
#: In no frame yet, or in one after the last that its peer is known to hold.
_WAITS = "peer = ? AND (seq IS NULL OR (epoch = ? AND seq > ?))"


def insert_out(tx: Tx, mail: MailOut) -> None:
    """A message that waits for its frame, or that came back in one."""
    tx.change("INSERT INTO mail_out VALUES (?,?,?,?,?,?,?,?,?,?,?)", tuple(mail))


def load_out(tx: Tx, peer: int, topic: str, mail_id: bytes) -> MailOut | None:
    """A message of ours, or None."""
    row = tx.row(f"SELECT {_OUT} FROM mail_out WHERE (peer, topic, id) = (?,?,?)", (peer, topic, mail_id))
    return MailOut(*row) if row else None


def load_at(tx: Tx, peer: int, epoch: str, seq: int, idx: int) -> MailOut | None:
    """Our message that stands at a place of our chain, or None."""
    row = tx.row(f"SELECT {_OUT} FROM mail_out WHERE (peer, seq, idx) = (?,?,?) AND epoch = ?", (peer, seq, idx, epoch))
    return MailOut(*row) if row else None


def set_sealed(tx: Tx, mail: MailOut) -> None:
    """A message stands in a frame now: the box is kept beside that."""
    tx.change(
        "UPDATE mail_out SET body = NULL, epoch = ?, seq = ?, idx = ? WHERE (peer, topic, id) = (?,?,?)",
        (mail.epoch, mail.seq, mail.idx, mail.peer, mail.topic, mail.id),
    )


def load_waiting_out(tx: Tx, peer: int, epoch: str, held_seq: int) -> list[MailOut]:
    """What waits for a peer that holds our frames up to `held_seq` and has refused nothing of it, oldest first."""
    sql = f"SELECT {_OUT} FROM mail_out WHERE {_WAITS} AND code IS NULL ORDER BY seq IS NULL, seq, idx, at"
    return [MailOut(*row) for row in tx.execute(sql, (peer, epoch, held_seq))]


def load_boxes(tx: Tx, peer: int, epoch: str, seq: int) -> bytes:
    """What travelled beside a frame of ours, as it is stored."""
    sql = "SELECT boxes FROM frame WHERE (peer, direction, epoch, seq) = (?,?,?,?)"
    row = tx.row(sql, (peer, OUT, epoch, seq))
    return row[0] if row else b""


def set_unsealed(tx: Tx, mail: MailOut, body: bytes) -> None:
    """The frame of a message is void: its box waits for another one."""
    tx.change(
        "UPDATE mail_out SET body = ?, epoch = NULL, seq = NULL, idx = NULL WHERE (peer, topic, id) = (?,?,?)",
        (body, mail.peer, mail.topic, mail.id),
    )


def set_rejected(tx: Tx, mail: MailOut, code: str) -> None:
    """The peer cannot use a message; its first word counts."""
    tx.change(
        "UPDATE mail_out SET code = coalesce(code, ?) WHERE (peer, topic, id) = (?,?,?)",
        (code, mail.peer, mail.topic, mail.id),
    )


def load_acked(tx: Tx, peer: int) -> int:
    """The last frame of ours that the peer has acked in a signed header."""
    return int(tx.one("SELECT acked_seq FROM line WHERE peer = ?", (peer,))[0])


def count_waiting(tx: Tx, peer: int, epoch: str, held_seq: int) -> int:
    """How many messages wait for a peer that holds our frames up to `held_seq`."""
    return int(tx.one(f"SELECT count(*) FROM mail_out WHERE {_WAITS}", (peer, epoch, held_seq))[0])


def count_waiting_of(tx: Tx, peer: int, epoch: str, held_seq: int, account: int) -> int:
    """How many of them one account has written."""
    sql = f"SELECT count(*) FROM mail_out WHERE {_WAITS} AND account = ?"
    return int(tx.one(sql, (peer, epoch, held_seq, account))[0])


def count_written(tx: Tx, account: int, since: int) -> int:
    """How many messages one account has written since."""
    return int(tx.one("SELECT count(*) FROM mail_out WHERE account = ? AND at > ?", (account, since))[0])


class MailIn(NamedTuple):
    """A row of `mail_in`: a message of a peer, the code of our reject, and where it stands in the peer's chain."""

    peer: int
    topic: str
    id: bytes
    body_hash: str
    at: int
    code: str | None
    epoch: str
    seq: int
    idx: int


_IN = ", ".join(MailIn._fields)


def insert_in(tx: Tx, mail: MailIn) -> None:
    """A message of a peer, and what was answered."""
    tx.change(f"INSERT INTO mail_in ({_IN}) VALUES (?,?,?,?,?,?,?,?,?)", tuple(mail))


def forget_text(tx: Tx, peer: int, mail_id: bytes) -> list[tuple[int, str, int]]:
    """Forget what was written under an id, whatever its topic. -> (direction, epoch, seq) of its frames.

    A box that waits for its frame stays: nobody here can open it, and the peer has not read it yet.
    """
    key = (peer, mail_id)
    tx.change("UPDATE mail_out SET content = x'' WHERE peer = ? AND id = ?", key)
    ours = tx.execute("SELECT ?, epoch, seq FROM mail_out WHERE peer = ? AND id = ? AND seq IS NOT NULL", (OUT, *key))
    theirs = tx.execute("SELECT ?, epoch, seq FROM mail_in WHERE peer = ? AND id = ? AND seq IS NOT NULL", (IN, *key))
    return [*ours, *theirs]


def load_ids_of(tx: Tx, account: int) -> list[tuple[int, bytes]]:
    """(peer, id) of everything that an account has written."""
    return list(tx.execute("SELECT DISTINCT peer, id FROM mail_out WHERE account = ?", (account,)))


def load_in(tx: Tx, peer: int, topic: str, mail_id: bytes) -> tuple[str, str | None] | None:
    """(body_hash, code of our reject) of a peer's message, or None."""
    row = tx.row("SELECT body_hash, code FROM mail_in WHERE (peer, topic, id) = (?,?,?)", (peer, topic, mail_id))
    return (row[0], row[1]) if row else None


def count_in(tx: Tx, peer: int, since: int) -> int:
    """How many messages a peer has written since."""
    return int(tx.one("SELECT count(*) FROM mail_in WHERE peer = ? AND at > ?", (peer, since))[0])


def load_heard_at(tx: Tx, peer: int, topic: str) -> int | None:
    """When a peer's first message of a topic was taken, or None."""
    at = tx.one("SELECT min(at) FROM mail_in WHERE (peer, topic) = (?,?) AND code IS NULL", (peer, topic))[0]
    return None if at is None else int(at)
