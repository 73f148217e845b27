# SPDX-License-Identifier: AGPL-3.0-or-later
"""Over real HTTP, too, a request comes twice, late or after the next one, and what was kept of a line is told later."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from ringtausch_node.federation.line.model import Reply
from ringtausch_node.federation.wire.transport import HttpTransport
from ringtausch_protocol.errors import RemoteError
from tests.simulation.network import Faults
from tests.simulation.story import copied, fast_folder, lay_out
from tests.simulation.test_mishaps import BODY, LIMIT_BYTES, OVER_SECONDS, PATH, RINGS, arrivals
from tests.simulation.world import World

#: Less than what is late is on its way, and more.
HASTY_SECONDS, PATIENT_SECONDS = 1.0, 300.0
#: The seed of a network on which it comes before the server hangs up.
SOON = 6
FIRST, LATER = b'{"what": "this neither"}', b'{"what": "nor this"}'


@pytest.fixture(scope="module")
def template() -> Iterator[Path]:
    with fast_folder() as root:
        lay_out(root, RINGS)
        yield root


class Elm:
    """Asks oak over one client of aiohttp, which keeps a connection."""

    def __init__(self, world: World) -> None:
        self._world, self._client = world, HttpTransport()

    async def hears(self, body: bytes, timeout_seconds: float = PATIENT_SECONDS) -> bool:
        """Whether there is an answer in time."""
        asking = self._client.post(
            "https://oak.example", PATH, body, limit_bytes=LIMIT_BYTES, timeout_seconds=timeout_seconds
        )
        with suppress(RemoteError):
            await self._world.spawn(self._world.nodes["elm"], asking)
            return True
        return False

    async def leave(self) -> None:
        """Hang up."""
        await self._world.spawn(self._world.nodes["elm"], self._client.close())


Story = Callable[[World, Elm], Awaitable[None]]


def _live(template: Path, story: Story, seed: int = 1) -> tuple[list[bytes], World]:
    """-> what has arrived at oak while elm lived through it, and the world."""
    found: list[list[bytes]] = []

    async def living(world: World) -> None:
        await world.boot("oak", starts=False)
        found.append(arrivals(world))
        elm = Elm(world)
        await story(world, elm)
        await asyncio.sleep(OVER_SECONDS)
        world.calm()
        await elm.leave()
        await world.close()

    with copied(template, seed, RINGS, has_bytes=True) as world:
        world.run(living(world))
    return found[0], world


@pytest.mark.parametrize("kind", ["duplicate", "replay"])
def test_a_request_comes_twice_and_is_answered_once(template: Path, kind: str) -> None:
    async def story(world: World, elm: Elm) -> None:
        world.network.faults = Faults(**{kind: 1.0})
        assert await elm.hears(BODY)

    bodies, world = _live(template, story)
    assert ([BODY] * 2, 1, 1) == (bodies, world.network.seen[kind], world.network.seen["request came again"])


def test_a_request_whose_sender_has_gone_comes_late_and_after_the_next_one(template: Path) -> None:
    async def story(world: World, elm: Elm) -> None:
        assert await elm.hears(FIRST)
        world.network.faults = Faults(straggle=1.0)
        assert not await elm.hears(BODY, HASTY_SECONDS)
        world.network.faults = Faults(latency_seconds=0.0001)
        assert await elm.hears(LATER)

    bodies, world = _live(template, story, SOON)
    assert [FIRST, LATER, BODY] == bodies
    assert [1, 1] == [world.network.seen[f"request {what}"] for what in ("came too late", "was overtaken")]


def test_an_answer_comes_when_its_connection_has_gone(template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(world: World, elm: Elm) -> None:
        ring = world.nodes["oak"].ring
        assert ring is not None
        handle = ring.federation.receiver.handle

        async def answer(path: str, body: bytes) -> Reply:
            world.network.faults = Faults(straggle=1.0)
            return await handle(path, body)

        assert await elm.hears(FIRST)
        monkeypatch.setattr(ring.federation.receiver, "handle", answer)
        assert not await elm.hears(BODY, HASTY_SECONDS)

    bodies, world = _live(template, story)
    assert ([FIRST, BODY], 1) == (bodies, world.network.seen["answer came too late"])


def test_what_is_kept_of_a_line_does_not_arrive_and_is_told_later_in_the_name_of_its_ring(template: Path) -> None:
    kept: list[bytes] = []

    def keep(_sender: str, _target: str, _path: str, body: bytes) -> bool:
        kept.append(body)
        return True

    async def story(world: World, elm: Elm) -> None:
        world.network.listens = keep
        assert not await elm.hears(BODY)
        world.network.stop_listening()
        world.network.slip_in("elm", "oak", PATH, LATER)

    bodies, _ = _live(template, story)
    assert ([BODY], [LATER]) == (kept, bodies)
