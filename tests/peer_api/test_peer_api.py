# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from ringtausch_node import peer_api
from ringtausch_node.clock import SystemClock
from ringtausch_node.errors import RemoteError
from ringtausch_node.federation.line.model import Reply
from ringtausch_node.ids import SystemIds
from ringtausch_node.peer_api import PeerLimits
from ringtausch_protocol import canonical
from ringtausch_protocol.requests import Refusal
from tests.serving.wire import QUICK, Heard, ask, connected, listening, request_bytes

KIB = 1024
JSON = {"Content-Type": "application/json"}


class FakeReceiver:
    """Remembers what came and answers what a test says."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, bytes]] = []
        self.reply = Reply(200, b'{"have":1}', {"X-Seen": "yes"})
        self.error: Exception | None = None
        self.go = asyncio.Event()
        self.go.set()
        self.has_two = asyncio.Event()

    async def handle(self, path: str, body: bytes) -> Reply:
        self.heard.append((path, body))
        if len(self.heard) == 2:
            self.has_two.set()
        await self.go.wait()
        if self.error is not None:
            raise self.error
        return self.reply


class FakeFederation:
    def __init__(self) -> None:
        self.receiver = FakeReceiver()

    def card(self) -> bytes:
        return b'{"payload":"card"}'


class FakeLogs:
    """A witness and its own log: remembers what came, and answers what a test says."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, bytes | str]] = []
        self.reply = Reply(200, b"a piece", {"Content-Type": "application/octet-stream"})
        self.answers = self

    async def add_checkpoint(self, body: bytes) -> Reply:
        return self._hear("add-checkpoint", body)

    async def told(self, name: str) -> Reply:
        return self._hear("told", name)

    async def fork_proof(self, body: bytes) -> Reply:
        return self._hear("fork-proof", body)

    async def page(self, path: str, authorization: str) -> Reply:
        return self._hear(authorization, path)

    async def access(self, body: bytes) -> Reply:
        return self._hear("access", body)

    def _hear(self, what: str, said: bytes | str) -> Reply:
        self.heard.append((what, said))
        return self.reply


class FakeRing:
    def __init__(self) -> None:
        self.witnessing = self.publication = FakeLogs()
        self.clock = SystemClock()
        self.ids = SystemIds(self.clock)
        self.federation = FakeFederation()


@pytest.fixture
def oak() -> FakeRing:
    return FakeRing()


async def post(port: int, body: bytes = b"{}", name: str = "frames", headers: Mapping[str, str] = JSON) -> Heard:
    return await ask(port, "POST", f"/peer/v1/{name}", headers, body)


def code_of(heard: Heard) -> str:
    """Refusals are canonical, as the sender of the other ring reads them."""
    return canonical.parse(heard.body, Refusal, 1_000).code


@pytest.mark.parametrize("name", ["hello", "frames", "peering", "quote"])
async def test_bytes_go_down_and_come_up_untouched(oak: FakeRing, name: str) -> None:
    async with listening(peer_api.build_app(oak)) as port:
        body = b'{ "not": canonical \xff\x00'
        heard = await post(port, body, name)
    assert [(name, body)] == oak.federation.receiver.heard
    assert (200, b'{"have":1}', "yes", "application/json") == (
        heard.status, heard.body, heard.headers["x-seen"], heard.headers["content-type"],
    )  # fmt: skip


async def test_a_refusal_keeps_its_status(oak: FakeRing) -> None:
    oak.federation.receiver.reply = Reply(409, b'{"code":"gap"}', {})
    async with listening(peer_api.build_app(oak)) as port:
        assert (409, b'{"code":"gap"}') == (await post(port))[::2]


async def test_a_message_of_exactly_the_limit_passes_and_a_larger_one_does_not(oak: FakeRing) -> None:
    async with listening(peer_api.build_app(oak)) as port:
        assert 200 == (await post(port, b"a" * 256 * KIB)).status
        heard = await post(port, b"a" * (256 * KIB + 1))
    assert (413, "too_large") == (heard.status, code_of(heard))
    assert 1 == len(oak.federation.receiver.heard)


@pytest.mark.parametrize("headers", [{}, {"Content-Type": "text/plain"}, {**JSON, "Content-Encoding": "gzip"}])
async def test_another_kind_of_content_is_refused(oak: FakeRing, headers: dict[str, str]) -> None:
    async with listening(peer_api.build_app(oak)) as port:
        heard = await post(port, headers=headers)
    assert (415, "media_type") == (heard.status, code_of(heard))
    assert [] == oak.federation.receiver.heard


