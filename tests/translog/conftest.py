# SPDX-License-Identifier: AGPL-3.0-or-later
"""A log in memory, and what stands in it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from ringtausch_node.store import Tx
from ringtausch_node.translog import service as translog
from tests.store.migrated import migrated
from tests.translog.signing import Signing


@pytest.fixture
def tx() -> Iterator[Tx]:
    """An empty log in memory."""
    connection = migrated()
    yield Tx(connection)
    connection.close()


@pytest.fixture
async def signing(tmp_path: Path) -> AsyncIterator[Signing]:
    """A folder, opened once."""
    found = Signing(tmp_path)
    await found.open()
    yield found
    await found.close()


def fill(tx: Tx, count: int, first: int = 0, *, together: int = 100) -> None:
    """Append entries, so many in one group."""
    for begin in range(first, first + count, together):
        writer = translog.LogWriter(tx)
        writer.append_all([b"entry %d" % number for number in range(begin, min(begin + together, first + count))])
        writer.save()
