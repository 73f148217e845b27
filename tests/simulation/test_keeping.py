# SPDX-License-Identifier: AGPL-3.0-or-later
"""What brings dead nodes back, itself."""

from __future__ import annotations

import asyncio
from pathlib import Path
from unittest import mock

from tests.simulation.world import World


def test_who_dies_again_while_he_is_down_comes_back_once(tmp_path: Path) -> None:
    world = World(1, tmp_path)

    async def story() -> None:
        world.found("oak")
        for _ in range(2):
            world.kill(world.nodes["oak"], away_seconds=5.0)
        await asyncio.sleep(6.0)

    with mock.patch.object(world, "spawn_boot") as boots:
        world.run(story())

    assert [mock.call("oak")] == boots.mock_calls
