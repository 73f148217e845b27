# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the tests of statements share: a day passes, and both sides have something signed."""

from __future__ import annotations

from ringtausch_node.bootstrap import Ring
from ringtausch_node.federation.line.views import StatementView
from tests.federation.towns import Towns, row_of, until

DAY_SECONDS = 86_400


def by_id(one: Ring, other: Ring) -> tuple[Ring, Ring]:
    """The ring with the smaller id, which proposes, and the one that answers."""
    return (one, other) if one.identity.ring_id < other.identity.ring_id else (other, one)


async def quiet(one: Ring, other: Ring) -> None:
    """Wait until nothing is under way between two rings."""

    async def is_so() -> bool:
        here, there = await row_of(one, other), await row_of(other, one)
        return (here.own_seq, here.peer_seq) == (there.peer_seq, there.own_seq)

    await until(is_so)


async def a_day_later(towns: Towns, *rings: Ring) -> None:
    """A day has passed, and each ring has looked round."""
    towns.clock.ahead_seconds += DAY_SECONDS
    for ring in rings:
        await ring.store.write(ring.federation._sweep_once)


async def newest(ring: Ring, other: Ring) -> StatementView:
    """The newest statement of a line, from one side."""
    return (await ring.federation.statements(other.config.address))[0]


async def are_signed(one: Ring, other: Ring) -> tuple[StatementView, StatementView]:
    """Both sides' newest statement, once both hold one that both have signed."""

    async def is_so() -> bool:
        found = [await ring.federation.statements(of.config.address) for ring, of in ((one, other), (other, one))]
        return all(each and each[0].state == "signed" for each in found)

    await until(is_so)
    return await newest(one, other), await newest(other, one)
