# SPDX-License-Identifier: AGPL-3.0-or-later
"""The federation before its first day: rings founded and peered, each run begins with copies of their folders."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from unittest import mock

from ringtausch_node.bootstrap import Ring as OpenRing
from ringtausch_node.config import BALANCE_MAX_SECONDS
from ringtausch_node.store import Tx
from tests.federation_run.plan import Line
from tests.federation_run.table import Ring
from tests.simulation.story import peer
from tests.simulation.world import World

#: Who pays and is paid in each ring; how wide their own accounts are is not what is asked here.
MEMBERS = tuple(f"m{number}" for number in range(6))


def found_all(root: Path, rings: Sequence[Ring], lines: Sequence[Line]) -> None:
    """Rings with members, lines that are agreed and open to payments of others, cards that a whole country knows."""
    world = World(0, root)

    async def story() -> None:
        for ring in rings:
            world.found(ring.name)
            await world.boot(ring.name, starts=False)
            await world.ask(ring.name, _take_members_in)
        for line in lines:
            await peer(world, line.one, line.other, line.limit_seconds)
        for ring in rings:
            await world.ask(ring.name, _carry_for_all)
        for country in {ring.country for ring in rings}:
            await _show_cards(world, country, rings, lines)
        await world.close()

    with mock.patch("hashlib.scrypt", cache(hashlib.scrypt)):  # both sides work out the same words, slow on purpose
        world.run(story())
    assert [] == world.failures()


async def _take_members_in(ring: OpenRing) -> None:
    for handle in MEMBERS:
        await ring.members.add(handle, "Mitglied", min_seconds=-BALANCE_MAX_SECONDS, max_seconds=BALANCE_MAX_SECONDS)


async def _carry_for_all(ring: OpenRing) -> None:
    for line in ring.federation.lines.all():
        await ring.federation.carrying.set(line.peer.address, carries=True)


async def _show_cards(world: World, country: str, rings: Sequence[Ring], lines: Sequence[Line]) -> None:
    """Rings that can be reached at all know each other's cards, as adverts bring them."""
    on_lines = {name for line in lines for name in (line.one, line.other)}
    here = [ring.name for ring in rings if ring.country == country and ring.name in on_lines]
    cards = [ring.identity.own.envelope for name in here if (ring := world.nodes[name].ring) is not None]
    for name in here:
        await world.ask(name, lambda ring: ring.store.write(lambda tx: _hear(ring, tx, cards)))


def _hear(ring: OpenRing, tx: Tx, cards: Sequence[bytes]) -> None:
    for card in cards:
        assert ring.federation.between.strangers.heard(tx, card) is None
