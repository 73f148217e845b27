# SPDX-License-Identifier: AGPL-3.0-or-later
"""Members and their helpers in SQL."""

from __future__ import annotations

import hashlib

from ringtausch_node.errors import LocalError
from ringtausch_node.members.model import HelpView, Member
from ringtausch_node.store import Row, Tx

_MEMBER = "id, handle, name, role, account_id, state, created_at, is_first"
_HELP = (
    "SELECT h.handle, h.name, m.handle, m.name, g.granted_by, g.granted_at FROM helper g"
    " JOIN member h ON h.id = g.helper_id JOIN member m ON m.id = g.member_id WHERE g.ended_at IS NULL"
)


def insert_member(tx: Tx, member: Member) -> bool:
    """Take a member in; False if the handle was ever given before."""
    row = tx.row(
        f"INSERT INTO member ({_MEMBER}) VALUES (?,?,?,?,?,?,?,?) ON CONFLICT (handle) DO NOTHING RETURNING handle",
        tuple(member),
    )
    return row is not None


def load_member(tx: Tx, handle: str) -> Member | None:
    """The member with this handle."""
    row = tx.row(f"SELECT {_MEMBER} FROM member WHERE handle = ?", (handle,))
    return Member(*row) if row else None


def load_member_by_id(tx: Tx, member_id: bytes) -> Member | None:
    """The member with this id."""
    row = tx.row(f"SELECT {_MEMBER} FROM member WHERE id = ?", (member_id,))
    return Member(*row) if row else None


def load_names(tx: Tx) -> dict[str, str]:
    """Handle -> name, of everybody who ever was a member, and of the ring's own accounts under their keys."""
    sql = "SELECT a.key, c.name FROM community c JOIN account a ON a.id = c.account_id"
    return dict([*tx.execute("SELECT handle, name FROM member"), *tx.execute(sql)])


def load_present(tx: Tx, handle: str) -> Member:
    """A member who has not left. Raises LocalError('unknown_member')."""
    member = load_member(tx, handle)
    if member is None or member.state == "left":
        raise LocalError("unknown_member")
    return member


def load_member_by_account(tx: Tx, account_id: int) -> Member | None:
    """The first of the people whose account this is; None for clearing and community accounts."""
    row = tx.row(f"SELECT {_MEMBER} FROM member WHERE account_id = ? AND is_first = 1", (account_id,))
    return Member(*row) if row else None


def load_members(tx: Tx) -> list[Member]:
    """All members by handle."""
    return [Member(*row) for row in tx.execute(f"SELECT {_MEMBER} FROM member ORDER BY handle")]


def load_account(tx: Tx, handle: str) -> tuple[int, str] | None:
    """(account id, state of the member) of a handle."""
    row = tx.row("SELECT account_id, state FROM member WHERE handle = ?", (handle,))
    return (row[0], row[1]) if row else None


def load_people(tx: Tx, account_id: int) -> list[Member]:
    """Everybody on an account who has not left, the first one first, then by the time they came."""
    rows = tx.execute(
        f"SELECT {_MEMBER} FROM member WHERE account_id = ? AND state <> 'left' ORDER BY is_first DESC, created_at, id",
        (account_id,),
    )
    return [Member(*row) for row in rows]


def mark_of(salt: bytes, handle: str) -> bytes:
    """What is left of a handle that was forgotten: enough to see that it was given, and nothing to read it from."""
    return hashlib.sha256(b"ringtausch/forgotten/v1\n" + salt + handle.encode()).digest()


def load_forgotten(tx: Tx, handle: str) -> int | None:
    """The number under which somebody with this handle was forgotten, or None. A ring forgets a few people a year."""
    rows = tx.execute("SELECT id, salt, mark FROM forgotten")
    return next((number for number, salt, mark in rows if mark == mark_of(salt, handle)), None)


def load_frozen(tx: Tx) -> frozenset[int]:
    """The accounts that are frozen."""
    return frozenset(row[0] for row in tx.execute("SELECT DISTINCT account_id FROM member WHERE state = 'frozen'"))


def set_state(tx: Tx, member_id: bytes, state: str) -> None:
    """Freeze, thaw, or let go."""
    tx.change("UPDATE member SET state = ? WHERE id = ?", (state, member_id))


