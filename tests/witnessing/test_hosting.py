# SPDX-License-Identifier: AGPL-3.0-or-later
"""A process that serves several rings tells each who stands beside it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from ringtausch_node.bootstrap import found_ring
from ringtausch_node.config import Config
from ringtausch_node.hosting import Host, Ready
from tests.federation.towns import until


async def test_rings_of_one_process_are_no_witnesses_for_each_other(tmp_path: Path) -> None:
    names = ("oak", "elm")
    ids = {
        found_ring(
            tmp_path / name, Config(address=f"{name}.example", name=name, net="test", listen="127.0.0.1:0")
        ).ring_id
        for name in names
    }
    announced: list[Ready] = []
    host, stop = Host([tmp_path / name for name in names]), asyncio.Event()
    running = asyncio.create_task(host.run(stop, announced.append))

    async def are_served() -> bool:
        return len(announced) == len(names) or running.done()

    await until(are_served)
    beside = [keeper.ring.witnessing.neighbourhood.beside for keeper in host._keepers if keeper.ring]
    stop.set()
    await running

    assert [frozenset(ids)] * 2 == beside
