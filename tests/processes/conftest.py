# SPDX-License-Identifier: AGPL-3.0-or-later
"""Two towns, each its own process; whatever a test does to them, they are gone afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.processes.towns import Town

Founder = Callable[..., Town]
HERE = Path(__file__).parent


@pytest.fixture
def found(tmp_path: Path) -> Iterator[Founder]:
    """Found a ring in a folder of its own; its process is started by the test."""
    with ExitStack() as stack:

        def founder(name: str, public_port: int | None = None) -> Town:
            town = Town(tmp_path, name, public_port=public_port)
            stack.callback(town.clean_up)
            return town

        yield founder


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test here starts processes."""
    for item in items:
        if item.path.parent == HERE:
            item.add_marker(pytest.mark.processes)
