# SPDX-License-Identifier: AGPL-3.0-or-later
"""Two real rings that trade, and their logs as bytes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ringtausch_node.bootstrap import Ring
from tests.federation.copies import Copies
from tests.federation.towns import Towns, peer


@pytest.fixture
async def towns(tmp_path: Path) -> AsyncIterator[Towns]:
    """An empty land."""
    land = Towns(tmp_path)
    yield land
    await land.close_all()


@pytest.fixture
async def pair(towns: Towns) -> tuple[Ring, Ring]:
    """Oak with Alma and elm with Ben, peered and silent."""
    oak, elm = await towns.found("oak"), await towns.found("elm")
    await oak.members.add("alma", "Alma")
    await elm.members.add("ben", "Ben")
    await peer(oak, elm)
    return oak, elm


@pytest.fixture
def copies(towns: Towns) -> Copies:
    """Where copies are kept."""
    return Copies(towns)
