# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a ring between refuses at once leaves no row behind: a statement that crosses the refusal counts it anyway.

The ring between answers statements. It has stopped carrying for the one before, which has not heard of that yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import permutations

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.errors import RemoteError
from ringtausch_node.federation.statements.cut import Behind, Cut, Ended, figures_at
from ringtausch_protocol.documents import OpenHold
from tests.federation.copies import sound
from tests.federation.stating import a_day_later, are_signed, by_id, newest, quiet
from tests.federation.towns import Post, Towns, end_of, line_of, row_of, until
from tests.federation.transit.chain import Chain, row_of_rings, teach

SECONDS = 700


def proposer_before_answerer(rings: Sequence[Ring]) -> Sequence[Ring]:
    """An order in which the last ring but one answers the statements of the one before it."""
    return next(each for each in permutations(rings) if by_id(*each[-3:-1]) == each[-3:-1])


@pytest.fixture(params=[3, 4])
async def row(towns: Towns, request: pytest.FixtureRequest) -> Chain:
    """Three rings, or four: then what is ordered was passed on already once.

    The last one but one has just stopped carrying for the one before it.
    """
    row = await row_of_rings(towns, request.param, stand=proposer_before_answerer)
    proposer, answerer = row.rings[-3:-1]
    await quiet(proposer, answerer)
    await answerer.federation.carrying.set(proposer.config.address, carries=False)
    return row


async def is_open_at_both(row: Chain, count: int) -> None:
    """Both sign one statement, in which so many orders of the one that proposes it are open."""
    here, there = await are_signed(*row.rings[-3:-1])
    assert here.document == there.document
    assert (count, count * SECONDS) == (here.said.own_open, here.said.own_open_seconds)
    assert (count, count * SECONDS) == (there.said.their_open, there.said.their_open_seconds)


async def is_refused(row: Chain, payment_id: str) -> None:
    """The payment came to nothing, and the books are sound."""
    ended = await end_of(row.first, payment_id)
    assert ("refused", "not_allowed") == (ended.state, ended.code)
    await sound(*row.rings[-3:-1])


async def has_said_more(ring: Ring, other: Ring, before: int) -> bool:
    """Whether a ring has signed another frame."""
    return (await row_of(ring, other)).own_seq > before


async def test_an_order_refused_before_the_statement_came_is_open_at_its_cut(row: Chain) -> None:
    network, (proposer, answerer) = row.towns.network, row.rings[-3:-1]

    def deaf(post: Post) -> bytes:
        if post.sender == answerer.config.name:
            raise RemoteError("unreachable", "cut off")
        return post.body

    before = (await row_of(answerer, proposer)).own_seq
    network.change, network.lose_answer = deaf, lambda post: post.path.endswith("frames")
    payment_id = (await row.pay(SECONDS)).payment_id
    await until(partial(has_said_more, answerer, proposer, before))
    await proposer.federation.stop()
    line_of(proposer, answerer).was_met()
    await a_day_later(row.towns, proposer)
    assert "open" == (await newest(proposer, answerer)).state

    network.change, network.lose_answer = lambda post: post.body, lambda post: False
    await proposer.federation.start()

    await is_open_at_both(row, 1)
    await is_refused(row, payment_id)


async def test_an_order_that_comes_with_the_statement_is_open_at_its_cut(row: Chain) -> None:
    proposer, answerer = row.rings[-3:-1]
    await row.towns.network.fall_silent(answerer.config.name)
    before = (await row_of(proposer, answerer)).own_seq
    payment_id = (await row.pay(SECONDS)).payment_id
    await until(partial(has_said_more, proposer, answerer, before))
    await a_day_later(row.towns, proposer)
    assert 1 == (await newest(proposer, answerer)).said.own_open

    row.towns.network.heal()

    await is_open_at_both(row, 1)
    await is_refused(row, payment_id)


async def test_an_order_that_comes_with_the_statement_and_behind_it_is_not_counted(row: Chain) -> None:
    proposer, answerer = row.rings[-3:-1]
    await row.towns.network.fall_silent(answerer.config.name)
    await a_day_later(row.towns, proposer)
    assert "open" == (await newest(proposer, answerer)).state
    await teach(row.rings)  # what was told of lines a day ago counts no more
    before = (await row_of(proposer, answerer)).own_seq
    payment_id = (await row.pay(SECONDS)).payment_id
    await until(partial(has_said_more, proposer, answerer, before))

    row.towns.network.heal()

    await is_open_at_both(row, 0)
    await is_refused(row, payment_id)


@pytest.mark.parametrize(("seconds", "is_open"), [(SECONDS, True), (0, False)])
async def test_a_probe_that_was_refused_is_open_nowhere(
    open_pair: tuple[Ring, Ring], *, seconds: int, is_open: bool
) -> None:
    """Its decision is over nothing."""
    oak, elm = open_pair
    line, row = line_of(elm, oak), await row_of(elm, oak)
    behind = Behind({"A" * 43: Ended(is_paid=False, amount_seconds=seconds)}, {}, frozenset())

    found = await elm.store.read(lambda tx: figures_at(tx, line, Cut(row.own_seq, row.peer_seq), behind))

    assert [OpenHold(order_hash="A" * 43, amount_seconds=seconds)] * is_open == found.their_open
