# SPDX-License-Identifier: AGPL-3.0-or-later
"""A ring in a folder, open, as the control socket sees it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ringtausch_node.bootstrap import Ring, found_ring, open_ring
from ringtausch_node.config import check_config

SETTINGS = {
    "address": "eiche.example",
    "name": "Eiche",
    "net": "test",
    "url": "http://127.0.0.1:9",
    "allow_private_addresses": True,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    # Deeper than the 108 bytes of sun_path.
    path = tmp_path / ("long-" * 20) / "ring"
    found_ring(path, check_config(SETTINGS))
    return path


@pytest.fixture
async def ring(folder: Path) -> AsyncIterator[Ring]:
    opened = await open_ring(folder)
    yield opened
    await opened.close()
