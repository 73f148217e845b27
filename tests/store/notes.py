# SPDX-License-Identifier: AGPL-3.0-or-later
"""One small table to try the store with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from ringtausch_node.store import Store, Tx

OpenStore = Callable[..., Awaitable[Store]]


def create_notes(tx: Tx) -> None:
    tx.execute("CREATE TABLE IF NOT EXISTS note (text TEXT PRIMARY KEY, size INTEGER CHECK (size < 10)) STRICT")


def add_note(text: str, size: int = 0) -> Callable[[Tx], None]:
    def use_case(tx: Tx) -> None:
        tx.execute("INSERT INTO note VALUES (?, ?)", (text, size))

    return use_case


def notes(tx: Tx) -> list[str]:
    return [row[0] for row in tx.execute("SELECT text FROM note ORDER BY text")]
