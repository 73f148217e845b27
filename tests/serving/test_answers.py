# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import asyncio
import logging

import msgspec
import pytest
from aiohttp.web import BaseRequest, Response

from ringtausch_node.clock import SystemClock
from ringtausch_node.errors import CODES, LocalError
from ringtausch_node.ids import SystemIds
from ringtausch_node.serving import App, Places, Route, json_answer, read_body
from ringtausch_node.serving.problems import EDGE_CODES, language_of, problem_document
from tests.serving.wire import ask, connected, listening, request_bytes

PRIVATE = "Alma owes Ben 3 hours"


async def echo(request: BaseRequest, found: tuple[str, ...]) -> Response:
    return json_answer(msgspec.json.encode([*found, (await read_body(request, 1_000)).decode()]))


async def broken(_request: BaseRequest, _found: tuple[str, ...]) -> Response:
    raise KeyError(PRIVATE)


async def late(_request: BaseRequest, _found: tuple[str, ...]) -> Response:
    raise TimeoutError


async def refused(_request: BaseRequest, _found: tuple[str, ...]) -> Response:
    raise LocalError("amount", "1 to 1000000000 seconds")


def app() -> App:
    routes = [
        Route("GET", "/things/{name}/parts/{part}", echo), Route("POST", "/things", echo), Route("GET", "/", echo),
        Route("GET", "/rest/{path...}", echo), Route("POST", "/rest/one", echo), Route("GET", "/broken", broken),
        Route("GET", "/refused", refused), Route("GET", "/late", late),
    ]  # fmt: skip
    return App(routes, SystemIds(SystemClock()))


async def test_placeholders_are_decoded_one_segment_at_a_time() -> None:
    async with listening(app()) as port:
        assert ["jörg", "a/b", ""] == (await ask(port, "GET", "/things/j%C3%B6rg/parts/a%2Fb?x=1")).json


async def test_a_placeholder_with_dots_takes_all_that_is_left_as_it_is_on_the_wire() -> None:
    async with listening(app()) as port:
        for rest in ("a", "a/b/%2e%2E/c", "one/", "a//b", "%ff"):
            assert [rest, ""] == (await ask(port, "GET", f"/rest/{rest}")).json
        assert 405 == (await ask(port, "GET", "/rest/one")).status
        assert [404, 404] == [(await ask(port, "GET", path)).status for path in ("/rest", "/rest/")]


@pytest.mark.parametrize(
    "path",
    ["/nothing", "/things/a/parts", "/things//parts/b", "/things/a/parts/b/", "/things/%ff/parts/b",
     "//things/a/parts/b",
     "/things/a/../a/parts/b"],
)  # fmt: skip
async def test_what_is_not_there_is_a_problem_document(path: str) -> None:
    async with listening(app()) as port:
        heard = await ask(port, "GET", path)
        assert (404, "not_found") == (heard.status, heard.code)
        assert "application/problem+json" == heard.headers["content-type"]


async def test_a_target_in_absolute_form_is_the_same_path() -> None:
    async with listening(app()) as port:
        assert ["a", "b", ""] == (await ask(port, "GET", "http://ring.example/things/a/parts/b")).json
        assert [""] == (await ask(port, "GET", "http://ring.example")).json


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "GET"])
async def test_another_method_is_told_which_are_possible(method: str) -> None:
    async with listening(app()) as port:
        heard = await ask(port, method, "/things")
        assert (405, "method_not_allowed", "POST") == (heard.status, heard.code, heard.headers["allow"])


