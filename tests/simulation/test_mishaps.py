# SPDX-License-Identifier: AGPL-3.0-or-later
"""Each mishap of the network does what it says: what arrives of one message, how often, and what its sender hears."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import pytest

from ringtausch_node.federation.line.model import Reply
from ringtausch_protocol.errors import RemoteError
from tests.simulation.network import Faults, Wire
from tests.simulation.story import copied, fast_folder, lay_out
from tests.simulation.world import World

RINGS = ("elm", "oak")
#: Longer than any message is on its way.
OVER_SECONDS = 700.0
LIMIT_BYTES, TIMEOUT_SECONDS = 10_000, 100.0
PATH = "/peer/v1/frames"
#: A message that everybody refuses, so that it changes nothing.
BODY = b'{"what": "nobody reads this"}'


class Heard(NamedTuple):
    """`bodies`: what arrived at oak; `is_answered`: whether elm heard; `seconds`: after how long."""

    bodies: list[bytes]
    is_answered: bool
    seconds: float
    seen: Counter[str]


@pytest.fixture(scope="module")
def template() -> Iterator[Path]:
    with fast_folder() as root:
        lay_out(root, RINGS)
        yield root


def _say(template: Path, faults: Faults, cut: set[tuple[str, str]] | None = None) -> Heard:
    """Elm says something to oak once."""

    async def story(world: World) -> Heard:
        await world.boot("oak", starts=False)
        world.network.faults, world.network.cut = faults, cut or set()
        bodies, began = arrivals(world), world.loop.time()
        is_answered = await _is_answered(world)
        seconds = world.loop.time() - began
        await asyncio.sleep(OVER_SECONDS)
        world.calm()
        await world.close()
        return Heard(bodies, is_answered, seconds, world.network.seen)

    with copied(template, 1, RINGS) as world:
        return world.run(story(world))


def arrivals(world: World) -> list[bytes]:
    """What will have arrived at oak."""
    bodies: list[bytes] = []
    ring = world.nodes["oak"].ring
    assert ring is not None
    handle = ring.federation.receiver.handle

    async def listening(path: str, body: bytes) -> Reply:
        bodies.append(body)
        return await handle(path, body)

    ring.federation.receiver.handle = listening  # type: ignore[method-assign]
    return bodies


async def _is_answered(world: World) -> bool:
    with suppress(RemoteError):
        await Wire(world.network, "elm").post(
            "https://oak.example", PATH, BODY, limit_bytes=LIMIT_BYTES, timeout_seconds=TIMEOUT_SECONDS
        )
        return True
    return False


def test_without_mishaps_it_arrives_once_and_is_answered(template: Path) -> None:
    heard = _say(template, Faults())
    assert ([BODY], True, {"sent": 1}) == (heard.bodies, heard.is_answered, dict(heard.seen))
    assert heard.seconds < 1.0


@pytest.mark.parametrize(
    ("kind", "arrives", "is_answered"),
    [("drop", 0, False), ("drop_answer", 1, False), ("duplicate", 2, True), ("replay", 2, True), ("reset", 1, False)],
)
def test_a_message_is_lost_doubled_or_unanswered(template: Path, kind: str, arrives: int, *, is_answered: bool) -> None:
    heard = _say(template, Faults(**{kind: 1.0}))
    assert ([BODY] * arrives, is_answered) == (heard.bodies, heard.is_answered)
    assert heard.seen[kind] >= 1


def test_a_body_ends_in_the_middle(template: Path) -> None:
    heard = _say(template, Faults(half=1.0))
    (body,) = heard.bodies
    assert BODY.startswith(body)
    assert len(body) < len(BODY)
    assert heard.seen["half"] >= 1


def test_a_message_takes_its_time(template: Path) -> None:
    heard = _say(template, Faults(straggle=1.0))
    assert [BODY] == heard.bodies
    assert heard.seconds >= 2.0
    assert heard.seen["straggle"] >= 1


@pytest.mark.parametrize(("way", "arrives"), [(("elm", "oak"), 0), (("oak", "elm"), 1)])
def test_nothing_passes_a_cut_way(template: Path, way: tuple[str, str], arrives: int) -> None:
    heard = _say(template, Faults(), {way})
    assert ([BODY] * arrives, False, 1) == (heard.bodies, heard.is_answered, heard.seen["cut"])
