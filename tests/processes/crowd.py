# SPDX-License-Identifier: AGPL-3.0-or-later
"""A crowd of bad clients as a process of its own: `python -m tests.processes.crowd PORT COUNT`.

COUNT connections from ten addresses send heads and bodies a byte at a time, and come back as soon as they are cut.
Besides one client after the other sends a GiB, packed into one MiB. Each second a line on the standard output says how
many connections were made, how many are open, how many bombs were refused, and with which status.
"""

from __future__ import annotations

import asyncio
import sys
from collections import Counter

from tests.processes.hostile import BOMB

_HEAD = b"POST /peer/v1/frames HTTP/1.1\r\nHost: oak.example\r\nContent-Type: application/json\r\n"
_PAUSE_SECONDS = 0.5
ADDRESSES = 10


class Crowd:
    """All bad clients of one node."""

    def __init__(self, port: int, count: int) -> None:
        self._port, self._count = port, count
        self.made, self.open = 0, 0
        self.bombs: Counter[int] = Counter()

    async def run(self) -> None:
        """Until killed."""
        async with asyncio.TaskGroup() as group:
            for number in range(self._count):
                group.create_task(self._crawl(number))
            group.create_task(self._throw())
            while True:
                await asyncio.sleep(1.0)
                refused = ",".join(f"{status}:{count}" for status, count in self.bombs.items())
                sys.stdout.write(f"{self.made} {self.open} {refused or '-'}\n")
                sys.stdout.flush()

    async def _crawl(self, number: int) -> None:
        while True:
            try:
                reader, writer = await self._connect(number)
            except OSError:
                await asyncio.sleep(_PAUSE_SECONDS)
                continue
            self.made += 1
            self.open += 1
            try:
                await self._drip(reader, writer, is_head=number % 2 == 0)
            except OSError:
                pass
            finally:
                self.open -= 1
                writer.close()

    async def _drip(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_head: bool) -> None:
        writer.write(_HEAD + (b"X: " if is_head else b"Content-Length: 200000\r\n\r\n{"))
        while not reader.at_eof():
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _throw(self) -> None:
        while True:
            try:
                reader, writer = await self._connect(self._count)
                writer.write(_HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(BOMB) + BOMB)
                status = (await reader.readline()).split()[1:2]
                self.bombs[int(status[0]) if status else 0] += 1
                writer.close()
            except OSError:
                self.bombs[0] += 1
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _connect(self, number: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        source = f"127.0.1.{1 + number % ADDRESSES}"
        return await asyncio.open_connection("127.0.0.1", self._port, local_addr=(source, 0))


if __name__ == "__main__":
    asyncio.run(Crowd(int(sys.argv[1]), int(sys.argv[2])).run())
