# SPDX-License-Identifier: AGPL-3.0-or-later
"""P1b: durable `POST /api/v1/payments` with a bearer token on 64 connections, against an empty aiohttp endpoint.

Both stand in this process on the same loop and real sockets; one client, a process of its own, sends both the same
requests (`client.py`).
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

from ringtausch_node import api
from ringtausch_node.api import ApiLimits
from ringtausch_node.bootstrap import Ring
from ringtausch_node.serving import Server
from tests.bench.figures import Figure, interleaved
from tests.bench.rig import CHECKOUT, HOST, MEMBERS, one_ring

CONNECTIONS = 64
COUNT = 8_000
#: No one counts requests here.
OPEN_DOOR = ApiLimits(per_member_per_second=1e9, per_member_burst=1e9)


class Client:
    """The client's process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._numbers = itertools.count(1, COUNT)

    async def rate(self, port: int, path: str, token: str) -> float:
        """Send COUNT payments. -> answers per second. Every one must be a 200 or 201."""
        order = {"port": port, "path": path, "token": token, "count": COUNT, "lines": CONNECTIONS, "members": MEMBERS,
                 "first": next(self._numbers)}  # fmt: skip
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        told = json.loads(await self._process.stdout.readline())
        if told["wrong"]:
            raise RuntimeError(f"answers that are no success: {told['wrong']}")
        return COUNT / float(told["seconds"])


@asynccontextmanager
async def a_client() -> AsyncIterator[Client]:
    """Start the client's process, and end it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.client", cwd=CHECKOUT, stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        yield Client(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()


@asynccontextmanager
async def served(ring: Ring) -> AsyncIterator[int]:
    """The API of a ring as `serve` serves it, but for its rates. -> its port."""
    server = Server()
    server.add(HOST, 0, [], api.build_app(ring, OPEN_DOOR))
    [(_, port)] = await server.start()
    try:
        yield port
    finally:
        await server.stop()


@asynccontextmanager
async def empty_endpoint() -> AsyncIterator[int]:
    """What aiohttp does when nothing is asked of it: one route, an empty answer, no access log. -> its port."""

    async def nothing(_request: web.Request) -> web.Response:
        return web.Response()

    app = web.Application()
    app.router.add_post("/", nothing)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, HOST, 0)
    await site.start()
    try:
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()


async def measure(root: Path) -> list[Figure]:
    """P1b."""
    async with one_ring(root) as ring, served(ring) as ours, empty_endpoint() as theirs, a_client() as client:
        await ring.members.add("office", "Office", "office")
        token = await ring.members.token("office")
        rates = await interleaved(
            lambda: client.rate(ours, "/api/v1/payments", token), lambda: client.rate(theirs, "/", token)
        )
    what = f"POST /api/v1/payments, {CONNECTIONS} connections, against an empty aiohttp endpoint"
    beside = {"ours/s": rates[0], "empty/s": rates[1]}
    return [Figure("P1b", what, rates[0] / rates[1], "x", 0.25, True, beside)]
