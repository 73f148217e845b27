# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

import pytest
from aiohttp.web import BaseRequest, Response

from ringtausch_node.clock import SystemClock
from ringtausch_node.errors import LocalError
from ringtausch_node.ids import SystemIds
from ringtausch_node.serving import App, Route, Server, ServingLimits, asker, json_answer, read_body
from tests.serving.wire import HOST, QUICK, Line, ask, connected, listening, request_bytes

#: What a slow machine may take for what comes at once.
PATIENCE_SECONDS = 30.0


def app_of(*routes: Route) -> App:
    return App(routes, SystemIds(SystemClock()))


def saying(words: bytes) -> App:
    async def say(_request: BaseRequest, _found: tuple[str, ...]) -> Response:
        return json_answer(words)

    return app_of(Route("GET", "/", say))


async def is_cut(line: Line) -> bool:
    """At once, and not only by a time limit: those are ten seconds and more."""
    return await line.seconds_until_cut() < 5.0


async def test_connections_of_one_address_are_counted_and_given_back() -> None:
    async with listening(saying(b"1"), ServingLimits(connections_per_address=2)) as port:
        first, second, third = [await Line.open(port) for _ in range(3)]
        assert await is_cut(third)
        async with connected(port, "127.0.0.2") as other:
            await other.send(request_bytes("GET", "/"))
            assert 200 == (await other.hear()).status
        await first.close()
        await asyncio.sleep(0.02)
        assert 200 == (await ask(port, "GET", "/")).status
        await second.close()
        await third.close()


async def test_all_connections_are_counted() -> None:
    async with listening(saying(b"1"), ServingLimits(connections=2)) as port:
        lines = [await Line.open(port, "127.0.0.2") for _ in range(3)]
        assert await is_cut(lines[2])
        for line in lines:
            await line.close()


async def test_where_all_places_are_taken_the_longest_waiting_of_the_greediest_goes() -> None:
    async with listening(saying(b"1"), ServingLimits(connections=5)) as port:
        crowd = [await Line.open(port, "127.0.0.2") for _ in range(3)]
        modest = [await Line.open(port, f"127.0.0.{number}") for number in (3, 4)]
        async with connected(port, "127.0.0.5") as newcomer:
            await newcomer.send(request_bytes("GET", "/"))
            assert 200 == (await newcomer.hear()).status
        assert await is_cut(crowd[0])
        for line in (*crowd[1:], *modest):
            await line.send(request_bytes("GET", "/"))
            assert 200 == (await line.hear()).status
        for line in (*crowd, *modest):
            await line.close()


async def test_a_request_that_is_being_answered_is_not_the_one_that_goes() -> None:
    running, finish = asyncio.Event(), asyncio.Event()

    async def slow(_request: BaseRequest, _found: tuple[str, ...]) -> Response:
        running.set()
        await finish.wait()
        return json_answer(b'"done"')

    async with listening(app_of(Route("GET", "/", slow)), ServingLimits(connections=2)) as port:
        busy = await Line.open(port, "127.0.0.2")
        await busy.send(request_bytes("GET", "/"))
        await running.wait()
        idle = await Line.open(port, "127.0.0.2")
        async with connected(port, "127.0.0.3") as newcomer:
            assert await is_cut(idle)
            finish.set()
            assert b'"done"' == (await busy.hear()).body
            await newcomer.send(request_bytes("GET", "/"))
            assert 200 == (await newcomer.hear()).status
        await busy.close()
        await idle.close()


async def test_clients_behind_our_proxy_are_told_apart_by_its_own_entry() -> None:
    async def who(request: BaseRequest, _found: tuple[str, ...]) -> Response:
        return json_answer(asker(request).encode())

    limits = ServingLimits(connections_per_address=1, proxies=frozenset({HOST}))
    async with listening(app_of(Route("GET", "/", who)), limits) as port, connected(port):
        heard = await ask(port, "GET", "/", {"X-Forwarded-For": "1.1.1.1, 2001:db9::5"})
        assert b"2001:db9::/64" == heard.body


async def test_a_forged_forwarded_header_changes_nothing() -> None:
    async def who(request: BaseRequest, _found: tuple[str, ...]) -> Response:
        return json_answer(asker(request).encode())

    async with listening(app_of(Route("GET", "/", who))) as port:
        assert HOST.encode() == (await ask(port, "GET", "/", {"X-Forwarded-For": "1.1.1.1"})).body


