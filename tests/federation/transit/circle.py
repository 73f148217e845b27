# SPDX-License-Identifier: AGPL-3.0-or-later
"""Rings round in a circle, each with a line to the next, and a member in each who pays the next one's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ringtausch_node.bootstrap import Ring
from ringtausch_node.federation.netting.service import Netting
from tests.federation.towns import HOUR, Towns, balance, end_of, pay, peer, talk, view_of
from tests.federation.transit.chain import NAMES, teach


@dataclass
class Circle:
    """Rings in a circle; in each lives a member who is called as the ring is."""

    towns: Towns
    rings: list[Ring]

    @property
    def edges(self) -> list[tuple[Ring, Ring]]:
        """Each ring and the next."""
        return list(pairwise([*self.rings, self.rings[0]]))

    @property
    def starter(self) -> Ring:
        """Whose circle it is to begin."""
        return min(self.rings, key=lambda ring: ring.identity.ring_id)

    async def owe(self, hours: Sequence[float]) -> None:
        """Each ring comes to owe the next so many hours, by what its member pays."""
        for (one, other), amount in zip(self.edges, hours, strict=True):
            if amount:
                await owe(one, other, round(amount * HOUR))

    async def debts(self) -> list[int]:
        """What each ring owes the next."""
        return [(await view_of(one, other)).clearing_seconds for one, other in self.edges]

    async def members(self) -> list[int]:
        """The balances of the members."""
        return [await balance(ring, ring.config.name) for ring in self.rings]


async def owe(one: Ring, other: Ring, seconds: int) -> None:
    """A member of one ring pays a member of the other."""
    view = await pay(one, one.config.name, f"{other.config.name}@{other.config.address}", seconds)
    assert (await end_of(one, view.payment_id)).state == "paid"


def netting_of(ring: Ring) -> Netting:
    """The circles of a ring."""
    return ring.federation.netting


async def circle_of_rings(towns: Towns, count: int, *, limit_seconds: int = 10 * HOUR) -> Circle:
    """So many rings, peered round; nobody carries payments of others."""
    rings = [await towns.found(name) for name in NAMES[:count]]
    for ring in rings:
        await ring.members.add(ring.config.name, ring.config.name)
    circle = Circle(towns, rings)
    for one, other in circle.edges:
        await peer(one, other, limit_seconds, limit_seconds)
    await teach(rings)
    await talk(*rings)
    return circle
