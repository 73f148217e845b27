# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from collections.abc import Iterator

import pytest

from ringtausch_node.store import Tx
from tests.ledger.books import empty_books


@pytest.fixture
def tx() -> Iterator[Tx]:
    """Empty books in memory."""
    connection = empty_books()
    yield Tx(connection)
    connection.close()
