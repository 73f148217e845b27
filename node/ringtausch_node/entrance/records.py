# SPDX-License-Identifier: AGPL-3.0-or-later
"""Codes, passwords and mail addresses in SQL."""

from __future__ import annotations

from typing import NamedTuple

from ringtausch_node.entrance.model import WayIn
from ringtausch_node.members.access_records import NOT_OVER
from ringtausch_node.store import Tx


class EntryCode(NamedTuple):
    """An open row of `entry_code`."""

    id: int
    member_id: bytes
    kind: str
    hash: bytes
    ends_at: int
    asked_by: bytes | None


class NewCode(NamedTuple):
    """A code to be kept: its slow hash, the hash of its link, and of what the browser keeps that asked for it."""

    member_id: bytes
    kind: str
    hash: bytes
    link: bytes | None = None
    asked_by: bytes | None = None


class MailChoice(NamedTuple):
    """Which mails a member wants, beside those that let in: about bookings, about invoices."""

    payments: bool = True
    invoices: bool = True


_CODE = ", ".join(EntryCode._fields)


def replace_code(tx: Tx, code: NewCode, at: int, ends_at: int) -> None:
    """A new code of a kind; the one before it counts no longer, and what was over before that is forgotten.

    So a member has two rows of a kind at most, however often somebody asks for a mail.
    """
    over = "DELETE FROM entry_code WHERE member_id = ? AND kind = ? AND closed_at IS NOT NULL"
    tx.change(over, (code.member_id, code.kind))
    close_codes(tx, code.member_id, code.kind, at)
    tx.change(
        "INSERT INTO entry_code (member_id, kind, hash, link, asked_by, created_at, ends_at) VALUES (?,?,?,?,?,?,?)",
        (*code, at, ends_at),
    )


def close_codes(tx: Tx, member_id: bytes, kind: str, at: int) -> None:
    """The open code of a kind counts no longer."""
    tx.change(
        "UPDATE entry_code SET closed_at = ? WHERE member_id = ? AND kind = ? AND closed_at IS NULL",
        (at, member_id, kind),
    )


def close_code(tx: Tx, code_id: int, at: int) -> bool:
    """Spend a code; False if it was spent or replaced before."""
    return tx.change("UPDATE entry_code SET closed_at = ? WHERE id = ? AND closed_at IS NULL", (at, code_id)) == 1


def load_codes(tx: Tx, member_id: bytes, now: int) -> list[EntryCode]:
    """The codes of a member that count now: one on paper and one by mail at most."""
    sql = f"SELECT {_CODE} FROM entry_code WHERE member_id = ? AND closed_at IS NULL AND ends_at > ?"
    return [EntryCode(*row) for row in tx.execute(sql, (member_id, now))]


def load_code_of_link(tx: Tx, link: bytes, now: int) -> EntryCode | None:
    """The code whose link this is, while it counts."""
    sql = f"SELECT {_CODE} FROM entry_code WHERE link = ? AND closed_at IS NULL AND ends_at > ?"
    row = tx.row(sql, (link, now))
    return EntryCode(*row) if row else None


def load_paper_end(tx: Tx, member_id: bytes, now: int) -> int | None:
    """Until when a member's code on paper counts, or None where there is none."""
    return next((code.ends_at for code in load_codes(tx, member_id, now) if code.kind == "paper"), None)


def load_ways_in(tx: Tx, now: int) -> list[WayIn]:
    """How each member who has not left can come in now; those who cannot first, then by handle."""
    rows = tx.execute(
        "SELECT m.handle, m.name,"
        " EXISTS (SELECT 1 FROM password p WHERE p.member_id = m.id)"
        " OR EXISTS (SELECT 1 FROM token t WHERE t.member_id = m.id AND kind = 'device' AND revoked_at IS NULL"
        f" AND {NOT_OVER}) AS is_in,"
        " (SELECT c.ends_at FROM entry_code c WHERE c.member_id = m.id AND c.kind = 'paper' AND c.closed_at IS NULL"
        " AND c.ends_at > ?1) AS paper,"
        " coalesce((SELECT a.email FROM contact a WHERE a.member_id = m.id), ''), m.role = 'operator'"
        " FROM member m WHERE m.state <> 'left' ORDER BY is_in, paper IS NOT NULL, m.handle",
        (now,),
    )
    return [
        WayIn(handle=handle, name=name, is_in=bool(is_in), paper_ends_at=ends_at, email=email, is_operator=bool(role))
        for handle, name, is_in, ends_at, email, role in rows
    ]


def load_password(tx: Tx, member_id: bytes) -> str | None:
    """The PHC string of a member's password, or None."""
    row = tx.row("SELECT phc FROM password WHERE member_id = ?", (member_id,))
    return str(row[0]) if row else None


def set_password(tx: Tx, member_id: bytes, phc: str, at: int) -> None:
    """A member's password is this one from now on."""
    tx.change(
        "INSERT INTO password VALUES (?1,?2,?3) ON CONFLICT (member_id) DO UPDATE SET phc = ?2, changed_at = ?3",
        (member_id, phc, at),
    )


def drop_password(tx: Tx, member_id: bytes) -> None:
    """A member has no password any more."""
    tx.change("DELETE FROM password WHERE member_id = ?", (member_id,))


def load_handles_of_name(tx: Tx, name: str) -> list[str]:
    """Who has this name and has not left; large and small letters are the same."""
    rows = tx.execute("SELECT handle, name FROM member WHERE state <> 'left' ORDER BY handle")
    return [handle for handle, each in rows if each.lower() == name.lower()]


def load_handles_of_email(tx: Tx, email: str) -> list[str]:
    """Who gets mail at an address and has not left."""
    rows = tx.execute(
        "SELECT m.handle FROM contact c JOIN member m ON m.id = c.member_id"
        " WHERE c.email = ? COLLATE NOCASE AND m.state <> 'left' ORDER BY m.handle",
        (email,),
    )
    return [row[0] for row in rows]


def load_mail_choice(tx: Tx, member_id: bytes) -> MailChoice:
    """Which mails a member wants."""
    row = tx.row("SELECT payments, invoices FROM mail_choice WHERE member_id = ?", (member_id,))
    return MailChoice(*(bool(each) for each in row)) if row else MailChoice()


def set_mail_choice(tx: Tx, member_id: bytes, choice: MailChoice) -> None:
    """Which mails a member wants from now on."""
    tx.change(
        "INSERT INTO mail_choice VALUES (?1,?2,?3) ON CONFLICT (member_id) DO UPDATE SET payments = ?2, invoices = ?3",
        (member_id, *choice),
    )
