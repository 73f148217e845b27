# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest_asyncio

from ringtausch_node.clock import SystemClock
from ringtausch_node.store import Store
from tests.store.notes import OpenStore, create_notes


@pytest_asyncio.fixture
async def open_store(tmp_path: Path) -> AsyncIterator[OpenStore]:
    """Opens stores on one file; whatever the test leaves open is closed."""
    opened: list[Store] = []

    async def open_one(on_commit_point: Callable[[str], None] | None = None) -> Store:
        store = await Store.open(tmp_path / "ring.sqlite", clock=SystemClock(), on_commit_point=on_commit_point)
        opened.append(store)
        return store

    yield open_one
    for store in opened:
        await store.close()


@pytest_asyncio.fixture
async def store(open_store: OpenStore) -> Store:
    """A store with one more table to play with."""
    one = await open_store()
    await one.write(create_notes)
    return one
