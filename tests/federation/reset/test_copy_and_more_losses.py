# SPDX-License-Identifier: AGPL-3.0-or-later
"""A copy of before a line began anew, and a neighbour that stays away, never comes back, or had heard the end ahead."""

from __future__ import annotations

from functools import partial

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.members.model import OPERATOR
from tests.federation.copies import Copies, ready
from tests.federation.reset.copied import (
    OLD,
    assert_counted,
    back_without,
    copied,
    paid_since,
    put_back,
    waits,
    waits_and_is_over,
)
from tests.federation.reset.resting import (
    ENDS,
    begin,
    ended_ahead,
    held_at,
    is_carried,
    paid_a_minute,
    rest,
    unwanted,
)
from tests.federation.reset.test_reset import begin_anew
from tests.federation.stating import a_day_later, are_signed
from tests.federation.towns import HOUR, Towns, end_of, faults, line_of, row_of, until
from tests.federation.transit.chain import row_of_rings


@pytest.mark.parametrize("away", ["oak", "ash"])
async def test_a_neighbour_that_comes_back_after_the_recovery_tells_of_what_was_agreed_on_with_the_other(
    towns: Towns, copies: Copies, away: str
) -> None:
    """The ring recovers once more (SPEC.md 6.8); what began anew in the first recovery is as old to the second."""
    chain = await copied(towns, copies)
    await chain.paid(OLD)
    await begin_anew(towns.network.rings["ash" if away == "oak" else "oak"], chain.rings[1])
    await ready(*chain.rings)
    await chain.paid(HOUR)
    await back_without(chain, copies, away)
    await chain.rings[1].federation.recovery.declare_old_copy()
    towns.network.heal()
    await ready(*chain.rings)
    await assert_counted(chain, HOUR + OLD + 60)


@pytest.mark.parametrize("is_shown", [False, True])
@pytest.mark.parametrize("anew", ["oak", "ash"])
async def test_a_line_is_given_up_that_carried_what_is_over_on_the_other(
    towns: Towns, copies: Copies, anew: str, *, is_shown: bool
) -> None:
    """Its books replay, and the ring before hears nothing of what it has paid long ago."""
    chain, view = await paid_since(towns, copies)
    oak, elm, ash = chain.rings
    await begin_anew(towns.network.rings[anew], elm)
    await ready(*chain.rings)
    receipt = await ash.receipts.receipt(view.payment_id, OPERATOR)
    assert receipt.decision is not None
    await back_without(chain, copies, "ash" if anew == "oak" else "oak")
    elm = chain.rings[1]
    assert await is_carried(elm, "held")
    await towns.close("ash")
    if is_shown:
        await elm.federation.giving_up.shown.take(receipt.decision.encode())
    await elm.federation.giving_up.give_up("ash.example")
    assert [] == await faults(elm)
    if anew == "oak":
        await ready(oak)
        await a_day_later(towns, oak, elm)
        await are_signed(oak, elm)
        assert [[], []] == [await ring.store.read(unwanted) for ring in (oak, elm)]
        assert [] == await faults(oak, elm)


@pytest.mark.parametrize("first", ["elm", "fir"])
async def test_an_end_that_went_ahead_of_its_order_is_not_said_again_by_a_copy_of_before(
    towns: Towns, copies: Copies, first: str
) -> None:
    """Ash's own answer comes back before the order does."""
    chain = await row_of_rings(towns, 4)
    oak = chain.first
    await paid_a_minute(chain)
    ash = chain.rings[2] = await copies.take("ash")
    await ready(*chain.rings)
    view = await held_at(chain, 2)
    await ended_ahead(chain)
    assert "paid" == (await end_of(oak, view.payment_id)).state
    await ready(*chain.rings)
    await put_back(chain, copies, first, place=2)
    ash = chain.rings[2]
    await until(partial(is_carried, ash, "posted"))
    await until(partial(waits, ash))
    assert [60 + HOUR] * 3 == await chain.clearings()
    assert [] == await faults(*chain.rings)
    assert [[]] * 4 == [await ring.store.read(unwanted) for ring in chain.rings]


@pytest.mark.parametrize("first", ["oak", "ash"])
@pytest.mark.parametrize("anew", [(), ("oak",), ("ash",), ("oak", "ash")])
@pytest.mark.parametrize(("payee", "state", "moved"), ENDS)
async def test_what_the_copy_holds_and_went_on_by_name_ends_once(
    towns: Towns, copies: Copies, payee: str, state: str, moved: int, anew: tuple[str, ...], first: str
) -> None:
    """Whichever lines began anew while it was held on them, and whichever comes back first."""
    chain = await row_of_rings(towns, 3)
    oak, elm, ash = chain.rings
    view = await held_at(chain, 1, payee)
    chain.rings[1] = elm = await copies.take("elm")
    await until(partial(is_carried, elm, "held"))
    if "oak" in anew:
        await rest(oak, elm)
        await begin(oak, elm)
    if "ash" in anew:
        await rest(elm, ash)
        towns.network.heal()
        await begin(elm, ash)
    towns.network.heal()
    assert state == (await end_of(oak, view.payment_id)).state
    await ready(*chain.rings)
    await put_back(chain, copies, first)
    await until(partial(is_carried, chain.rings[1], "posted", "released"))
    await assert_counted(chain, 60 + moved)
    assert [[]] * 3 == [await ring.store.read(unwanted) for ring in chain.rings]


