# SPDX-License-Identifier: AGPL-3.0-or-later
"""Everything that stands in a ring's database, as one hash: what was refused must leave it as it was."""

from __future__ import annotations

import hashlib

from ringtausch_node.bootstrap import Ring
from ringtausch_node.store import Tx


async def contents_of(ring: Ring) -> str:
    """The hash of all tables but `evidence`: proofs of what was wrong may be kept."""
    return await ring.store.read(_hash)


def _hash(tx: Tx) -> str:
    digest = hashlib.sha256()
    names = [row[0] for row in tx.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    for name in names:
        if name != "evidence":
            digest.update(f"\n{name}\n".encode())
            for row in tx.execute(f'SELECT * FROM "{name}"'):
                digest.update(repr(row).encode())
    return digest.hexdigest()
