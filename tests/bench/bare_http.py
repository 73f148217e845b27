# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a request costs between two processes when nothing is done with it: aiohttp's client and an empty server.

`python -m tests.bench.bare_http` is the server: it reads the body, answers as many bytes as the path asks, and ends
with its stdin.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web

from tests.bench.rig import CHECKOUT, HOST


class BareHttp:
    """One connection to the empty server."""

    def __init__(self, session: aiohttp.ClientSession, port: int) -> None:
        self._session, self._port = session, port

    async def post(self, sent_bytes: int, answered_bytes: int, count: int) -> list[float]:
        """`count` posts, one after the other. -> the seconds of each."""
        body, url = b"x" * sent_bytes, f"http://{HOST}:{self._port}/{answered_bytes}"
        taken = []
        for _ in range(count):
            begin = time.perf_counter()
            async with self._session.post(url, data=body) as answer:
                await answer.read()
            taken.append(time.perf_counter() - begin)
        return taken


@asynccontextmanager
async def bare_http() -> AsyncIterator[BareHttp]:
    """Start the empty server in a process of its own, and end it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.bare_http", cwd=CHECKOUT, stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        port = int(await process.stdout.readline())
        async with aiohttp.ClientSession() as session:
            yield BareHttp(session, port)
    finally:
        process.stdin.close()
        await process.wait()


async def _serve() -> None:
    async def answer(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(body=b"x" * int(request.match_info["size"]))

    app = web.Application(client_max_size=1 << 20)
    app.router.add_post("/{size}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, HOST, 0).start()
    sys.stdout.write(f"{runner.addresses[0][1]}\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(_serve())
