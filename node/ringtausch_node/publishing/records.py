# SPDX-License-Identifier: AGPL-3.0-or-later
"""Auditors' accesses in SQL."""

from __future__ import annotations

from ringtausch_node.store import Tx

_COUNTS = "revoked_at IS NULL AND expires_at >= ?"


def insert_reader(tx: Tx, digest: bytes, created_at: int, expires_at: int) -> int:
    """A new access by the SHA-256 of its token. -> its number."""
    number: int = tx.one(
        "INSERT INTO log_reader (hash, created_at, expires_at) VALUES (?, ?, ?) RETURNING id",
        (digest, created_at, expires_at),
    )[0]
    return number


def is_reader(tx: Tx, digest: bytes, now: int) -> bool:
    """Whether an access counts."""
    return tx.row(f"SELECT 1 FROM log_reader WHERE hash = ? AND {_COUNTS}", (digest, now)) is not None


def load_readers(tx: Tx, now: int) -> list[tuple[int, int, int]]:
    """(number, given at, expires at) of the accesses that count, oldest first."""
    rows = tx.execute(f"SELECT id, created_at, expires_at FROM log_reader WHERE {_COUNTS} ORDER BY id", (now,))
    return [(number, begun, ends) for number, begun, ends in rows]


def revoke_readers(tx: Tx, number: int | None, now: int) -> int:
    """Void one access, or all that count. -> how many there were."""
    return tx.change(
        f"UPDATE log_reader SET revoked_at = ? WHERE (? IS NULL OR id = ?) AND {_COUNTS}", (now, number, number, now)
    )
