# SPDX-License-Identifier: AGPL-3.0-or-later
"""Other rings as they should not be: servers that do to their client what a test wants."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from ringtausch_node.errors import RemoteError
from ringtausch_node.federation.line.model import Reply
from ringtausch_node.federation.wire.transport import HttpTransport, Lookup

HOST = "127.0.0.1"
LIMIT = 1_000

#: What a peer does once it has read a request.
Behaviour = Callable[[bytes, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Peer:
    """A server that does to its client what a test wants, and counts who came."""

    def __init__(self, behave: Behaviour) -> None:
        self._behave = behave
        self._writers: set[asyncio.StreamWriter] = set()
        self.connections = 0
        self.requests: list[bytes] = []
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                size = next(
                    int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")
                )
                body = await reader.readexactly(size)
                self.requests.append(head + body)
                await self._behave(body, reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    def drop_all(self) -> None:
        for writer in self._writers:
            writer.close()


@asynccontextmanager
async def peer_that(behave: Behaviour, tls: ssl.SSLContext | None = None) -> AsyncIterator[Peer]:
    peer = Peer(behave)
    server = await asyncio.start_server(peer.serve, HOST, 0, ssl=tls)
    peer.port = server.sockets[0].getsockname()[1]
    try:
        yield peer
    finally:
        server.close()
        peer.drop_all()
        await server.wait_closed()
        await asyncio.sleep(0.01)


@asynccontextmanager
async def transport_with(
    *, allow_private: bool = True, lookup: Lookup | None = None, tls: ssl.SSLContext | None = None
) -> AsyncIterator[HttpTransport]:
    transport = HttpTransport(allow_private=allow_private, lookup=lookup, tls=tls)
    try:
        yield transport
    finally:
        await transport.close()


def saying(data: bytes) -> Behaviour:
    async def behave(_body: bytes, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()

    return behave


async def post(transport: HttpTransport, url: str, timeout_seconds: float = 5.0, limit_bytes: int = LIMIT) -> Reply:
    return await transport.post(
        url, "/peer/v1/frames", b'{"a":1}', limit_bytes=limit_bytes, timeout_seconds=timeout_seconds
    )


async def code_of_posting(behave: Behaviour, timeout_seconds: float = 5.0, limit_bytes: int = LIMIT) -> str:
    async with peer_that(behave) as peer, transport_with() as transport:
        with pytest.raises(RemoteError) as caught:
            await post(transport, f"http://{HOST}:{peer.port}", timeout_seconds, limit_bytes)
        return caught.value.code


OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


def answering(*answers: list[str]) -> tuple[Lookup, list[str]]:
    """A resolver that gives one answer after the other, and what it was asked."""
    asked: list[str] = []

    async def lookup(host: str, _port: int) -> list[str]:
        asked.append(host)
        return answers[min(len(asked), len(answers)) - 1]

    return lookup, asked
