# SPDX-License-Identifier: AGPL-3.0-or-later
"""What passes where a line begins anew, and a ring has lost it, or its cards, or never comes back."""

from __future__ import annotations

from functools import partial

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.federation.orders import between_records
from ringtausch_node.members.model import OPERATOR
from ringtausch_protocol.errors import LocalError
from tests.federation.copies import Copies, ready
from tests.federation.reset.resting import (
    assert_sound,
    begin,
    decided_unheard,
    held_at,
    is_carried,
    nothing_but_resets,
    rest,
    share_an_epoch,
    shown,
)
from tests.federation.reset.test_reset import quarantine
from tests.federation.towns import HOUR, Towns, end_of, faults, row_of, until
from tests.federation.transit.chain import row_of_rings


async def test_what_the_ring_behind_has_lost_is_a_new_offer_there(towns: Towns, copies: Copies) -> None:
    """Ash, put back from a copy of before, neither knows the order nor that it had paid it."""
    chain = await row_of_rings(towns, 3)
    oak, elm, ash = chain.rings
    await chain.paid(60)
    chain.rings[2] = await copies.take("ash")
    await ready(*chain.rings)
    view = await decided_unheard(chain)
    await quarantine(elm, chain.last)
    ash = chain.rings[2] = await copies.put_back("ash", mark=False)
    await quarantine(ash, elm)
    towns.network.change, towns.network.lose_answer = (lambda post: post.body), (lambda _: False)
    await ash.federation.start()

    figures = await begin(elm, ash)
    assert (0, 1, True) == (figures.difference_seconds, figures.go_on, figures.may_sign)
    assert "paid" == (await end_of(oak, view.payment_id)).state
    assert (-60 - HOUR, 60 + HOUR) == await chain.balances()
    assert [] == await faults(*chain.rings)


async def test_what_came_and_was_passed_on_is_not_left_out_but_ends_first(towns: Towns, copies: Copies) -> None:
    """Oak has lost it and cannot name it, while ash may yet be paid for it: elm would have lost an hour."""
    chain = await row_of_rings(towns, 3)
    oak, elm, _ = chain.rings
    chain.rings[0] = await copies.take("oak")
    await ready(*chain.rings)
    await held_at(chain, 1)
    await quarantine(elm, oak)
    oak = chain.rings[0] = await copies.put_back("oak", mark=False)
    await quarantine(oak, elm)
    await oak.federation.start()
    await oak.federation.resets.propose("elm.example")
    figures = await shown(elm, oak)
    assert (0, False) == (figures.go_on, figures.may_sign)
    with pytest.raises(LocalError, match="reset_stale"):
        await elm.federation.resets.sign("oak.example")

    towns.network.heal()
    await until(partial(is_carried, elm, "posted"))
    await elm.federation.resets.propose("oak.example")
    figures = await shown(oak, elm)
    await oak.federation.resets.sign("elm.example")
    await until(partial(share_an_epoch, oak, elm))
    assert (HOUR + 60, 0) == (figures.difference_seconds, figures.go_on)
    assert [HOUR + 60] * 2 == await chain.clearings()
    assert [-HOUR - 60] == [each.rest_seconds for each in await oak.recovered.waiting()]
    assert [] == await faults(*chain.rings)


@pytest.mark.parametrize("is_ended", [False, True])
async def test_in_the_new_epoch_the_cards_stand_before_what_they_prove(towns: Towns, *, is_ended: bool) -> None:
    """They stood in frames that were never taken: the offer was refused, and an answer closed the line."""
    chain = await row_of_rings(towns, 4)
    oak, elm, ash, fir = chain.rings
    view = await held_at(chain, 2)
    await rest(elm, ash)
    if is_ended:
        towns.network.heal()
        await until(partial(is_carried, ash, "posted"))
    await _forget(ash, oak)
    await _forget(elm, fir)

    await begin(elm, ash)
    towns.network.heal()
    assert "paid" == (await end_of(oak, view.payment_id)).state
    assert [1, 1] == [await _knows(ash, oak), await _knows(elm, fir)]
    await assert_sound(chain, HOUR)


