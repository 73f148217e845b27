# SPDX-License-Identifier: AGPL-3.0-or-later
"""Bytes on real sockets: an app that listens on a port of its own, and a client that can misbehave."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, NamedTuple

import msgspec

from ringtausch_node.serving import App, Server, ServingLimits

HOST = "127.0.0.1"
#: Nothing in these tests takes longer, unless it hangs.
PATIENCE_SECONDS = 60.0
#: Time limits short enough to wait for.
QUICK = ServingLimits(
    head_seconds=0.2, body_seconds=0.2, keep_alive_seconds=0.4, write_seconds=0.3, linger_seconds=0.1, stop_seconds=0.5
)


class Heard(NamedTuple):
    """An answer as it came."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)

    @property
    def code(self) -> str:
        code: str = self.json["code"]
        return code


class Line:
    """One connection to a server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def open(cls, port: int, source: str = "") -> Line:
        local = (source, 0) if source else None
        return cls(*await asyncio.open_connection(HOST, port, local_addr=local))

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def hear(self) -> Heard:
        """The next answer."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
            first, *lines = head.rstrip().split("\r\n")
            headers: dict[str, str] = {}
            for name, _, value in (line.partition(": ") for line in lines):  # cookies come one a line
                known = headers.get(name.lower())
                headers[name.lower()] = value if known is None else f"{known}\n{value}"
            body = await self.reader.readexactly(int(headers.get("content-length", "0")))
            return Heard(int(first.split()[1]), headers, body)

    async def seconds_until_cut(self) -> float:
        """How long the other side kept the connection; what still came is thrown away."""
        loop = asyncio.get_running_loop()
        began_at = loop.time()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while await self.reader.read(65_536):
                    pass
        except ConnectionError:
            pass
        return loop.time() - began_at

    async def close(self) -> None:
        self.writer.close()
        with suppress(ConnectionError):
            await self.writer.wait_closed()


@asynccontextmanager
async def connected(port: int, source: str = "") -> AsyncIterator[Line]:
    """A connection that is closed in the end."""
    line = await Line.open(port, source)
    try:
        yield line
    finally:
        await line.close()


@asynccontextmanager
async def listening(app: App, limits: ServingLimits | None = None) -> AsyncIterator[int]:
    """Serve an app on 127.0.0.1. -> its port."""
    server = Server(limits or ServingLimits())
    server.add(HOST, 0, [], app)
    [(_, port)] = await server.start()
    try:
        yield port
    finally:
        await server.stop()


def request_bytes(method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> bytes:
    """A request as a well-behaved client writes it."""
    head = {"Host": HOST, **({"Content-Length": str(len(body))} if body or method == "POST" else {}), **(headers or {})}
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    return f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode() + body


async def ask(port: int, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Heard:
    """One request on a connection of its own."""
    async with connected(port) as line:
        await line.send(request_bytes(method, path, headers, body))
        return await line.hear()