async def test_head_is_get_without_the_body() -> None:
    async with listening(app()) as port, connected(port) as line:
        await line.send(request_bytes("HEAD", "/") + request_bytes("GET", "/refused"))
        assert (await line.reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
        assert 400 == (await line.hear()).status


@pytest.mark.parametrize(
    "data",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\nA b: c\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /" + b"a" * 10_000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"a" * 10_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"X: a\r\n" * 200 + b"\r\n",
        b"POST /things HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"POST /things HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /things HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
async def test_what_is_not_http_is_refused_in_words_that_repeat_nothing(
    data: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "ringtausch_node")
    async with listening(app()) as port, connected(port) as line:
        await line.send(data)
        heard = await line.hear()
        assert (400, "bad_request") == (heard.status, heard.code)
        assert b"aaaa" not in heard.body
        assert await line.seconds_until_cut() < 5.0
    assert "" == caplog.text


async def test_an_error_that_nobody_foresaw_has_a_reference_and_no_words(caplog: pytest.LogCaptureFixture) -> None:
    async with listening(app()) as port:
        heard = await ask(port, "GET", "/broken")
    assert (500, "internal") == (heard.status, heard.code)
    assert f"reference {heard.json['reference']}: KeyError at test_answers.py:" in caplog.text
    assert PRIVATE not in caplog.text
    assert PRIVATE.encode() not in heard.body
    assert b"Traceback" not in heard.body


async def test_a_time_out_inside_is_our_fault_too() -> None:
    async with listening(app()) as port:
        assert 500 == (await ask(port, "GET", "/late")).status


async def test_a_refusal_speaks_german_first_and_english_on_request() -> None:
    async with listening(app()) as port:
        german = await ask(port, "GET", "/refused")
        english = await ask(port, "GET", "/refused", {"Accept-Language": "en-GB,en;q=0.9,de;q=0.1"})
    assert {
        "type": "about:blank", "title": CODES["amount"].de, "status": 400, "code": "amount",
        "next": CODES["amount"].next_de, "detail": "1 to 1000000000 seconds",
    } == german.json  # fmt: skip
    assert CODES["amount"].en == english.json["title"]
    assert ("de", "en") == (german.headers["content-language"], english.headers["content-language"])
    assert "Accept-Language" == english.headers["vary"]


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "de"), ("en", "en"), ("EN-us", "en"), ("de, en", "de"), ("en, de", "en"), ("fr, en;q=0.5", "en"),
        ("fr", "de"),
        ("de;q=0.1, en;q=0.2", "en"), ("en;q=0", "de"), ("*", "de"), ("en;q=x", "de"), ("en;q=" + "9" * 400, "de"),
        ("en;q=٣", "de"), (";;,,=", "de"),
    ],
)  # fmt: skip
def test_the_language_is_chosen_by_weight(accepted: str, language: str) -> None:
    assert language == language_of(accepted)


@pytest.mark.parametrize("name", sorted(EDGE_CODES))
def test_codes_of_the_edge_have_words_in_both_languages_and_hide_none_of_the_node(name: str) -> None:
    assert name not in CODES
    german, english = problem_document(name, "", "de"), problem_document(name, "x", "en")
    assert EDGE_CODES[name].de == german["title"]
    assert (EDGE_CODES[name].en, "x") == (english["title"], english["detail"])


async def test_answers_are_not_kept_and_not_sniffed_and_do_not_name_our_software() -> None:
    async with listening(app()) as port:
        headers = (await ask(port, "GET", "/")).headers
    assert ("no-store", "nosniff", "ringtausch") == (
        headers["cache-control"], headers["x-content-type-options"], headers["server"],
    )  # fmt: skip


async def test_a_body_up_to_the_limit_is_read_and_a_longer_one_refused() -> None:
    async with listening(app()) as port:
        assert 200 == (await ask(port, "POST", "/things", body=b"a" * 1_000)).status
        heard = await ask(port, "POST", "/things", body=b"a" * 1_001)
    assert (413, "too_large") == (heard.status, heard.code)


async def test_a_body_that_is_announced_too_large_is_refused_before_it_comes() -> None:
    async with listening(app()) as port, connected(port) as line:
        await line.send(request_bytes("POST", "/things", {"Content-Length": "1" + "0" * 17}))
        heard = await line.hear()
        assert (413, "close") == (heard.status, heard.headers["connection"])


async def test_a_chunked_body_is_counted_while_it_comes() -> None:
    async with listening(app()) as port, connected(port) as line:
        await line.send(b"POST /things HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(20):
            await line.send(b"40\r\n" + b"a" * 64 + b"\r\n")
            await asyncio.sleep(0.002)
        assert 413 == (await line.hear()).status


async def test_a_chunked_body_within_the_limit_is_read() -> None:
    async with listening(app()) as port, connected(port) as line:
        await line.send(b"POST /things HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n")
        assert ["ab"] == (await line.hear()).json


async def test_a_broken_chunk_is_refused() -> None:
    async with listening(app()) as port, connected(port) as line:
        await line.send(b"POST /things HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        await asyncio.sleep(0.05)  # the handler waits for the body by now
        await line.send(b"zz\r\nab\r\n")
        assert (400, "bad_request") == ((heard := await line.hear()).status, heard.code)


async def test_a_packed_body_is_refused_unopened() -> None:
    async with listening(app()) as port:
        heard = await ask(port, "POST", "/things", {"Content-Encoding": "gzip"}, b"\x1f\x8b")
    assert (415, "media_type") == (heard.status, heard.code)


async def test_a_client_that_waits_for_continue_gets_it() -> None:
    async with listening(app()) as port, connected(port) as line:
        await line.send(request_bytes("POST", "/things", {"Content-Length": "2", "Expect": "100-continue"}))
        assert b"HTTP/1.1 100 Continue\r\n\r\n" == await line.reader.readuntil(b"\r\n\r\n")
        await line.send(b"ab")
        assert ["ab"] == (await line.hear()).json


def test_places_are_counted_for_all_and_for_each() -> None:
    places = Places(2, 1)
    with places.hold("a"):
        with pytest.raises(Exception, match="busy"), places.hold("a"):
            pass
        with places.hold("b"), pytest.raises(Exception, match="busy"), places.hold("c"):
            pass
    with places.hold("a"), places.hold("c"):
        pass
