# SPDX-License-Identifier: AGPL-3.0-or-later
"""A ring's folder is copied and the copy started beside it: its peer's own five-minute watch finds out, by its clock.

Nobody calls the watch: it runs as `serve` starts it, over real HTTP, and ten minutes pass in a second.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.members.model import OPERATOR
from ringtausch_node.payments.model import PayRequest
from ringtausch_node.witnessing import records
from ringtausch_protocol import forks, limits
from ringtausch_protocol.verifier.program import main as verify
from tests.simulation.clockwork import SimClock, SimIds
from tests.simulation.loop import Life
from tests.simulation.nodes import Node
from tests.simulation.story import copied, fast_folder, lay_out
from tests.simulation.world import World

RINGS = ("oak", "elm")
FOUND_WITHIN_SECONDS = 600.0
#: How often members of both copies pay each other.
PAY_SECONDS = 45.0


class Twin(Node):
    """A node that claims to be elm."""

    @property
    def address(self) -> str:
        """Elm's."""
        return "elm.example"


@pytest.fixture(scope="module")
def template() -> Iterator[Path]:
    with fast_folder() as root:
        lay_out(root, RINGS, members=2)
        yield root


def _add_twin(world: World, template: Path) -> None:
    clock = SimClock(world.loop)
    twin = Twin("twin", clock, SimIds(f"ids-{world.seed}-twin", clock), Life("twin", 0), world.loop.create_future())
    world.nodes["twin"] = twin
    shutil.copytree(template / "elm.0", world.folder(twin))


async def _sign_and_watch(ring: Ring) -> None:
    await ring.checkpoints.take_up()
    ring.checkpoints.start()
    await ring.witnessing.start()


async def _live(world: World, name: str) -> None:
    """Members pay each other for ever."""
    while True:
        await world.ask(name, lambda ring: ring.payments.pay(PayRequest(None, "m0", "m1", 60, ""), OPERATOR))
        await asyncio.sleep(PAY_SECONDS)


async def _proofs(world: World) -> list[bytes]:
    rows = await world.ask("oak", lambda ring: ring.store.read(records.load_forks))
    return [row.proof for row in rows]


async def _play(world: World, answering: str) -> tuple[float, list[bytes], str | None]:
    """-> when oak had a proof, its proofs, and why its line to elm stands. `answering`: who is at elm's address."""
    for name in ("oak", "elm", "twin"):
        await world.boot(name, starts=False)
    world.nodes["elm"], world.nodes["twin"] = (world.nodes[name] for name in answering.split())
    lives = [asyncio.create_task(_live(world, name)) for name in ("elm", "twin")]
    for name in ("oak", "elm", "twin"):
        await world.ask(name, _sign_and_watch)
    began = world.loop.time()

    async def is_found() -> bool:
        return bool(await _proofs(world))

    await world.until(is_found, FOUND_WITHIN_SECONDS, "the copy is not caught")
    found_after = world.loop.time() - began
    for life in lives:
        life.cancel()
    (peer,) = await world.ask("oak", lambda ring: ring.federation.peers())
    proofs = await _proofs(world)
    await world.close()
    return found_after, proofs, peer.reason


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("answering", ["elm twin", "twin elm"])
def test_a_copied_ring_is_caught_by_its_peer_s_own_watch_within_ten_minutes(
    template: Path, tmp_path: Path, seed: int, answering: str
) -> None:
    with copied(template, seed, RINGS, has_bytes=True) as world:
        _add_twin(world, template)

        found_after, (proof,), reason = world.run(_play(world, answering))

        assert [] == world.failures()
    assert found_after <= FOUND_WITHIN_SECONDS
    assert ("two_histories", True) == (reason, len(proof) <= limits.FORK_PROOF_BYTES)
    (tmp_path / "proof.json").write_bytes(proof)
    assert 0 == verify([str(tmp_path / "proof.json")])
    assert forks.verify_fork(proof).a.origin.endswith("/log/1")
