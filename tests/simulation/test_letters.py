# SPDX-License-Identifier: AGPL-3.0-or-later
"""An invoice, its payment, a note and a refusal between two rings, with a node killed at every commit on the way."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.errors import LocalError
from ringtausch_node.members.model import OPERATOR
from ringtausch_node.payments.invoice_model import InvoiceRequest
from tests.simulation.nodes import Killed, Node
from tests.simulation.story import audit, copied, fast_folder, heal, lay_out, payment_id, quiet
from tests.simulation.world import World

RINGS = ("oak", "elm")
PATIENCE_SECONDS = 600.0
Look = Callable[[Ring], Coroutine[Any, Any, bool]]
PAID, DECLINED, NOTE = (payment_id(number) for number in (1, 2, 3))


@pytest.fixture(scope="module")
def template() -> Iterator[Path]:
    with fast_folder() as root:
        lay_out(root, RINGS)
        yield root


async def _wait(world: World, name: str, what: str, holds: Look) -> None:
    """Until a ring shows something, over its deaths."""

    async def does() -> bool:
        with suppress(Killed):
            return await world.ask(name, holds)
        return False

    await world.until(does, PATIENCE_SECONDS, what)


def _stands(invoice: str, state: str) -> Look:
    async def look(ring: Ring) -> bool:
        with suppress(LocalError):
            view = await ring.invoices.get(invoice, OPERATOR)
            return (view.state, view.payment_state) == (state, None)
        return False

    return look


async def _write(world: World, invoice: str) -> None:
    """A member of elm asks a member of oak, who finds it in his list."""
    wish = InvoiceRequest(invoice, "m0", 1800, "Rasen", "m0@oak.example")
    await world.insist("elm", lambda ring: ring.invoices.create(wish, OPERATOR))
    await _wait(world, "oak", "the request", _stands(invoice, "open"))


async def _day(world: World) -> None:
    for name in RINGS:
        world.spawn_boot(name)
    await _write(world, PAID)
    await world.insist("oak", lambda ring: ring.answers.pay(PAID, OPERATOR))
    for name in RINGS:
        await _wait(world, name, "paid", _stands(PAID, "paid"))
    view: Any = await world.insist("oak", lambda ring: ring.invoices.get(PAID, OPERATOR))
    payment = view.payment_id
    await world.insist("oak", lambda ring: ring.notes.write(payment, "Danke", OPERATOR, note_id=NOTE))
    await _write(world, DECLINED)
    await world.insist("oak", lambda ring: ring.answers.decline(DECLINED, "other", OPERATOR))
    await _wait(world, "elm", "declined", _stands(DECLINED, "declined"))
    await quiet(world)
    world.run_up = [(node.name, node.steps, node.points) for node in world.nodes.values()]
    await heal(world)
    for name in RINGS:
        shown: Any = await world.ask(name, lambda ring: ring.payments.get(payment, OPERATOR))
        assert [("payer", "Danke", "delivered")] == [(note.writer, note.text, note.state) for note in shown.notes]
    assert {"oak>elm": 1800, "elm>oak": -1800} == await audit(world)
    await world.close()


def _play(template: Path, name: str = "", point: int = 0) -> World:
    with copied(template, 5, RINGS) as world:

        def dies_here(node: Node, kind: str) -> bool:
            return not world.kills and (node.name, kind != "step", node.points) == (name, True, point)

        world.dies_here = dies_here
        world.run(_day(world))
        return world


@pytest.mark.parametrize("name", RINGS)
def test_killed_once_at_every_commit(template: Path, name: str) -> None:
    """Restarted, healed: paid once, declined once, noted once, and both rings show it."""
    points = next(points for node, _, points in _play(template).run_up if node == name)

    assert points >= 20
    for point in range(1, points + 1):
        assert 1 == _play(template, name, point).kills, f"{name} {point}"
