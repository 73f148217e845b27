# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reading request bodies: never more bytes, time or helpers than allowed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp.http import HttpVersion11
from aiohttp.web import BaseRequest, RequestPayloadError

from ringtausch_node.errors import RemoteError
from ringtausch_node.serving.connections import Connection

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


async def read_body(request: BaseRequest, limit_bytes: int) -> bytes:
    """The body as it came. Raises RemoteError: media_type (compressed), too_large, too_slow, bad_request."""
    if "Content-Encoding" in request.headers:
        raise RemoteError("media_type", "content encodings are not accepted")
    content = request.content
    if content.is_eof() and content.total_bytes <= limit_bytes and content.exception() is None:
        return content.read_nowait()  # most bodies arrive together with their head
    length = request.headers.get("Content-Length", "")
    if content.total_bytes > limit_bytes or (length.isdecimal() and int(length[:20]) > limit_bytes):
        raise _too_large(limit_bytes)
    try:
        async with asyncio.timeout(body_seconds(request)):
            return await _collect(request, limit_bytes)
    except TimeoutError:
        raise RemoteError("too_slow") from None
    except RequestPayloadError:
        raise RemoteError("bad_request", "the body is not well-formed HTTP") from None


async def _collect(request: BaseRequest, limit_bytes: int) -> bytes:
    if request.version >= HttpVersion11 and request.headers.get("Expect", "").lower() == "100-continue":
        await request.writer.write(_CONTINUE)
    body = bytearray()
    while chunk := await request.content.readany():
        body += chunk
        if len(body) > limit_bytes:
            raise _too_large(limit_bytes)
    return bytes(body)


def _too_large(limit_bytes: int) -> RemoteError:
    return RemoteError("too_large", f"more than {limit_bytes} bytes")


def body_seconds(request: BaseRequest) -> float:
    """How long the body of a request may take; of a long one each piece."""
    return _connection(request).body_seconds


def asker(request: BaseRequest) -> str:
    """The key under which a request is counted: its address, or its /64 for IPv6 (see `Connection.asker`)."""
    return _connection(request).asker(",".join(request.headers.getall("X-Forwarded-For", ())))


def _connection(request: BaseRequest) -> Connection:
    connection = request.protocol
    assert isinstance(connection, Connection)
    return connection


class Places:
    """How many bodies may be in memory at once, in all and from one address."""

    def __init__(self, total: int, per_address: int) -> None:
        self._total, self._per_address = total, per_address
        self._taken = 0
        self._by_address: dict[str, int] = {}

    @contextmanager
    def hold(self, address: str) -> Iterator[None]:
        """A place for the length of a `with` block. Raises RemoteError('busy') where there is none."""
        held = self._by_address.get(address, 0)
        if self._taken >= self._total or held >= self._per_address:
            raise RemoteError("busy", "too many messages at once")
        self._taken += 1
        self._by_address[address] = held + 1
        try:
            yield
        finally:
            self._taken -= 1
            left = self._by_address.pop(address) - 1
            if left:
                self._by_address[address] = left
