# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import asyncio
import tracemalloc
import zlib

import pytest

from ringtausch_node.errors import RemoteError
from tests.transport.peers import HOST, LIMIT, OK, code_of_posting, peer_that, post, saying, transport_with


async def test_bytes_go_and_come_untouched_over_one_connection() -> None:
    async with peer_that(saying(OK)) as peer, transport_with() as transport:
        for _ in range(3):
            reply = await post(transport, f"http://{HOST}:{peer.port}/")
            assert (200, b"{}") == (reply.status, reply.body)
        assert 1 == peer.connections
        assert peer.requests[0].startswith(b"POST /peer/v1/frames HTTP/1.1\r\n")
        assert peer.requests[0].endswith(b'\r\n\r\n{"a":1}')
        assert b"Accept-Encoding: identity\r\n" in peer.requests[0]
        assert b"Content-Type: application/json\r\n" in peer.requests[0]


async def test_an_answer_that_refuses_is_an_answer() -> None:
    refusal = b'HTTP/1.1 409 Conflict\r\nContent-Length: 14\r\n\r\n{"code":"gap"}'
    async with peer_that(saying(refusal)) as peer, transport_with() as transport:
        reply = await post(transport, f"http://{HOST}:{peer.port}")
    assert (409, b'{"code":"gap"}') == (reply.status, reply.body)


async def test_cookies_are_not_kept() -> None:
    answer = OK.replace(b"\r\n\r\n", b"\r\nSet-Cookie: a=b\r\n\r\n")
    async with peer_that(saying(answer)) as peer, transport_with() as transport:
        await post(transport, f"http://{HOST}:{peer.port}")
        await post(transport, f"http://{HOST}:{peer.port}")
        assert b"ookie" not in peer.requests[1]


async def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    async with peer_that(saying(OK)) as peer, transport_with() as transport:
        assert 200 == (await post(transport, f"http://{HOST}:{peer.port}")).status


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308])
async def test_a_redirect_is_not_followed(status: int) -> None:
    async with peer_that(saying(OK)) as elsewhere:
        location = f"http://{HOST}:{elsewhere.port}/latest/meta-data".encode()
        answer = b"HTTP/1.1 %d Moved\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % (status, location)
        assert "bad_answer" == await code_of_posting(saying(answer))
        assert 0 == elsewhere.connections


@pytest.mark.parametrize("encoding", [b"gzip", b"deflate", b"br", b"identity, gzip"])
async def test_a_packed_answer_is_refused_unopened(encoding: bytes) -> None:
    bomb = zlib.compress(bytes(10_000_000))[:900]
    answer = b"HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\nContent-Length: %d\r\n\r\n%s" % (encoding, len(bomb), bomb)
    assert "bad_answer" == await code_of_posting(saying(answer))


async def test_an_answer_of_exactly_the_limit_is_read() -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b"a" * LIMIT
    async with peer_that(saying(answer)) as peer, transport_with() as transport:
        assert LIMIT == len((await post(transport, f"http://{HOST}:{peer.port}")).body)


async def test_an_answer_announced_too_large_is_refused() -> None:
    assert "too_large" == await code_of_posting(saying(b"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n"))


async def test_an_endless_answer_is_cut_and_not_kept_in_memory() -> None:
    sent = 0

    async def flood(_body: bytes, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"10000\r\n" + bytes(65_536) + b"\r\n")
            await writer.drain()
            sent += 65_536

    tracemalloc.start()
    try:
        assert "too_large" == await code_of_posting(flood, limit_bytes=256 * 1024)
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()
    assert sent < 50_000_000


async def test_a_byte_a_second_ends_with_the_time_allowed() -> None:
    async def drip(_body: bytes, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n")
        while True:
            writer.write(b"a")
            await writer.drain()
            await asyncio.sleep(0.02)

    began_at = asyncio.get_running_loop().time()
    assert "unreachable" == await code_of_posting(drip, timeout_seconds=0.2)
    assert asyncio.get_running_loop().time() - began_at < 10.0


async def test_a_head_that_crawls_ends_with_the_time_allowed() -> None:
    async def drip(_body: bytes, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(b"X: y\r\n")
            await writer.drain()
            await asyncio.sleep(0.02)

    assert "unreachable" == await code_of_posting(drip, timeout_seconds=0.2)


async def test_silence_ends_with_the_time_allowed() -> None:
    async def wait(_body: bytes, _reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.5)

    assert "unreachable" == await code_of_posting(wait, timeout_seconds=0.1)


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * 20_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"\x00\xff" * 100 + b"\r\n\r\n",
    ],
)
async def test_what_is_not_http_is_a_bad_answer(answer: bytes) -> None:
    assert "bad_answer" == await code_of_posting(saying(answer))


@pytest.mark.parametrize("before", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"])
async def test_half_an_answer_is_an_error(before: bytes) -> None:
    async def hang_up(_body: bytes, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(before)
        writer.close()

    assert await code_of_posting(hang_up) in ("unreachable", "bad_answer")


async def test_nobody_there() -> None:
    async with transport_with() as transport:
        with pytest.raises(RemoteError, match="unreachable: no connection"):
            await post(transport, "http://127.0.0.1:1")


async def test_a_closed_transport_opens_again() -> None:
    async with peer_that(saying(OK)) as peer, transport_with() as transport:
        await post(transport, f"http://{HOST}:{peer.port}")
        await transport.close()
        await transport.close()
        assert 200 == (await post(transport, f"http://{HOST}:{peer.port}")).status


async def test_being_cancelled_is_not_an_answer() -> None:
    async def wait(_body: bytes, _reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.3)

    async with peer_that(wait) as peer, transport_with() as transport:
        posting = asyncio.create_task(post(transport, f"http://{HOST}:{peer.port}"))
        await asyncio.sleep(0.1)
        posting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await posting
