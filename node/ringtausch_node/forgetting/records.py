# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who was forgotten, and whether the file is to be written anew, in SQL."""

from __future__ import annotations

from ringtausch_node.members.records import mark_of
from ringtausch_node.store import Tx


def known_as(number: int) -> str:
    """The handle that old bookings show. The brackets keep it apart from every handle that can be given."""
    return f"(former {number})"


def insert_forgotten(tx: Tx, member_id: bytes, handle: str, salt: bytes, at: int) -> int:
    """Somebody is forgotten. -> the number. Raises LocalError('constraint') where the member has not left."""
    sql = "INSERT INTO forgotten (member_id, salt, mark, at) VALUES (?,?,?,?) RETURNING id"
    return int(tx.one(sql, (member_id, salt, mark_of(salt, handle), at))[0])


def wants_wiping(tx: Tx) -> bool:
    """Whether something was erased since the file was written anew."""
    return tx.row("SELECT 1 FROM wiping") is not None


def note_wiped(tx: Tx) -> None:
    """The file was written anew."""
    tx.change("DELETE FROM wiping")
