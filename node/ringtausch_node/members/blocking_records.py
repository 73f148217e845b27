# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whom members avoid, and what they report, in SQL."""

from __future__ import annotations

from ringtausch_node.store import Row, Tx


def insert_block(tx: Tx, member_id: bytes, other: str, at: int) -> None:
    """A member avoids somebody; a second time changes nothing."""
    tx.change("INSERT INTO member_block VALUES (?,?,?) ON CONFLICT DO NOTHING", (member_id, other, at))


def delete_block(tx: Tx, member_id: bytes, other: str) -> bool:
    """A member avoids somebody no longer; False if that was so already."""
    return tx.change("DELETE FROM member_block WHERE member_id = ? AND other = ?", (member_id, other)) == 1


def load_blocks(tx: Tx, member_id: bytes) -> list[str]:
    """Whom a member avoids."""
    return [
        row[0] for row in tx.execute("SELECT other FROM member_block WHERE member_id = ? ORDER BY other", (member_id,))
    ]


def has_block(tx: Tx, handle: str, other: str) -> bool:
    """Whether the member with a handle avoids somebody."""
    sql = "SELECT 1 FROM member_block b JOIN member m ON m.id = b.member_id WHERE m.handle = ? AND b.other = ?"
    return tx.row(sql, (handle, other)) is not None


def insert_report(tx: Tx, member_id: bytes, about: str, words: str, at: int, number: bytes | None) -> None:
    """A member tells the office something. `number`: of the form, where it was one."""
    sql = "INSERT INTO report (member_id, about, words, written_at, number) VALUES (?,?,?,?,?)"
    tx.change(sql, (member_id, about, words, at, number))


def has_report(tx: Tx, member_id: bytes, number: bytes) -> bool:
    """Whether a member's form with this number has arrived, be it seen to or not."""
    return tx.row("SELECT 1 FROM report WHERE (member_id, number) = (?,?)", (member_id, number)) is not None


def count_reports(tx: Tx, member_id: bytes) -> int:
    """How many reports of a member wait for the office."""
    row = tx.one("SELECT count(*) FROM report WHERE member_id = ? AND closed_at IS NULL", (member_id,))
    return int(row[0])


def load_reports(tx: Tx) -> list[Row]:
    """(id, handle of who wrote, about, words, written_at) of what waits for the office, the oldest first."""
    return list(
        tx.execute(
            "SELECT r.id, m.handle, r.about, r.words, r.written_at FROM report r JOIN member m ON m.id = r.member_id"
            " WHERE r.closed_at IS NULL ORDER BY r.id"
        )
    )


def close_report(tx: Tx, report_id: int, by: str, at: int) -> bool:
    """The office has seen to it: the words are gone. False where nothing of this number waits."""
    changed = tx.change(
        "UPDATE report SET about = '', words = '', closed_by = ?, closed_at = ? WHERE id = ? AND closed_at IS NULL",
        (by, at, report_id),
    )
    return changed == 1