async def test_a_slow_body_is_refused(oak: FakeRing) -> None:
    async with listening(peer_api.build_app(oak), QUICK) as port, connected(port) as line:
        await line.send(request_bytes("POST", "/peer/v1/frames", {**JSON, "Content-Length": "10"}, b""))
        heard = await line.hear()
    assert (408, "too_slow") == (heard.status, code_of(heard))


async def test_one_address_has_its_budget_before_anything_is_read(oak: FakeRing) -> None:
    bounds = PeerLimits(per_second=0.001, burst=3.0)
    async with listening(peer_api.build_app(oak, bounds)) as port:
        assert [200, 200, 200, 429] == [(await post(port)).status for _ in range(4)]
        heard = await post(port)
        assert "too_many_requests" == code_of(heard)
        assert 900 < int(heard.headers["retry-after"]) <= 1000  # a request in 1000 s, and the machine's own time
        assert 429 == (await ask(port, "GET", "/.well-known/ringtausch")).status
        async with connected(port, "127.0.0.2") as other:
            await other.send(request_bytes("POST", "/peer/v1/frames", JSON, b"{}"))
            assert 200 == (await other.hear()).status


async def test_what_is_refused_costs_more(oak: FakeRing) -> None:
    oak.federation.receiver.reply = Reply(401, b'{"code":"hello_needed"}', {})
    async with listening(peer_api.build_app(oak, PeerLimits(per_second=0.001, burst=40.0, refused_cost=20.0))) as port:
        assert [401, 401, 429] == [(await post(port)).status for _ in range(3)]


async def test_invitations_are_not_guessed(oak: FakeRing) -> None:
    oak.federation.receiver.reply = Reply(403, b'{"code":"invitation_unknown"}', {})
    bounds = PeerLimits(wrong_invitations=3.0, wrong_invitations_per_second=0.001)
    async with listening(peer_api.build_app(oak, bounds)) as port:
        statuses = [(await post(port, name="peering", headers={**JSON, "X-Forwarded-For": str(n)})).status for n in
                    range(6)]  # fmt: skip
        assert [403, 403, 403, 429, 429, 429] == statuses
        assert 3 == len(oak.federation.receiver.heard)
        assert 403 == (await post(port)).status  # lines that exist go on
        async with connected(port, "127.0.0.2") as other:
            await other.send(request_bytes("POST", "/peer/v1/peering", JSON, b"{}"))
            assert 403 == (await other.hear()).status


async def test_our_own_failure_costs_the_other_ring_nothing(oak: FakeRing) -> None:
    oak.federation.receiver.error = RemoteError("storage_failed")
    async with listening(peer_api.build_app(oak, PeerLimits(per_second=0.001, burst=10.0, refused_cost=20.0))) as port:
        assert [503] * 5 == [(await post(port)).status for _ in range(5)]


async def test_messages_at_once_are_counted(oak: FakeRing) -> None:
    receiver = oak.federation.receiver
    receiver.go.clear()
    async with listening(peer_api.build_app(oak, PeerLimits(bodies_per_address=2))) as port:
        waiting = [asyncio.create_task(post(port)) for _ in range(2)]
        await receiver.has_two.wait()
        heard = await post(port)
        assert (503, "busy") == (heard.status, code_of(heard))
        receiver.go.set()
        assert [200, 200] == [(await each).status for each in waiting]
        assert 200 == (await post(port)).status


async def test_the_card_is_public(oak: FakeRing) -> None:
    async with listening(peer_api.build_app(oak)) as port:
        heard = await ask(port, "GET", "/.well-known/ringtausch")
    assert (200, b'{"payload":"card"}', "application/json") == (heard.status, heard.body, heard.headers["content-type"])


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/peer/v1/frames", 405), ("POST", "/peer/v1/nothing", 404), ("POST", "/peer/v1/frames/", 404),
     ("POST", "/peer/v2/frames", 404), ("POST", "/.well-known/ringtausch", 405)],
)  # fmt: skip
async def test_there_is_nothing_else(oak: FakeRing, method: str, path: str, status: int) -> None:
    async with listening(peer_api.build_app(oak)) as port:
        assert status == (await ask(port, method, path, JSON)).status


async def test_an_error_that_nobody_foresaw_is_500_without_words(oak: FakeRing) -> None:
    oak.federation.receiver.error = ValueError("secret")
    async with listening(peer_api.build_app(oak)) as port:
        heard = await post(port)
    assert 500 == heard.status
    assert b"secret" not in heard.body
