# SPDX-License-Identifier: AGPL-3.0-or-later
"""Since when a peer answers that it has stopped the line, in SQL."""

from __future__ import annotations

from ringtausch_node.store import Tx


def is_stopped_there(tx: Tx, peer: int) -> bool:
    """Whether the peer's last answer was that it has stopped the line."""
    return tx.one("SELECT stopped_there_at FROM line WHERE peer = ?", (peer,))[0] is not None


def set_stopped_there(tx: Tx, peer: int, at: int | None) -> None:
    """The peer answers so, or (None) answers otherwise."""
    tx.change("UPDATE line SET stopped_there_at = ? WHERE peer = ?", (at, peer))
