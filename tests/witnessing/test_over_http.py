# SPDX-License-Identifier: AGPL-3.0-or-later
"""Real rings, real sockets: one serves its log, the other watches and cosigns it; and what strangers send."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from ringtausch_node import peer_api
from ringtausch_node.bootstrap import Ring, found_ring, open_ring
from ringtausch_node.config import Config
from ringtausch_node.federation.line.model import refused_code
from ringtausch_node.peer_api import PeerLimits
from ringtausch_node.serving import Server
from ringtausch_protocol import limits, notes
from tests.federation.towns import peer
from tests.ports import free_port
from tests.serving.wire import QUICK, ask, connected, request_bytes
from tests.witnessing.books import forked, honest

BOUNDS = PeerLimits(refused_cost=0.0)


class Served:
    """A ring that listens."""

    def __init__(self, ring: Ring, port: int) -> None:
        self.ring, self.port = ring, port


async def serve(stack: AsyncExitStack, folder: Path) -> Served:
    """Found a ring, open it, and listen for it at the URL of its card."""
    port = free_port()
    config = Config(
        address=f"{folder.name}.example", name=folder.name, net="test", url=f"http://127.0.0.1:{port}",
        allow_private_addresses=True,
    )  # fmt: skip
    found_ring(folder, config)
    ring = await open_ring(folder)
    stack.push_async_callback(ring.close)
    server = Server(QUICK)
    server.add("127.0.0.1", port, [], peer_api.build_app(ring, BOUNDS))
    await server.start()
    stack.push_async_callback(server.stop)
    return Served(ring, port)


@pytest.fixture
async def rings(tmp_path: Path) -> AsyncIterator[tuple[Served, Served]]:
    """Oak and elm, peered over HTTP."""
    async with AsyncExitStack() as stack:
        oak, elm = await serve(stack, tmp_path / "oak"), await serve(stack, tmp_path / "elm")
        await peer(oak.ring, elm.ring)
        yield oak, elm


async def test_two_rings_cosign_and_watch_each_other(rings: tuple[Served, Served]) -> None:
    oak, elm = rings
    for _ in range(2):
        await oak.ring.checkpoints.make()
        await oak.ring.witnessing.own.round()
        await elm.ring.witnessing.watch.look()

    view = await oak.ring.witnessing.view()
    (watched,) = (await elm.ring.witnessing.view()).watched
    assert (view.cosigned_size, [None]) == (watched.size, [each.code for each in view.witnesses])
    told = await ask(elm.port, "GET", f"/witness/{notes.gossip_name(view.origin)}/checkpoint")
    assert (200, "text/plain; charset=utf-8") == (told.status, told.headers["content-type"])


async def test_a_fork_over_http_gets_422_and_a_proof(rings: tuple[Served, Served]) -> None:
    oak, elm = rings
    true, false = honest(elm.ring), forked(elm.ring)
    heard = [await ask(oak.port, "POST", "/witness/add-checkpoint", {}, true.request(0, 12))]
    heard.append(await ask(oak.port, "POST", "/witness/add-checkpoint", {}, false.request(12, 12)))
    heard.append(await ask(oak.port, "POST", "/witness/add-checkpoint", {}, true.request(5, 12)))
    assert [200, 422, 409] == [each.status for each in heard]
    assert ("text/x.tlog.size", b"12\n") == (heard[2].headers["content-type"], heard[2].body)

    await oak.ring.witnessing.watch.look()
    assert 1 == len((await elm.ring.witnessing.view()).forks)


@pytest.mark.parametrize(
    "target",
    [
        "/log/checkpoint?size=1", "/log/checkpoint?", "/log/tile/0/000?", "/log/tile/0/%30%30%30",
        "/log/1/../checkpoint",
        "/log/07/checkpoint", "/log/", "/witness/x/checkpoint", f"/witness/{'A' * 64}/checkpoint",
        f"/witness/%61{'a' * 63}/checkpoint",
        f"/witness/{'0' * 64}/checkpoint?x",
    ],
)  # fmt: skip
async def test_a_path_has_one_form_on_the_wire_and_no_query(rings: tuple[Served, Served], target: str) -> None:
    await rings[0].ring.checkpoints.make()
    assert 200 == (await ask(rings[0].port, "GET", "/log/checkpoint")).status
    heard = await ask(rings[0].port, "GET", target)

    assert (True, "no-store") == (400 <= heard.status < 500, heard.headers["cache-control"])


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/witness/add-checkpoint", limits.WITNESS_REQUEST_BYTES), ("/witness/fork-proof", limits.FORK_PROOF_BYTES),
        ("/log/access", limits.ITEM_BYTES),
    ],
)  # fmt: skip
async def test_bodies_that_are_too_large_slow_or_endless_are_refused(
    rings: tuple[Served, Served], path: str, most: int
) -> None:
    port = rings[0].port
    large = await ask(port, "POST", path, {}, b"x" * (most + 1))
    junk = await ask(port, "POST", path, {}, b"x" * most)
    async with connected(port) as line:
        await line.send(request_bytes("POST", path, {"Content-Length": "10"}, b""))
        slow = await line.hear()
    async with connected(port) as line:
        await line.send(request_bytes("POST", path, {"Content-Length": str(10**12)}, b"x" * 100_000))
        endless = await line.hear()

    assert (413, 400, 408, 413) == (large.status, junk.status, slow.status, endless.status)
    assert "too_large" == refused_code(large.body)


async def test_who_reads_without_end_is_told_to_wait(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        oak = await serve(stack, tmp_path / "oak")
        server, port = Server(QUICK), free_port()
        bounds = PeerLimits(per_second=0.001, burst=5.0, refused_cost=0.0)
        server.add("127.0.0.1", port, [], peer_api.build_app(oak.ring, bounds))
        await server.start()
        stack.push_async_callback(server.stop)
        statuses = [(await ask(port, "GET", "/log/checkpoint")).status for _ in range(7)]

    assert (404, 429) == (statuses[0], statuses[-1])