async def test_many_requests_on_one_connection_in_order() -> None:
    async def number(_request: BaseRequest, found: tuple[str, ...]) -> Response:
        return json_answer(found[0].encode())

    async with listening(app_of(Route("GET", "/{number}", number))) as port, connected(port) as line:
        await line.send(b"".join(request_bytes("GET", f"/{place}") for place in range(100)))
        assert [str(place).encode() for place in range(100)] == [(await line.hear()).body for _ in range(100)]


async def test_several_rings_on_one_address_are_told_apart_by_host() -> None:
    server = Server()
    server.add(HOST, 0, ["oak.example"], saying(b'"oak"'))
    server.add(HOST, 0, ["elm.example:8470", "elm.example"], saying(b'"elm"'))
    [(_, port)] = await server.start()
    try:
        assert b'"oak"' == (await ask(port, "GET", "/", {"Host": "OAK.example:8470"})).body
        assert b'"elm"' == (await ask(port, "GET", "/", {"Host": "elm.example:8470"})).body
        heard = await ask(port, "GET", "/", {"Host": "beech.example"})
        assert (421, "unknown_host") == (heard.status, heard.code)
        async with connected(port) as line:
            await line.send(b"GET / HTTP/1.1\r\nHost: oak.example\r\nHost: elm.example\r\n\r\n")
            assert (await line.hear()).status in (400, 421)
    finally:
        await server.stop()


async def test_a_ring_alone_on_its_address_answers_to_every_name() -> None:
    async with listening(saying(b'"oak"')) as port:
        assert b'"oak"' == (await ask(port, "GET", "/", {"Host": "whatever"})).body


async def test_two_rings_of_one_name_on_one_address_are_refused() -> None:
    server = Server()
    server.add(HOST, 0, ["oak.example"], saying(b"1"))
    with pytest.raises(LocalError, match="config"):
        server.add(HOST, 0, ["OAK.example"], saying(b"2"))
    await server.stop()


async def test_an_address_in_use_is_an_error_and_leaves_nothing_listening() -> None:
    async with listening(saying(b"1")) as port:
        server = Server()
        server.add(HOST, 0, [], saying(b"2"))
        server.add(HOST, port, [], saying(b"3"))
        with pytest.raises(LocalError, match="listen_failed"):
            await server.start()
        assert 0 == server.guard.open


async def test_stopping_closes_idle_connections_at_once_and_lets_running_requests_finish() -> None:
    running, finish = asyncio.Event(), asyncio.Event()

    async def slow(_request: BaseRequest, _found: tuple[str, ...]) -> Response:
        running.set()
        await finish.wait()
        return json_answer(b'"done"')

    server = Server()
    server.add(HOST, 0, [], app_of(Route("GET", "/", slow)))
    [(_, port)] = await server.start()
    idle, busy = await Line.open(port), await Line.open(port)
    await busy.send(request_bytes("GET", "/"))
    await running.wait()
    stopping = asyncio.create_task(server.stop())
    assert await is_cut(idle)
    with pytest.raises(ConnectionError):
        await Line.open(port)
    finish.set()
    heard = await busy.hear()
    assert (b'"done"', "close") == (heard.body, heard.headers["connection"])
    assert await is_cut(busy)
    await stopping
    assert 0 == server.guard.open
    await idle.close()
    await busy.close()


async def test_a_request_that_does_not_end_is_ended_after_the_grace() -> None:
    began, ended = asyncio.Event(), asyncio.Event()

    async def forever(_request: BaseRequest, _found: tuple[str, ...]) -> Response:
        began.set()
        try:
            await asyncio.sleep(3_600)
        finally:
            ended.set()
        return json_answer(b"")

    server = Server(replace(QUICK, stop_seconds=0.1))
    server.add(HOST, 0, [], app_of(Route("GET", "/", forever)))
    [(_, port)] = await server.start()
    async with connected(port) as line:
        await line.send(request_bytes("GET", "/"))
        await began.wait()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await server.stop()
        assert ended.is_set()
    await server.stop()


async def test_a_client_that_leaves_does_not_interrupt_what_it_asked_for(caplog: pytest.LogCaptureFixture) -> None:
    began, done = asyncio.Event(), asyncio.Event()

    async def book(request: BaseRequest, _found: tuple[str, ...]) -> Response:
        await read_body(request, 10)
        began.set()
        await asyncio.sleep(0.05)
        done.set()
        return json_answer(b"1")

    caplog.set_level(logging.DEBUG)
    async with listening(app_of(Route("POST", "/", book))) as port:
        async with connected(port) as line:
            await line.send(request_bytes("POST", "/", body=b"1"))
            await began.wait()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await done.wait()
    assert [] == [record for record in caplog.records if record.levelno >= logging.WARNING]
