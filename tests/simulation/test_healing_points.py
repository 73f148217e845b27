# SPDX-License-Identifier: AGPL-3.0-or-later
"""kill -9 around every commit of both rings while an old copy comes back, and while a line begins anew.

Both begin with an order of oak that elm has booked and whose answer was lost: it must be paid, and once.
"""

from __future__ import annotations

import shutil
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.errors import LocalError
from ringtausch_node.members.model import OPERATOR
from ringtausch_node.store.lock_database import FolderMarks, Mark
from tests.simulation.checks import Witness
from tests.simulation.clockwork import MORNING
from tests.simulation.nodes import Node
from tests.simulation.story import audit, copied, ended, fast_folder, heal, lay_out, live, pay, quiet
from tests.simulation.world import World

RINGS = ("elm", "oak")
SEED = 3
#: Just before a COMMIT, and just after it. Before its BEGIN a death leaves the same as inside.
POINTS = ("inside", "after")

#: What the town does in a world: it counts its points, heals and audits itself.
Story = Callable[[World], Awaitable[None]]


@pytest.fixture(scope="module")
def interrupted() -> Iterator[Path]:
    """The folders of both towns as the line broke, and oak's of the day before as `oak.copy`."""
    with fast_folder() as root:
        lay_out(root, RINGS)
        live(root, SEED + 1, RINGS, _yesterday)
        yield root


async def _yesterday(world: World) -> None:
    for name in RINGS:
        await world.boot(name)
    await pay(world, "oak", "elm", 1, 5400)
    await quiet(world)
    await world.close()
    oak = world.folder(world.nodes["oak"])
    shutil.copytree(oak, oak.with_name("oak.copy"))
    for name in RINGS:
        await world.boot(name)
    await pay(world, "elm", "oak", 2, 1800)
    await quiet(world)
    assert "held" == (await pay(world, "oak", "elm", 3, 900)).state
    world.network.cut.add(("elm", "oak"))
    await world.until(lambda: _has_booked(world), 60.0, "elm never got the order")
    await world.close()


async def _has_booked(world: World) -> bool:
    account = await world.ask("elm", lambda ring: ring.accounts.account("m0", OPERATOR))
    return account.balance_seconds == 5400 - 1800 + 900


async def _comes_back(world: World) -> None:
    """Oak is the copy of the day before; elm pays it before it is there."""
    await world.boot("elm")
    await pay(world, "elm", "oak", 4, 300)
    world.spawn_boot("oak")
    await world.until(lambda: _pays(world), 600.0, "oak never came back")
    await _goes_on(world)
    report = await world.insist("oak", lambda ring: ring.store.read(ring.federation.recovery.report))
    assert report is not None
    assert (0, 2) == (report.recovered_seconds, len(report.came_back))


async def _pays(world: World) -> bool:
    return not await world.insist("oak", _is_recovering)


async def _is_recovering(ring: Ring) -> bool:
    return ring.federation.recovery.is_active


async def _begins_anew(world: World) -> None:
    """Oak proposes while it hears nothing of elm; elm signs once it has the proposal."""
    world.network.cut.add(("elm", "oak"))
    for name in RINGS:
        await world.boot(name)
    old = await _epoch(world, "oak")
    await world.insist("oak", lambda ring: ring.federation.resets.propose("elm.example"))
    world.network.cut.clear()
    await world.until(lambda: _signs(world, old), 600.0, "elm never signed")
    await quiet(world)
    await pay(world, "elm", "oak", 4, 300)
    await _goes_on(world)
    assert old != await _epoch(world, "oak") == await _epoch(world, "elm")


async def _signs(world: World, old: str) -> bool:
    """Elm's operator, who asks again when the node died under the answer. -> whether the new epoch has begun."""
    try:
        await world.insist("elm", lambda ring: ring.federation.resets.sign("oak.example"))
    except LocalError as error:
        if error.code != "no_proposal":
            raise
    return await _epoch(world, "elm") != old


async def _epoch(world: World, name: str) -> str:
    async def read(ring: Ring) -> str:
        return ring.federation.lines.all()[0].names.epoch

    return await world.insist(name, read)


async def _goes_on(world: World) -> None:
    """What was under way ends as it must, and the line carries what comes after."""
    world.run_up = [(node.name, node.steps, node.points) for node in world.nodes.values()]
    await pay(world, "oak", "elm", 5, 60)
    for payer, number in (("oak", 1), ("elm", 2), ("oak", 3), ("elm", 4), ("oak", 5)):
        assert "paid" == (await ended(world, payer, number)).state
    await heal(world)
    owed = 5400 - 1800 + 900 - 300 + 60
    assert {"elm>oak": -owed, "oak>elm": owed} == await audit(world)
    for name, seconds in (("elm", owed), ("oak", -owed)):
        account = await world.ask(name, lambda ring: ring.accounts.account("m0", OPERATOR))
        assert seconds == account.balance_seconds, name


def _play(interrupted: Path, story: Story, name: str = "", number: int = 0) -> tuple[World, int]:
    """The story, with `name` killed at its point `number`. -> the world, and how many points `name` had until then."""
    with copied(interrupted, SEED, RINGS) as world:
        witness = Witness(world)
        for each in world.nodes.values():
            witness.look_into(each)  # also what oak had decided and is about to lose
        world.complaints.clear()  # whichever came first could not know the other's decisions
        if story is _comes_back:
            witness.forget(world.nodes["oak"])
            _put_back(interrupted, world.folder(world.nodes["oak"]))
            witness.forget(world.nodes["oak"])
        passed: list[str] = []

        def dies_here(node: Node, kind: str) -> bool:
            if node.name != name or kind not in POINTS or world.run_up or world.kills:
                return False
            passed.append(kind)
            return len(passed) == number

        async def whole() -> None:
            await story(world)
            await world.close()

        world.dies_here = dies_here
        world.run(whole())
        return world, len(passed)


def _put_back(interrupted: Path, folder: Path) -> None:
    shutil.rmtree(folder)
    shutil.copytree(interrupted / "oak.copy", folder)
    FolderMarks(folder / "lock.sqlite").set(Mark(bytes(16), "restored", MORNING, MORNING))


@pytest.mark.parametrize("story", [_comes_back, _begins_anew])
@pytest.mark.parametrize("name", RINGS)
def test_killed_once_at_every_commit_point(interrupted: Path, story: Story, name: str) -> None:
    """Healed: each payment paid once, books zero and mirrored, nothing held, nothing left that nobody can attribute."""
    _, count = _play(interrupted, story, name)
    print(f"{name} killed once at each of K = {count} commit points of {story.__name__}")  # noqa: T201 - part of the result

    assert count >= 20
    for number in range(1, count + 1):
        assert 1 == _play(interrupted, story, name, number)[0].kills, number
