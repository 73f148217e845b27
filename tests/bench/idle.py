# SPDX-License-Identifier: AGPL-3.0-or-later
"""P8 and P9: what a node needs when nothing happens, and how soon it is back after kill -9."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import aiohttp

from tests.bench.figures import Figure, interleaved, median
from tests.bench.local import CALLERS, pay_many
from tests.bench.node import node
from tests.bench.pages import PATHS, device
from tests.bench.rig import HOST, one_ring

FEW, MANY = 1_000, 100_000
ROUNDS = 5
#: A running node signs its log once a second: so many bookings stand behind the newest checkpoint when it is killed.
UNSIGNED = 500
#: After so long the node has done all that it does when it starts.
SETTLED_SECONDS = 1.0
MIB = 1 << 20
#: What people see who are not signed in; members' pages stand in tests/bench/pages.py.
STRANGERS = ("/", "/anmelden", "/seite/tauschring")


class Start(NamedTuple):
    """One start after a kill. `read_bytes`: its memory after a member's pages were read."""

    seconds: float
    rss_bytes: int
    read_bytes: int = 0


class Killed(NamedTuple):
    """A ring's folder as a kill leaves it: copied while it is open, its write-ahead log not yet in the file."""

    folder: Path
    device: str


async def _killed_ring(root: Path, bookings: int) -> Killed:
    """A ring with so many bookings, where a member is signed in."""
    folder = root / f"killed-{bookings}"
    async with one_ring(root / f"made-{bookings}") as ring:
        await pay_many(ring, bookings - UNSIGNED, CALLERS)
        await ring.checkpoints.make()
        await pay_many(ring, UNSIGNED, CALLERS)
        token = await device(ring)
        shutil.copytree(ring.folder.path, folder)
    config = folder / "config.toml"  # listen wherever there is a free port
    text = config.read_text(encoding="utf-8").replace(f'listen = "{HOST}:1"', f'listen = "{HOST}:0"')
    config.write_text(text, encoding="utf-8")
    return Killed(folder, token)


async def _start(killed: Killed, rest_seconds: float = 0.0, paths: Sequence[str] = ()) -> Start:
    """Serve, see that it answers, let pages be read, kill -9."""
    async with node(killed.folder) as started, aiohttp.ClientSession() as session:
        await _look(session, started.listen, "/health")
        await asyncio.sleep(rest_seconds)
        rss_bytes = started.rss_bytes()
        for path in paths:
            await _look(session, started.listen, path, killed.device if path in PATHS else "")
        return Start(started.start_seconds, rss_bytes, started.rss_bytes())


async def _look(session: aiohttp.ClientSession, listen: str, path: str, device: str = "") -> None:
    cookies = "; ".join(f"{name}={device}" for name in ("sitzung", "__Host-sitzung"))
    headers = {"Accept": "text/html", "Cookie": cookies} if device else {}
    async with session.get(f"http://{listen}{path}", headers=headers, allow_redirects=False) as answer:
        if answer.status != 200:
            raise RuntimeError(f"{path} says {answer.status}")


async def measure(root: Path) -> list[Figure]:
    """P8 and P9."""
    small, large = await _killed_ring(root, FEW), await _killed_ring(root, MANY)
    starts = [await _start(small, SETTLED_SECONDS, [*STRANGERS, *PATHS] * 5) for _ in range(ROUNDS)]
    idle, read = (median([size / MIB for size in sizes]) for sizes in zip(*(each[1:] for each in starts), strict=True))

    async def seconds(killed: Killed) -> float:
        return (await _start(killed)).seconds

    back = await interleaved(lambda: seconds(large), lambda: seconds(small), ROUNDS)
    beside = {f"{MANY} bookings s": back[0], f"{FEW} bookings s": back[1]}
    return [
        Figure("P8", "resident memory of an idle node, one ring", idle, "MiB", 80, False),
        Figure("P8", "the same after a member's pages were read", read, "MiB", 90, False),
        Figure("P9", "start to ready after kill -9, the large ring", back[0], "s", 2, False, beside),
        Figure("P9", "the large ring against the small one", back[0] / back[1], "x", 1.5, False),
    ]
