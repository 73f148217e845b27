# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who asks to be taken in, in SQL."""

from __future__ import annotations

from typing import NamedTuple

from ringtausch_node.store import Tx


class JoinRequest(NamedTuple):
    """An open row of `join_request`."""

    id: bytes
    name: str
    contact: str
    words: str
    asked_at: int


_REQUEST = "SELECT id, name, contact, words, asked_at FROM join_request WHERE state = 'open'"


def insert_request(tx: Tx, request: JoinRequest) -> None:
    """Somebody asks; the same form once more asks nothing new."""
    tx.change(
        "INSERT INTO join_request (id, name, contact, words, asked_at) VALUES (?,?,?,?,?) ON CONFLICT (id) DO NOTHING",
        tuple(request),
    )


def load_requests(tx: Tx) -> list[JoinRequest]:
    """Who waits for an answer, the oldest first."""
    return [JoinRequest(*row) for row in tx.execute(_REQUEST + " ORDER BY asked_at, id")]


def load_request(tx: Tx, request_id: bytes) -> JoinRequest | None:
    """One that waits for an answer, or None."""
    row = tx.row(_REQUEST + " AND id = ?", (request_id,))
    return JoinRequest(*row) if row else None


def count_requests(tx: Tx) -> int:
    """How many wait for an answer."""
    return int(tx.one("SELECT count(*) FROM join_request WHERE state = 'open'")[0])


def decide_request(tx: Tx, request_id: bytes, state: str, by: str, at: int) -> None:
    """It is decided: what the stranger wrote is forgotten here."""
    tx.change(
        "UPDATE join_request SET state = ?, decided_by = ?, decided_at = ?, name = '', contact = '', words = ''"
        " WHERE id = ?",
        (state, by, at, request_id),
    )
