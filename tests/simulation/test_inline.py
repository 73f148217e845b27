# SPDX-License-Identifier: AGPL-3.0-or-later
"""A ring's database is asked by the ring's own life, or by who plays the people: by nobody whose death is another's."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.simulation.nodes import Node
from tests.simulation.world import World


@pytest.mark.parametrize(
    ("asker", "said"),
    [
        ("oak", []),
        ("elm", ["Life(name='elm', number=0) asks the database of Life(name='oak', number=0): None"]),
    ],
)  # fmt: skip
def test_whoever_asks_another_rings_database_is_found(tmp_path: Path, asker: str, said: list[str]) -> None:
    """A step of a dead node never runs again, so what it has begun there would hold up all that come after it."""
    world = World(1, tmp_path)

    async def story() -> None:
        for name in ("oak", "elm"):
            world.found(name)
            await world.boot(name, starts=False)
        await world.spawn(world.nodes[asker], _members_of(world.nodes["oak"]))
        await world.close()

    world.run(story())
    assert said == list(dict.fromkeys(world.failures()))


async def _members_of(node: Node) -> int:
    assert node.ring is not None
    return await node.ring.store.read(lambda tx: int(tx.one("SELECT count(*) FROM member")[0]))
