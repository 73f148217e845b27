# SPDX-License-Identifier: AGPL-3.0-or-later
"""The outbox in SQL."""

from __future__ import annotations

from typing import NamedTuple

from ringtausch_node.store import Tx


class Letter(NamedTuple):
    """A row of `outbox` that waits."""

    id: int
    message_id: str
    recipient: str
    subject: str
    body: str
    written_at: int
    useless_at: int
    tries: int


class Standing(NamedTuple):
    """How a letter stands, for whoever looks after the mail: never what it says."""

    id: int
    recipient: str
    subject: str
    written_at: int
    tries: int
    state: str
    code: str | None
    next_at: int


_LETTER, _STANDING = ", ".join(Letter._fields), ", ".join(Standing._fields)


def insert_letter(tx: Tx, message_id: str, recipient: str, subject: str, body: str, at: int, useless_at: int) -> None:
    """A letter that waits for its first try."""
    tx.change(
        "INSERT INTO outbox (message_id, recipient, subject, body, written_at, useless_at, next_at)"
        " VALUES (?,?,?,?,?,?,?)",
        (message_id, recipient, subject, body, at, useless_at, at),
    )


def load_due(tx: Tx, now: int, most: int) -> list[Letter]:
    """Letters whose next try is due, the oldest first."""
    sql = f"SELECT {_LETTER} FROM outbox WHERE state = 'waiting' AND next_at <= ? ORDER BY next_at, id LIMIT ?"
    return [Letter(*row) for row in tx.execute(sql, (now, most))]


def load_next_at(tx: Tx) -> int | None:
    """When the next try is due, or None where nothing waits."""
    row = tx.row("SELECT min(next_at) FROM outbox WHERE state = 'waiting'")
    return row[0] if row else None


def set_over(tx: Tx, letter_id: int, state: str, code: str | None) -> None:
    """A letter was sent, refused, or is of no use any more: what it said is forgotten."""
    tx.change(
        "UPDATE outbox SET state = ?, code = ?, body = '', tries = tries + 1 WHERE id = ?", (state, code, letter_id)
    )


def set_later(tx: Tx, letter_id: int, next_at: int, code: str) -> None:
    """A try failed; the next one comes later."""
    tx.change("UPDATE outbox SET tries = tries + 1, next_at = ?, code = ? WHERE id = ?", (next_at, code, letter_id))


def hurry(tx: Tx, now: int) -> None:
    """The next try of everything that waits is due."""
    tx.change("UPDATE outbox SET next_at = ? WHERE state = 'waiting' AND next_at > ?", (now, now))


def drop_over(tx: Tx, before: int) -> None:
    """Forget letters that are over and were written before that."""
    tx.change("DELETE FROM outbox WHERE state <> 'waiting' AND written_at < ?", (before,))


def is_waiting(tx: Tx, recipient: str, subject: str) -> bool:
    """Whether a letter with this subject waits for somebody."""
    sql = "SELECT 1 FROM outbox WHERE state = 'waiting' AND recipient = ? AND subject = ?"
    return tx.row(sql, (recipient, subject)) is not None


def load_standing(tx: Tx, behind: tuple[int, int], most: int) -> list[Standing]:
    """What waits, was refused or came too late, then what was sent; the newest first.

    `behind`: (1 where that one was sent, its id), the letter before them.
    """
    sql = (
        f"SELECT {_STANDING} FROM outbox WHERE (state <> 'sent', id) < (?, ?)"
        " ORDER BY state <> 'sent' DESC, id DESC LIMIT ?"
    )
    return [Standing(*row) for row in tx.execute(sql, (1 - behind[0], behind[1], most))]


def count_states(tx: Tx) -> dict[str, int]:
    """How many letters stand how."""
    return dict(tx.execute("SELECT state, count(*) FROM outbox GROUP BY state"))


def count_failed(tx: Tx, since: int) -> int:
    """How many letters whose last try was then or later reached nobody: refused, or too late."""
    sql = "SELECT count(*) FROM outbox WHERE state IN ('refused', 'late') AND next_at >= ?"
    return int(tx.one(sql, (since,))[0])