async def test_what_waits_and_is_over_for_its_payer_ends_quietly_where_the_next_ring_is_given_up(
    towns: Towns, copies: Copies
) -> None:
    """The ring before, whose payment was refused long ago, hears nothing of it."""
    chain = await waits_and_is_over(towns, copies)
    await back_without(chain, copies, "ash")
    await towns.close("ash")
    oak, elm = chain.rings[:2]
    assert await is_carried(elm, "waiting")
    await elm.federation.giving_up.give_up("ash.example")
    assert await is_carried(elm, "released")
    await a_day_later(towns, oak, elm)
    await are_signed(oak, elm)
    assert [[], []] == [await ring.store.read(unwanted) for ring in (oak, elm)]
    assert [] == await faults(oak, elm)


async def test_both_neighbours_are_given_up_where_what_one_paid_is_over_on_the_line_of_the_other(
    towns: Towns, copies: Copies
) -> None:
    """What was never told to the ring before is not what it owes: it is in the balance that both agreed on."""
    chain, view = await paid_since(towns, copies)
    oak, elm, ash = chain.rings
    await begin_anew(oak, elm)
    await ready(*chain.rings)
    receipt = await ash.receipts.receipt(view.payment_id, OPERATOR)
    assert receipt.decision is not None
    await back_without(chain, copies, "ash")
    elm = chain.rings[1]
    for dead in (oak, ash):
        await towns.close(dead.config.name)
        line_of(elm, dead).is_away = True
    assert (await elm.federation.giving_up.shown.take(receipt.decision.encode())).counts
    await elm.federation.giving_up.give_up("oak.example", "ash.example")
    assert [] == await faults(elm)


@pytest.mark.parametrize("anew", ["oak", "ash"])
async def test_what_is_over_on_a_line_stands_in_no_statement_of_it(towns: Towns, copies: Copies, anew: str) -> None:
    """The copy holds it until the other line comes back, and its neighbour here holds nothing."""
    chain, _ = await paid_since(towns, copies)
    there = towns.network.rings[anew]
    await begin_anew(there, chain.rings[1])
    await ready(*chain.rings)
    await chain.paid(OLD)
    await back_without(chain, copies, "ash" if anew == "oak" else "oak")
    elm = chain.rings[1]
    assert await is_carried(elm, "held")
    await a_day_later(towns, elm, there)
    here, _ = await are_signed(elm, there)
    assert (0, 0) == (here.said.own_open_seconds, here.said.their_open_seconds)  # of a line that probes
    assert [] == await faults(elm, there)


@pytest.mark.parametrize("is_acked", [False, True])
async def test_an_answer_that_the_ring_before_never_had_is_told_in_the_epoch_in_which_the_order_comes_back(
    towns: Towns, copies: Copies, *, is_acked: bool
) -> None:
    """Ash had paid, and elm had heard it: oak would have waited for ever. An order that elm acked is given back."""
    chain = await copied(towns, copies)
    oak, elm, ash = chain.rings
    await begin_anew(oak, elm)
    await ready(*chain.rings)
    towns.network.apart = {frozenset({"elm", "ash"})}
    view = await chain.pay(HOUR)
    await until(partial(is_carried, elm, "held"))
    if is_acked:
        await elm.federation.limit("oak.example", 9 * HOUR)
        await until(partial(_is_acked, oak, elm))
    towns.network.apart = {frozenset({"oak", "elm"})}
    for one, other in ((elm, ash), (ash, elm)):
        line_of(one, other).contact.set()
    await until(partial(is_carried, elm, "posted"))
    assert "held" == (await oak.payments.get(view.payment_id, OPERATOR)).state
    await elm.federation.limit("ash.example", 9 * HOUR)  # its frame acks ash's answer, which is given back so, not news
    await until(partial(_is_acked, ash, elm))
    await put_back(chain, copies, "ash")
    assert "paid" == (await end_of(oak, view.payment_id)).state
    await assert_counted(chain, HOUR + 60)
    assert [[]] * 3 == [await ring.store.read(unwanted) for ring in chain.rings]


async def _is_acked(ring: Ring, other: Ring) -> bool:
    line_of(other, ring).contact.set()
    row = await row_of(ring, other)
    return row.acked_seq == row.own_seq


async def test_what_is_counted_after_all_is_taken_from_the_account_that_bore_the_difference(
    towns: Towns, copies: Copies, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waives where a copy was put back; should a difference stand elsewhere, nothing of it is left there."""
    chain = await copied(towns, copies)
    await begin_anew(chain.last, chain.rings[1])
    await ready(*chain.rings)
    await chain.paid(HOUR)
    await chain.paid(OLD)
    monkeypatch.setattr("ringtausch_node.federation.reset.installing.is_waiver", lambda *_, **__: True)
    await put_back(chain, copies, "oak")
    await assert_counted(chain, HOUR + OLD + 60)
    sql = "SELECT key, balance_seconds FROM account WHERE key IN ('written_off', 'recovered')"
    assert [("written_off", 0)] == await chain.rings[1].store.read(lambda tx: [tuple(row) for row in tx.execute(sql)])
