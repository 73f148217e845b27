# SPDX-License-Identifier: AGPL-3.0-or-later
"""Rings in a row, each with a line to the next: what goes from one end to the other passes through those between."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

from ringtausch_node.bootstrap import Ring
from ringtausch_node.federation.line.lines import Line
from ringtausch_node.payments.model import PaymentView
from ringtausch_node.store import Tx
from ringtausch_protocol.documents import Advert, Edge
from tests.federation.towns import HOUR, Towns, balance, end_of, line_of, pay, peer, talk, until, view_of

NAMES = ("oak", "elm", "ash", "fir")


@dataclass
class Chain:
    """Rings in a row. Alma lives in the first, Ben in the last."""

    towns: Towns
    rings: list[Ring]

    @property
    def first(self) -> Ring:
        """Alma's."""
        return self.rings[0]

    @property
    def last(self) -> Ring:
        """Ben's."""
        return self.rings[-1]

    @property
    def payee(self) -> str:
        """Ben's full address."""
        return f"ben@{self.last.config.address}"

    async def pay(self, seconds: int = 5_400, payment_id: str | None = None) -> PaymentView:
        """Alma pays Ben, as it stands when the answer comes."""
        return await pay(self.first, "alma", self.payee, seconds, payment_id)

    async def paid(self, seconds: int = 5_400) -> PaymentView:
        """Alma pays Ben, as it ends."""
        return await end_of(self.first, (await self.pay(seconds)).payment_id)

    async def balances(self) -> tuple[int, int]:
        """Of Alma and Ben."""
        return await balance(self.first, "alma"), await balance(self.last, "ben")

    async def clearings(self) -> list[int]:
        """What each ring owes the next."""
        return [(await view_of(one, other)).clearing_seconds for one, other in pairwise(self.rings)]


async def teach(rings: list[Ring]) -> None:
    """Everybody knows all lines and all cards."""
    for ring in rings:
        for other in rings:
            if other is not ring:
                await ring.store.write(partial(_hear, ring, other))
    teach_lines(rings)


def teach_lines(rings: list[Ring]) -> None:
    """Everybody knows all lines."""
    for ring in rings:
        for other in rings:
            if other is not ring:
                ring.federation.ways.atlas.take(_advert(other), other.config.address)


def _advert(ring: Ring) -> Advert:
    edges = [
        Edge(peer=line.names.peer, limit_bucket=72_000, free_bucket=72_000, transit=True)
        for line in ring.federation.lines.all()
    ]
    expires_at = ring.clock.now() + 86_400
    return Advert(v=1, net="test", ring_id=ring.identity.ring_id, seq=1, expires_at=expires_at, edges=edges)


def _hear(ring: Ring, other: Ring, tx: Tx) -> None:
    assert ring.federation.between.strangers.heard(tx, other.identity.own.envelope) is None


async def row_of_rings(
    towns: Towns, count: int, *, limit_seconds: int = 10 * HOUR, is_taught: bool = True,
    stand: Callable[[list[Ring]], Sequence[Ring]] = list,
) -> Chain:  # fmt: skip
    """So many new rings in a row. `stand`: in which order."""
    rings = list(stand([await towns.found(name) for name in NAMES[:count]]))
    return await put_in_a_row(towns, rings, limit_seconds=limit_seconds, is_taught=is_taught)


async def put_in_a_row(
    towns: Towns, rings: list[Ring], *, limit_seconds: int = 10 * HOUR, is_taught: bool = True
) -> Chain:
    """These rings, peered in a row; those between carry what passes."""
    await rings[0].members.add("alma", "Alma")
    await rings[-1].members.add("ben", "Ben")
    for one, other in pairwise(rings):
        await peer(one, other, limit_seconds, limit_seconds)
    for ring in rings[1:-1]:
        for line in ring.federation.lines.all():
            await ring.federation.carrying.set(line.peer.address, carries=True)
    chain = Chain(towns, rings)
    if is_taught:
        await teach(rings)
    await talk(*rings)
    return chain


async def holds(ring: Ring) -> bool:
    """Whether something that passes is held at this ring, both ways."""
    return "held" in [each.state for each in await ring.federation.carrying.list()]


async def cut_off(towns: Towns, one: Ring, other: Ring) -> None:
    """The ring between has noticed that the next one does not answer."""
    towns.network.cut.add(other.config.name)
    line = line_of(one, other)
    line.owes_have = True
    line.wake.set()
    await until(partial(_is_away, line))


async def _is_away(line: Line) -> bool:
    return line.is_away