def insert_limit_change(tx: Tx, account_id: int, min_seconds: int, max_seconds: int, by: str, at: int) -> None:
    """Who set which limits of an account when."""
    tx.change(
        "INSERT INTO limit_change (account_id, min_seconds, max_seconds, set_by, set_at) VALUES (?,?,?,?,?)",
        (account_id, min_seconds, max_seconds, by, at),
    )


def set_name(tx: Tx, member_id: bytes, name: str) -> None:
    """A member is called this from now on."""
    tx.change("UPDATE member SET name = ? WHERE id = ?", (name, member_id))


def set_role(tx: Tx, member_id: bytes, role: str) -> None:
    """A member has this role from now on."""
    tx.change("UPDATE member SET role = ? WHERE id = ?", (role, member_id))


def insert_role_change(tx: Tx, member_id: bytes, role: str, by: str, at: int) -> None:
    """Who gave which role when."""
    tx.change("INSERT INTO role_change (member_id, role, set_by, set_at) VALUES (?,?,?,?)", (member_id, role, by, at))


def insert_departure(tx: Tx, member_id: bytes, reason: str, by: str, at: int) -> None:
    """How a member went."""
    tx.change("INSERT INTO departure VALUES (?,?,?,?)", (member_id, reason, by, at))


def load_dead(tx: Tx) -> frozenset[str]:
    """The handles of those who died as members."""
    sql = "SELECT m.handle FROM departure d JOIN member m ON m.id = d.member_id WHERE d.reason = 'died'"
    return frozenset(row[0] for row in tx.execute(sql))


def set_first(tx: Tx, before: bytes, now: bytes) -> None:
    """The account bears another one's name from now on."""
    tx.change("UPDATE member SET is_first = 0 WHERE id = ?", (before,))
    tx.change("UPDATE member SET is_first = 1 WHERE id = ?", (now,))


def is_helper(tx: Tx, helper_id: bytes, handle: str) -> bool:
    """Whether a member may act for `handle` now."""
    row = tx.row(
        "SELECT 1 FROM helper g JOIN member m ON m.id = g.member_id"
        " WHERE g.helper_id = ? AND m.handle = ? AND g.ended_at IS NULL",
        (helper_id, handle),
    )
    return row is not None


def insert_help(tx: Tx, helper_id: bytes, member_id: bytes, by: str, at: int) -> None:
    """Let somebody act for a member."""
    tx.change(
        "INSERT INTO helper (helper_id, member_id, granted_by, granted_at) VALUES (?,?,?,?)",
        (helper_id, member_id, by, at),
    )


def end_help(tx: Tx, helper: str, handle: str, by: str, at: int) -> None:
    """End one help."""
    tx.change(
        "UPDATE helper SET ended_by = ?, ended_at = ? WHERE ended_at IS NULL"
        " AND helper_id = (SELECT id FROM member WHERE handle = ?)"
        " AND member_id = (SELECT id FROM member WHERE handle = ?)",
        (by, at, helper, handle),
    )


def load_help(tx: Tx, helper: str, handle: str) -> HelpView | None:
    """The help that one gives another now, or None."""
    row = tx.row(_HELP + " AND h.handle = ? AND m.handle = ?", (helper, handle))
    return _help(row) if row else None


def end_all_help(tx: Tx, member_id: bytes, by: str, at: int) -> None:
    """End every help that a member gives or gets."""
    tx.change(
        "UPDATE helper SET ended_by = ?1, ended_at = ?2 WHERE ended_at IS NULL AND (helper_id = ?3 OR member_id = ?3)",
        (by, at, member_id),
    )


def load_helpers(tx: Tx, account_id: int) -> list[HelpView]:
    """Who may act for the people of an account, by handle."""
    return [
        _help(row) for row in tx.execute(_HELP + " AND m.account_id = ? ORDER BY h.handle, m.handle", (account_id,))
    ]


def load_helped(tx: Tx, helper_id: bytes) -> list[HelpView]:
    """For whom a member may act, by handle."""
    return [_help(row) for row in tx.execute(_HELP + " AND g.helper_id = ? ORDER BY m.handle", (helper_id,))]


def _help(row: Row) -> HelpView:
    helper, helper_name, member, name, by, at = row
    return HelpView(helper=helper, helper_name=helper_name, for_=member, for_name=name, granted_by=by, granted_at=at)
