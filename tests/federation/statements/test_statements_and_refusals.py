# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a ring between refuses at once leaves no row behind: a statement that crosses the refusal counts it anyway.

The ring between answers statements. It has stopped carrying for Alma's ring, which has not heard of that yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import permutations

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.errors import RemoteError
from tests.federation.copies import sound
from tests.federation.stating import a_day_later, are_signed, by_id, newest, quiet
from tests.federation.towns import Post, Towns, end_of, line_of, row_of, until
from tests.federation.transit.chain import Chain, row_of_rings, teach

SECONDS = 700


def first_proposes(rings: Sequence[Ring]) -> Sequence[Ring]:
    """An order of three in which the ring between answers the statements of the first."""
    return next(each for each in permutations(rings) if by_id(*each[:2]) == each[:2])


@pytest.fixture
async def row(towns: Towns) -> Chain:
    """Three rings; the second has just stopped carrying for the first."""
    row = await row_of_rings(towns, 3, stand=first_proposes)
    await quiet(*row.rings[:2])
    await row.rings[1].federation.carrying.set(row.first.config.address, carries=False)
    return row


async def is_open_at_both(row: Chain, count: int) -> None:
    """Both sign one statement, in which so many orders of Alma's ring are open."""
    here, there = await are_signed(*row.rings[:2])
    assert here.document == there.document
    assert (count, count * SECONDS) == (here.said.own_open, here.said.own_open_seconds)
    assert (count, count * SECONDS) == (there.said.their_open, there.said.their_open_seconds)


async def is_refused(row: Chain, payment_id: str) -> None:
    """The payment came to nothing, and the books are sound."""
    ended = await end_of(row.first, payment_id)
    assert ("refused", "not_allowed") == (ended.state, ended.code)
    await sound(*row.rings[:2])


async def has_said_more(ring: Ring, other: Ring, before: int) -> bool:
    """Whether a ring has signed another frame."""
    return (await row_of(ring, other)).own_seq > before


async def test_an_order_refused_before_the_statement_came_is_open_at_its_cut(row: Chain) -> None:
    network, (first, between, _) = row.towns.network, row.rings

    def deaf(post: Post) -> bytes:
        if post.sender == between.config.name:
            raise RemoteError("unreachable", "cut off")
        return post.body

    before = (await row_of(between, first)).own_seq
    network.change, network.lose_answer = deaf, lambda post: post.path.endswith("frames")
    payment_id = (await row.pay(SECONDS)).payment_id
    await until(partial(has_said_more, between, first, before))
    await first.federation.stop()
    line_of(first, between).was_met()
    await a_day_later(row.towns, first)
    assert "open" == (await newest(first, between)).state

    network.change, network.lose_answer = lambda post: post.body, lambda post: False
    await first.federation.start()

    await is_open_at_both(row, 1)
    await is_refused(row, payment_id)


async def test_an_order_that_comes_with_the_statement_is_open_at_its_cut(row: Chain) -> None:
    first, between, _ = row.rings
    await row.towns.network.fall_silent(between.config.name)
    payment_id = (await row.pay(SECONDS)).payment_id
    await a_day_later(row.towns, first)
    assert 1 == (await newest(first, between)).said.own_open

    row.towns.network.heal()

    await is_open_at_both(row, 1)
    await is_refused(row, payment_id)


async def test_an_order_that_comes_with_the_statement_and_behind_it_is_not_counted(row: Chain) -> None:
    first, between, _ = row.rings
    await row.towns.network.fall_silent(between.config.name)
    await a_day_later(row.towns, first)
    assert "open" == (await newest(first, between)).state
    await teach(row.rings)  # what was told of lines a day ago counts no more
    payment_id = (await row.pay(SECONDS)).payment_id

    row.towns.network.heal()

    await is_open_at_both(row, 0)
    await is_refused(row, payment_id)
