# SPDX-License-Identifier: AGPL-3.0-or-later
"""Members and tokens in SQL."""

from __future__ import annotations

from ringtausch_node.members.model import Actor, Member
from ringtausch_node.store import Tx

_MEMBER = "id, handle, name, role, account_id, state, created_at"


def insert_member(tx: Tx, member: Member) -> bool:
    """Take a member in; False if the handle was ever given before."""
    row = tx.row(
        f"INSERT INTO member ({_MEMBER}) VALUES (?,?,?,?,?,?,?) ON CONFLICT (handle) DO NOTHING RETURNING handle",
        tuple(member),
    )
    return row is not None


def load_member(tx: Tx, handle: str) -> Member | None:
    """The member with this handle."""
    row = tx.row(f"SELECT {_MEMBER} FROM member WHERE handle = ?", (handle,))
    return Member(*row) if row else None


def load_member_by_account(tx: Tx, account_id: int) -> Member | None:
    """The member whose account this is; None for clearing and community accounts."""
    row = tx.row(f"SELECT {_MEMBER} FROM member WHERE account_id = ?", (account_id,))
    return Member(*row) if row else None


def load_members(tx: Tx) -> list[Member]:
    """All members by handle."""
    return [Member(*row) for row in tx.execute(f"SELECT {_MEMBER} FROM member ORDER BY handle")]


def load_account(tx: Tx, handle: str) -> tuple[int, str] | None:
    """(account id, state of the member) of a handle."""
    row = tx.row("SELECT account_id, state FROM member WHERE handle = ?", (handle,))
    return (row[0], row[1]) if row else None


def insert_token(tx: Tx, token_hash: bytes, member_id: bytes, at: int) -> None:
    """Remember a token by its hash."""
    tx.change("INSERT INTO token (hash, member_id, created_at) VALUES (?,?,?)", (token_hash, member_id, at))


def load_actor(tx: Tx, token_hash: bytes) -> Actor | None:
    """Who holds a token that is not revoked; a member who left holds none."""
    row = tx.row(
        "SELECT m.id, m.handle, m.role FROM token t JOIN member m ON m.id = t.member_id"
        " WHERE t.hash = ? AND t.revoked_at IS NULL AND m.state <> 'left'",
        (token_hash,),
    )
    return Actor(*row) if row else None


def revoke_tokens(tx: Tx, member_id: bytes, at: int) -> None:
    """Void every token that a member holds now."""
    tx.change("UPDATE token SET revoked_at = ? WHERE member_id = ? AND revoked_at IS NULL", (at, member_id))
