# SPDX-License-Identifier: AGPL-3.0-or-later
"""A line begins anew while a ring holds towards the other what it passed on for others: it goes on, and ends once."""

from __future__ import annotations

from collections import Counter
from functools import partial

import pytest

from ringtausch_node.members.model import OPERATOR
from ringtausch_protocol import limits
from ringtausch_protocol.errors import LocalError
from tests.federation.reset.resting import (
    ENDS,
    assert_sound,
    begin,
    decided_unheard,
    ended_ahead,
    held_at,
    is_carried,
    nothing_but_resets,
    rest,
    share_an_epoch,
    shown,
)
from tests.federation.stating import a_day_later, are_signed
from tests.federation.towns import HOUR, Towns, end_of, faults, row_of, until
from tests.federation.transit.chain import row_of_rings


@pytest.mark.parametrize(("payee", "state", "moved"), ENDS)
async def test_what_a_ring_passed_on_goes_on_where_the_ring_behind_never_heard_of_it(
    towns: Towns, reached: Counter[str], payee: str, state: str, moved: int
) -> None:
    """It could not begin anew, as the order was open, and the order could not end: elm would have lost an hour."""
    chain = await row_of_rings(towns, 3)
    oak, elm, ash = chain.rings
    view = await held_at(chain, 1, payee)
    await rest(elm, ash)
    towns.network.heal()

    figures = await begin(elm, ash)
    assert (0, 1, 0, True) == (figures.difference_seconds, figures.go_on, figures.freed, figures.may_sign)
    assert state == (await end_of(oak, view.payment_id)).state
    await until(partial(is_carried, elm, "posted", "released"))
    assert 1 == reached["an order that was passed on goes on in a new epoch"]
    await assert_sound(chain, moved)


@pytest.mark.parametrize("proposer", ["elm", "ash"])
@pytest.mark.parametrize(("payee", "state", "moved"), ENDS)
async def test_between_two_rings_between_it_goes_on_whoever_of_both_proposes(
    towns: Towns, proposer: str, payee: str, state: str, moved: int
) -> None:
    """Ash holds it towards fir: it is elm's on their line, and ash has seen it there."""
    chain = await row_of_rings(towns, 4)
    oak, elm, ash, _ = chain.rings
    view = await held_at(chain, 2, payee)
    await rest(elm, ash)
    one, other = (elm, ash) if proposer == "elm" else (ash, elm)

    figures = await begin(one, other)
    assert (0, 1, True) == (figures.difference_seconds, figures.go_on, figures.may_sign)
    rows = [await row_of(elm, ash), await row_of(ash, elm)]
    assert [(HOUR, 1), (HOUR, 1)] == [
        (rows[0].held_out_seconds, rows[0].held_out_count), (rows[1].held_in_seconds, rows[1].held_in_count)
    ]  # fmt: skip
    towns.network.heal()
    assert state == (await end_of(oak, view.payment_id)).state
    await assert_sound(chain, moved)


@pytest.mark.parametrize(("payee", "state", "moved"), ENDS)
async def test_what_had_its_end_behind_and_was_not_heard_of_counts_on_top(
    towns: Towns, payee: str, state: str, moved: int
) -> None:
    """Ash, between, has heard of the end while its line to elm rested."""
    chain = await row_of_rings(towns, 4)
    oak, elm, ash, _ = chain.rings
    view = await held_at(chain, 2, payee)
    await rest(elm, ash)
    towns.network.heal()
    await until(partial(is_carried, ash, "posted", "released"))
    assert "held" == (await oak.payments.get(view.payment_id, OPERATOR)).state

    figures = await begin(elm, ash)
    assert (0, 1, True) == (figures.difference_seconds, figures.go_on, figures.may_sign)
    assert state == (await end_of(oak, view.payment_id)).state
    await assert_sound(chain, moved)


