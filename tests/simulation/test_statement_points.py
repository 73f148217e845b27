# SPDX-License-Identifier: AGPL-3.0-or-later
"""Two rings sign their daily statement, with a node killed around the commits on the way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.federation.line.views import StatementView
from tests.simulation.nodes import Killed, Node
from tests.simulation.story import audit, copied, ended, fast_folder, heal, lay_out, pay, quiet
from tests.simulation.world import World

RINGS = ("elm", "oak")
#: Both towns slept for more than a day: a statement is due as soon as somebody looks.
LATER_SECONDS = 90_000
PATIENCE_SECONDS = 600.0


@pytest.fixture(scope="module")
def template() -> Iterator[Path]:
    with fast_folder() as root:
        lay_out(root, RINGS)
        yield root


async def _newest(world: World) -> list[StatementView]:
    """The newest statement of each town, if it has one."""

    async def look(ring: Ring) -> list[StatementView]:
        other = next(name for name in RINGS if name != ring.config.name)
        return (await ring.federation.statements(world.nodes[other].address))[:1]

    return [view for name in RINGS for view in await world.ask(name, look)]


async def _are_signed(world: World) -> bool:
    with suppress(Killed):
        found = await _newest(world)
        return ["signed", "signed"] == [each.state for each in found] and found[0].document == found[1].document
    return False


async def _day(world: World) -> None:
    for name in RINGS:
        world.nodes[name].clock.skew_seconds = LATER_SECONDS
        world.spawn_boot(name)
    for number, (payer, payee, seconds) in enumerate((("elm", "oak", 5_400), ("oak", "elm", 1_800)), 1):
        await pay(world, payer, payee, number, seconds)
        assert "paid" == (await ended(world, payer, number)).state
    await world.until(lambda: _are_signed(world), PATIENCE_SECONDS, "no statement that both signed")
    await quiet(world)
    world.run_up = [(node.name, node.steps, node.points) for node in world.nodes.values()]
    await heal(world)
    assert await _are_signed(world)
    assert {"elm>oak": 3_600, "oak>elm": -3_600} == await audit(world)
    await world.close()


def _play(template: Path, name: str = "", point: int = 0) -> World:
    with copied(template, 7, RINGS) as world:

        def dies_here(node: Node, kind: str) -> bool:
            return not world.kills and (node.name, kind != "step", node.points) == (name, True, point)

        world.dies_here = dies_here
        world.run(_day(world))
        return world


@pytest.mark.parametrize("name", RINGS)
def test_killed_once_at_every_other_point(template: Path, name: str) -> None:
    """Both hold the same bytes, signed by both. One ring dies at the odd points, the other at the even ones."""
    points = next(points for node, _, points in _play(template).run_up if node == name)

    assert points >= 20
    for point in range(1 + RINGS.index(name), points + 1, 2):
        assert 1 == _play(template, name, point).kills, f"{name} {point}"
