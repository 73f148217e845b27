# SPDX-License-Identifier: AGPL-3.0-or-later
"""Two peered rings for every test of this room."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.sometimes import counted
from tests.federation.copies import Copies
from tests.federation.towns import Towns, peer, talk


@pytest.fixture
async def towns(tmp_path: Path) -> AsyncIterator[Towns]:
    """An empty land."""
    land = Towns(tmp_path)
    yield land
    await land.close_all()


@pytest.fixture
async def oak(towns: Towns) -> Ring:
    """The ring oak with Alma."""
    ring = await towns.found("oak")
    await ring.members.add("alma", "Alma")
    return ring


@pytest.fixture
async def elm(towns: Towns) -> Ring:
    """The ring elm with Ben."""
    ring = await towns.found("elm")
    await ring.members.add("ben", "Ben")
    return ring


@pytest.fixture
async def pair(oak: Ring, elm: Ring) -> tuple[Ring, Ring]:
    """Oak and elm, peered and confirmed, silent."""
    await peer(oak, elm)
    return oak, elm


@pytest.fixture
async def open_pair(pair: tuple[Ring, Ring]) -> tuple[Ring, Ring]:
    """Oak and elm with an open line."""
    await talk(*pair)
    return pair


@pytest.fixture
def copies(towns: Towns) -> Copies:
    """Where copies are kept."""
    return Copies(towns)


@pytest.fixture
def reached() -> Iterator[Counter[str]]:
    """How often each place that calls `sometimes` was reached: for those that the simulator's days seldom reach."""
    places: Counter[str] = Counter()
    with counted(lambda name: places.update((name,))):
        yield places