async def _forget(ring: Ring, other: Ring) -> None:
    """No card of a stranger is known here any more."""
    sql = "DELETE FROM stranger_card WHERE ring_id = ?"
    await ring.store.write(lambda tx: tx.change(sql, (other.identity.ring_id,)))


async def _knows(ring: Ring, other: Ring) -> int:
    sql = "SELECT count(*) FROM stranger_card WHERE ring_id = ?"
    return await ring.store.read(lambda tx: int(tx.one(sql, (other.identity.ring_id,))[0]))


@pytest.mark.parametrize("is_known", [False, True])
async def test_a_copy_of_before_learns_what_went_on_and_how_it_ended(
    towns: Towns, copies: Copies, *, is_known: bool
) -> None:
    """Elm is put back from before its line to ash began anew; the copy knows of the payment that passes, or not."""
    chain = await row_of_rings(towns, 3)
    oak, elm, ash = chain.rings
    await chain.paid(60)
    if not is_known:
        elm = chain.rings[1] = await copies.take("elm")
        await ready(*chain.rings)
    view = await held_at(chain, 1)
    if is_known:
        elm = chain.rings[1] = await copies.take("elm")
        await until(partial(is_carried, elm, "held"))
    await rest(elm, ash)
    towns.network.heal()
    await begin(elm, ash)
    assert "paid" == (await end_of(oak, view.payment_id)).state
    elm = chain.rings[1] = await copies.put_back("elm", mark=True)
    await elm.federation.start()
    await ready(*chain.rings)
    await until(partial(is_carried, elm, "posted"))
    assert (-60 - HOUR, 60 + HOUR) == await chain.balances()
    assert [60 + HOUR] * 2 == await chain.clearings()
    rows = [await row_of(elm, each) for each in (oak, ash)]
    assert [(0, 0)] * 2 == [(row.held_in_count, row.held_out_count) for row in rows]
    assert [] == await faults(*chain.rings)


@pytest.mark.parametrize("is_shown", [False, True])
async def test_what_went_on_has_its_end_where_the_ring_behind_never_comes_back(towns: Towns, *, is_shown: bool) -> None:
    """Both began anew, and then nobody answered any more: it is written off, or counts as paid if that was shown."""
    chain = await row_of_rings(towns, 3)
    oak, elm, ash = chain.rings
    view = await decided_unheard(chain)
    await rest(elm, ash)
    towns.network.change, towns.network.lose_answer = nothing_but_resets, (lambda _: False)
    await elm.federation.resets.propose("ash.example")
    await shown(ash, elm)
    await ash.federation.resets.sign("elm.example")
    await until(partial(share_an_epoch, elm, ash))
    receipt = await ash.receipts.receipt(view.payment_id, OPERATOR)
    assert receipt.decision is not None
    await towns.close("ash")
    towns.network.change = lambda post: post.body
    towns.network.heal()
    if is_shown:
        await elm.federation.giving_up.shown.take(receipt.decision.encode())
    given_up = (await elm.federation.giving_up.give_up("ash.example"))[0]
    found = (given_up.clearing_seconds, given_up.written_off, given_up.honoured)
    assert ((60 + HOUR, 0, 1) if is_shown else (60, 1, 0)) == found
    assert ("paid" if is_shown else "refused") == (await end_of(oak, view.payment_id)).state
    assert [] == await faults(oak, elm)


async def test_an_edge_that_both_have_agreed_on_is_not_missing_any_more(towns: Towns) -> None:
    """The next recovery would have closed the line again that had begun anew to open it."""
    chain = await row_of_rings(towns, 3)
    await chain.paid(60)
    oak, elm, _ = chain.rings
    await elm.store.write(lambda tx: tx.change("UPDATE order_between SET in_seq = NULL"))
    assert 1 == len(await elm.store.read(between_records.load_half))
    await begin(oak, elm)
    assert [] == await elm.store.read(between_records.load_half)
