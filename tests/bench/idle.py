# SPDX-License-Identifier: AGPL-3.0-or-later
"""P8 and P9: what a node needs when nothing happens, and how soon it is back after kill -9."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import NamedTuple

import aiohttp

from tests.bench.figures import Figure, interleaved, median
from tests.bench.local import CALLERS, pay_many
from tests.bench.node import node
from tests.bench.rig import HOST, one_ring

FEW, MANY = 1_000, 100_000
ROUNDS = 5
#: A running node signs its log once a second: so many bookings stand behind the newest checkpoint when it is killed.
UNSIGNED = 500
#: After so long the node has done all that it does when it starts.
SETTLED_SECONDS = 1.0
MIB = 1 << 20


class Start(NamedTuple):
    """One start after a kill."""

    seconds: float
    rss_bytes: int


async def _killed_ring(root: Path, bookings: int) -> Path:
    """A ring's folder as a kill leaves it: copied while it is open, its write-ahead log not yet in the file."""
    folder = root / f"killed-{bookings}"
    async with one_ring(root / f"made-{bookings}") as ring:
        await pay_many(ring, bookings - UNSIGNED, CALLERS)
        await ring.checkpoints.make()
        await pay_many(ring, UNSIGNED, CALLERS)
        shutil.copytree(ring.folder.path, folder)
    config = folder / "config.toml"  # listen wherever there is a free port
    text = config.read_text(encoding="utf-8").replace(f'listen = "{HOST}:1"', f'listen = "{HOST}:0"')
    config.write_text(text, encoding="utf-8")
    return folder


async def _start(folder: Path, rest_seconds: float = 0.0) -> Start:
    """Serve, see that it answers, kill -9."""
    async with node(folder) as started, aiohttp.ClientSession() as session:
        async with session.get(f"http://{started.listen}/health") as answer:
            healthy = answer.status
        if healthy != 200:
            raise RuntimeError(f"/health says {healthy}")
        await asyncio.sleep(rest_seconds)
        return Start(started.start_seconds, started.rss_bytes())


async def measure(root: Path) -> list[Figure]:
    """P8 and P9."""
    small, large = await _killed_ring(root, FEW), await _killed_ring(root, MANY)
    idle = median([(await _start(small, SETTLED_SECONDS)).rss_bytes / MIB for _ in range(ROUNDS)])

    async def seconds(folder: Path) -> float:
        return (await _start(folder)).seconds

    back = await interleaved(lambda: seconds(large), lambda: seconds(small), ROUNDS)
    beside = {f"{MANY} bookings s": back[0], f"{FEW} bookings s": back[1]}
    return [
        Figure("P8", "resident memory of an idle node, one ring", idle, "MiB", 80, False),
        Figure("P9", "start to ready after kill -9, the large ring", back[0], "s", 2, False, beside),
        Figure("P9", "the large ring against the small one", back[0] / back[1], "x", 1.5, False),
    ]
