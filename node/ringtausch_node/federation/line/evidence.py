# SPDX-License-Identifier: AGPL-3.0-or-later
"""Evidence that is kept, in SQL: what people are shown of it."""

from __future__ import annotations

from typing import NamedTuple

from ringtausch_node.store import Tx


class Kept(NamedTuple):
    """Evidence as it is kept: its number, about which peer (None: a ring without a line to us), kind, since when."""

    number: int
    peer: int | None
    code: str
    data: bytes
    at: int


def has_evidence(tx: Tx, code: str, text: str) -> bool:
    """Whether evidence of one kind is kept in which this text stands."""
    return tx.row("SELECT 1 FROM evidence WHERE code = ? AND instr(bytes, ?)", (code, text.encode())) is not None


def load_evidence(tx: Tx, code: str) -> list[Kept]:
    """Evidence of one kind, newest first."""
    sql = "SELECT id, peer, code, bytes, at FROM evidence WHERE code = ? ORDER BY id DESC"
    return [Kept(*row) for row in tx.execute(sql, (code,))]
