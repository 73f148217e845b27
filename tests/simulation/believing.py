# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a ring has kept of its neighbours' boots: it outlives every restart, or an old boot could come back.

Read with SQL of its own, as `checks.py` does.
"""

from __future__ import annotations

from ringtausch_node.store import Tx

#: Lines whose list of boots is not that of the one present boot of the neighbour, of those that have heard a hello.
_UNSURE = (
    "SELECT p.address, count(b.boot), max(b.boot) FROM line l JOIN peer p ON p.id = l.peer"
    " LEFT JOIN peer_boot b ON b.peer = l.peer AND b.replaced = 0"
    " WHERE p.state = 'confirmed' AND EXISTS (SELECT 1 FROM peer_boot h WHERE h.peer = l.peer)"
    " GROUP BY l.peer HAVING count(b.boot) <> 1"
    " OR coalesce(json_extract(CAST(l.fence AS TEXT), '$.boot'), '') <> max(b.boot)"
)


def unsure_boots(tx: Tx) -> list[str]:
    """Neighbours of which more than one boot counts, or whose list of boots is not kept."""
    return [f"{row[0]}: which of {row[1]} boots counts is not kept" for row in tx.execute(_UNSURE).fetchall()]
