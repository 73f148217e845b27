# SPDX-License-Identifier: AGPL-3.0-or-later
"""A proposal that reaches a closed ring, over real HTTP, and both rings are started anew in between (SPEC.md 5.4)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

import pytest

from ringtausch_node import peer_api
from ringtausch_node.bootstrap import Ring, found_ring, open_ring
from ringtausch_node.config import Config
from ringtausch_node.federation.line.model import Reply
from ringtausch_node.federation.wire.transport import HttpTransport
from ringtausch_node.peer_api import PeerLimits
from ringtausch_node.serving import Server
from ringtausch_protocol.errors import RemoteError
from tests.federation.reset.test_reset import has_theirs
from tests.federation.test_certificate_and_resets import is_over
from tests.federation.towns import HOUR, faults, line_of, peer, talk, until, view_of
from tests.ports import free_port
from tests.serving.wire import QUICK

BOUNDS = PeerLimits(refused_cost=0.0)


class Gate(HttpTransport):
    """Real HTTP, where only paths with a certain ending leave this machine."""

    def __init__(self) -> None:
        super().__init__(allow_private=True)
        self.ending = ""

    async def post(self, url: str, path: str, body: bytes, *, limit_bytes: int, timeout_seconds: float) -> Reply:
        """As `HttpTransport`."""
        if not path.endswith(self.ending):
            raise RemoteError("unreachable", path)
        return await super().post(url, path, body, limit_bytes=limit_bytes, timeout_seconds=timeout_seconds)


class Node:
    """A ring of its folder that listens, may be stopped and started again at the same place."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port, self.gate = folder, free_port(), Gate()
        url = f"http://127.0.0.1:{self.port}"
        found_ring(folder, Config(
            address=f"{folder.name}.example", name=folder.name, net="test", url=url, allow_private_addresses=True,
        ))  # fmt: skip
        self._ends = AsyncExitStack()

    async def start(self) -> Ring:
        """A new boot."""
        ring = await open_ring(self.folder, transport=self.gate)
        self._ends.push_async_callback(self.gate.close)
        self._ends.push_async_callback(ring.close)
        server = Server(QUICK)
        server.add("127.0.0.1", self.port, [], peer_api.build_app(ring, BOUNDS))
        await server.start()
        self._ends.push_async_callback(server.stop)
        return ring

    async def stop(self) -> None:
        """Off."""
        await self._ends.aclose()


@pytest.fixture
async def nodes(tmp_path: Path) -> AsyncIterator[tuple[Node, Node]]:
    """Oak and elm, off."""
    both = Node(tmp_path / "oak"), Node(tmp_path / "elm")
    yield both
    for node in both:
        await node.stop()


async def _closed_unheard(nodes: tuple[Node, Node]) -> tuple[Ring, Ring]:
    """Elm has closed after a reset to zero; oak has that, and has not heard that elm has ended the line."""
    oak, elm = [await node.start() for node in nodes]
    await peer(oak, elm)
    await talk(oak, elm)
    await oak.federation.resets.propose("elm.example", 0)
    await until(partial(has_theirs, elm, oak))
    for node in nodes:
        node.gate.ending = "/reset"
    await elm.winding_down.begin()
    before = line_of(oak, elm).names.epoch
    await elm.federation.resets.sign("oak.example")
    await until(partial(_begins_anew, oak, elm, before))
    assert (await elm.winding_down.close()).document is not None
    return oak, elm


async def _begins_anew(ring: Ring, other: Ring, before: str) -> bool:
    line = line_of(ring, other)
    line.contact.set()  # no test waits for a back-off
    return line.names.epoch != before


async def test_a_proposal_to_a_closed_ring_outlives_both_restarts_and_is_dropped_when_that_ring_answers(
    nodes: tuple[Node, Node],
) -> None:
    oak, elm = await _closed_unheard(nodes)
    nodes[0].gate.ending = "nowhere"
    await oak.federation.resets.propose("elm.example", HOUR)
    for node in nodes:
        await node.stop()
    oak, elm = [await node.start() for node in nodes]
    assert (await view_of(oak, elm)).reason == "reset_proposed"
    nodes[0].gate.ending = "/reset"
    for ring in (oak, elm):
        await ring.federation.start()
    await until(partial(_is_dropped, oak))
    await nodes[0].stop()
    oak = await nodes[0].start()
    view = await oak.federation.resets.view("elm.example")
    assert (view.state, view.ours, view.closed_there_at is not None) == ("confirmed", None, True)
    for node in nodes:
        node.gate.ending = ""
    await oak.federation.start()
    await until(partial(_hears_the_end, oak, elm))
    await oak.winding_down.begin()
    await until(partial(is_over, oak))
    assert (await oak.winding_down.close()).document is not None
    assert await faults(oak, elm) == []


async def _is_dropped(oak: Ring) -> bool:
    return (await oak.federation.resets.view("elm.example")).ours is None


async def _hears_the_end(ring: Ring, other: Ring) -> bool:
    for each in (line_of(ring, other), line_of(other, ring)):
        each.contact.set()
    return (await view_of(ring, other)).state == "ended"