@pytest.mark.parametrize(("payee", "state", "moved"), ENDS)
async def test_what_the_last_ring_decided_and_nobody_heard_counts_on_top(
    towns: Towns, payee: str, state: str, moved: int
) -> None:
    chain = await row_of_rings(towns, 3)
    oak, elm, ash = chain.rings
    view = await decided_unheard(chain, payee)
    await rest(elm, ash)
    towns.network.change, towns.network.lose_answer = (lambda post: post.body), (lambda _: False)
    towns.network.heal()

    figures = await begin(elm, ash)
    assert (0, 1, True) == (figures.difference_seconds, figures.go_on, figures.may_sign)
    assert state == (await end_of(oak, view.payment_id)).state
    await assert_sound(chain, moved)


async def test_a_proposal_that_leaves_out_what_we_passed_on_is_not_signed_but_answered(towns: Towns) -> None:
    """Ash has never heard of it, so it cannot name it."""
    chain = await row_of_rings(towns, 3)
    oak, elm, ash = chain.rings
    view = await held_at(chain, 1)
    await rest(elm, ash)
    towns.network.heal()
    await ash.federation.resets.propose("elm.example")
    figures = await shown(elm, ash)
    assert (0, False) == (figures.go_on, figures.may_sign)
    with pytest.raises(LocalError, match="reset_stale"):
        await elm.federation.resets.sign("ash.example")

    await begin(elm, ash)
    assert "paid" == (await end_of(oak, view.payment_id)).state
    await assert_sound(chain, HOUR)


async def test_what_was_passed_on_goes_on_over_two_new_beginnings(towns: Towns) -> None:
    """Nothing moves on the line between them, and no statement is signed that leaves it out."""
    chain = await row_of_rings(towns, 4)
    oak, elm, ash, _ = chain.rings
    view = await held_at(chain, 2)
    await rest(elm, ash)
    towns.network.change = nothing_but_resets
    for _ in range(2):
        await elm.federation.resets.propose("ash.example")
        figures = await shown(ash, elm)
        assert (0, 1, True) == (figures.difference_seconds, figures.go_on, figures.may_sign)
        await ash.federation.resets.sign("elm.example")
        await until(partial(share_an_epoch, elm, ash))
    towns.network.change = lambda post: post.body
    towns.network.heal()
    assert "paid" == (await end_of(oak, view.payment_id)).state
    await assert_sound(chain, HOUR)


async def test_more_than_a_document_lists_are_too_many(towns: Towns, monkeypatch: pytest.MonkeyPatch) -> None:
    chain = await row_of_rings(towns, 3)
    _, elm, ash = chain.rings
    await held_at(chain, 1)
    await rest(elm, ash)
    monkeypatch.setattr(limits, "HOLDS_LISTED_MAX", 0)
    with pytest.raises(LocalError, match="limits"):
        await elm.federation.resets.propose("ash.example")
    monkeypatch.setattr(limits, "HOLDS_LISTED_MAX", 1)
    await elm.federation.resets.propose("ash.example")


@pytest.mark.parametrize(("payee", "state", "moved"), ENDS)
async def test_an_end_that_goes_ahead_of_the_order_is_not_said_twice(
    towns: Towns, payee: str, state: str, moved: int
) -> None:
    """Both have begun anew and do not reach each other, and ash hears of the end before the order comes again."""
    chain = await row_of_rings(towns, 4)
    view = await held_at(chain, 2, payee)
    await ended_ahead(chain)
    assert state == (await end_of(chain.first, view.payment_id)).state
    await assert_sound(chain, moved)


async def test_a_statement_of_the_new_epoch_counts_what_is_open_on_both_sides(towns: Towns) -> None:
    """By the number of a frame of the old one elm or ash would have counted it before it stood in any of the new."""
    chain = await row_of_rings(towns, 4)
    oak, elm, ash, _ = chain.rings
    for _ in range(6):
        await chain.paid(10)
    view = await held_at(chain, 2)
    await rest(elm, ash)
    await begin(elm, ash)
    await a_day_later(towns, elm, ash)
    here, there = await are_signed(elm, ash)
    # By seconds: a probe may be open, too, and has none.
    assert (60, HOUR) == (here.said.we_owe_seconds, here.said.own_open_seconds)
    assert (-60, HOUR) == (there.said.we_owe_seconds, there.said.their_open_seconds)
    assert [] == await faults(*chain.rings)
    towns.network.heal()
    assert "refused" == (await end_of(oak, view.payment_id)).state  # a day later its deadline is over
