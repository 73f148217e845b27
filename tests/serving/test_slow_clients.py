# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import asyncio
from dataclasses import replace

from aiohttp.web import BaseRequest, Response

from ringtausch_node.clock import SystemClock
from ringtausch_node.ids import SystemIds
from ringtausch_node.serving import App, Route, ServingLimits, json_answer, read_body
from tests.serving.wire import QUICK, Line, ask, connected, listening, request_bytes


async def echo(request: BaseRequest, _found: tuple[str, ...]) -> Response:
    return json_answer(await read_body(request, 1_000_000))


async def much(_request: BaseRequest, _found: tuple[str, ...]) -> Response:
    return json_answer(bytes(20_000_000))


def app() -> App:
    routes = [Route("POST", "/echo", echo), Route("GET", "/much", much)]
    return App(routes, SystemIds(SystemClock()))


#: Far more than a limit of these tests and far less than the others that might cut: a busy machine proves nothing.
SOON_SECONDS = 5.0


async def drip(line: Line, data: bytes, pause_seconds: float) -> None:
    """Send byte after byte until the other side has enough."""
    try:
        for byte in data:
            await line.send(bytes([byte]))
            await asyncio.sleep(pause_seconds)
    except ConnectionError:
        pass


async def test_a_head_that_crawls_is_cut_though_bytes_keep_coming() -> None:
    async with listening(app(), ServingLimits(head_seconds=0.2)) as port, connected(port) as line:
        dripping = asyncio.create_task(drip(line, b"POST /echo HTTP/1.1\r\nX: " + b"y" * 1_000, 0.02))
        assert 0.15 < await line.seconds_until_cut() < SOON_SECONDS
        dripping.cancel()


async def test_a_connection_that_says_nothing_is_cut() -> None:
    async with listening(app(), ServingLimits(head_seconds=0.2)) as port, connected(port) as line:
        assert 0.15 < await line.seconds_until_cut() < SOON_SECONDS


async def test_the_second_head_of_a_connection_is_timed_too() -> None:
    async with listening(app(), ServingLimits(head_seconds=0.2)) as port, connected(port) as line:
        for _ in range(2):
            await line.send(request_bytes("POST", "/echo", body=b"1"))
            assert 200 == (await line.hear()).status
            await asyncio.sleep(0.25)  # idle longer than a head may take
        await line.send(b"POST /echo HTT")
        assert 0.15 < await line.seconds_until_cut() < SOON_SECONDS


async def test_an_idle_connection_is_closed_after_keep_alive() -> None:
    async with listening(app(), ServingLimits(keep_alive_seconds=0.4)) as port, connected(port) as line:
        await line.send(request_bytes("POST", "/echo", body=b"1"))
        assert 200 == (await line.hear()).status
        assert 0.3 < await line.seconds_until_cut() < SOON_SECONDS


async def test_a_body_that_crawls_is_answered_408_and_cut() -> None:
    async with listening(app(), QUICK) as port, connected(port) as line:
        await line.send(request_bytes("POST", "/echo", {"Content-Length": "1000"}))
        dripping = asyncio.create_task(drip(line, b"y" * 1_000, 0.02))
        heard = await line.hear()
        assert (408, "too_slow", "close") == (heard.status, heard.code, heard.headers["connection"])
        assert await line.seconds_until_cut() < SOON_SECONDS
        dripping.cancel()


async def test_a_chunked_body_that_never_ends_is_cut_as_well() -> None:
    async with listening(app(), QUICK) as port, connected(port) as line:
        await line.send(b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        dripping = asyncio.create_task(drip(line, b"1\r\ny\r\n" * 1_000, 0.01))
        assert 408 == (await line.hear()).status
        assert await line.seconds_until_cut() < SOON_SECONDS
        dripping.cancel()


async def test_a_body_in_pieces_that_comes_in_time_is_read() -> None:
    async with listening(app(), QUICK) as port, connected(port) as line:
        await line.send(request_bytes("POST", "/echo", {"Content-Length": "4"}))
        await drip(line, b"1234", 0.01)
        assert b"1234" == (await line.hear()).body


async def test_a_client_that_does_not_read_is_cut() -> None:
    async with listening(app(), QUICK) as port, connected(port) as line:
        line.writer.transport.pause_reading()  # type: ignore[attr-defined]
        await line.send(request_bytes("GET", "/much"))
        await asyncio.sleep(0.8)
        line.writer.transport.resume_reading()  # type: ignore[attr-defined]
        received = 0
        try:
            while chunk := await line.reader.read(1_000_000):
                received += len(chunk)
        except ConnectionError:
            pass
        assert received < 20_000_000


async def test_a_client_that_reads_after_a_pause_gets_everything() -> None:
    async with listening(app(), replace(QUICK, write_seconds=2.0)) as port, connected(port) as line:
        line.writer.transport.pause_reading()  # type: ignore[attr-defined]
        await line.send(request_bytes("GET", "/much"))
        await asyncio.sleep(0.3)
        line.writer.transport.resume_reading()  # type: ignore[attr-defined]
        assert 20_000_000 == len((await line.hear()).body)


async def test_a_crowd_of_slow_clients_does_not_slow_down_the_honest() -> None:
    """Who would wait for one of them would wait for all that they may take."""
    crowd = ServingLimits(head_seconds=20.0, body_seconds=20.0, connections=1_000, connections_per_address=1_000)
    async with listening(app(), crowd) as port:
        slow = [await Line.open(port) for _ in range(200)]
        for line in slow[:100]:
            await line.send(b"POST /echo HTTP/1.1\r\nX:")
        for line in slow[100:]:
            await line.send(request_bytes("POST", "/echo", {"Content-Length": "1000"}))
        loop = asyncio.get_running_loop()
        took = []
        for _ in range(20):
            began_at = loop.time()
            assert 200 == (await ask(port, "POST", "/echo", body=b"1")).status
            took.append(loop.time() - began_at)
        assert max(took) < SOON_SECONDS
        for line in slow:
            await line.close()
