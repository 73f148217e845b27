# SPDX-License-Identifier: AGPL-3.0-or-later
"""Alma of oak pays Ben of elm: settled, refused, queued, cancelled, asked twice."""

from __future__ import annotations

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.members.model import OPERATOR
from ringtausch_protocol.errors import LocalError
from tests.federation.towns import HOUR, Towns, balance, end_of, faults, pay, peer, row_of, talk, until, view_of

PAYMENT = "AAAAAAAAAAAAAAAAAAAAAA"


async def test_a_payment_settles_and_both_books_mirror_each_other(pair: tuple[Ring, Ring]) -> None:
    oak, elm = pair
    await talk(oak, elm)
    ended = await end_of(oak, (await pay(oak, "alma", "ben@elm.example", 5400)).payment_id)
    assert (ended.state, ended.code) == ("paid", None)
    assert (await balance(oak, "alma"), await balance(elm, "ben")) == (-5400, 5400)
    assert (await view_of(oak, elm)).clearing_seconds == 5400
    assert (await view_of(elm, oak)).clearing_seconds == -5400
    assert await faults(oak, elm) == []


async def test_the_payee_reads_who_paid_and_what_for(pair: tuple[Ring, Ring]) -> None:
    oak, elm = pair
    await talk(oak, elm)
    await end_of(oak, (await pay(oak, "alma", "ben@elm.example", 60)).payment_id)
    entry = (await elm.accounts.statement("ben", None, 10, OPERATOR)).entries[0]
    assert (entry.amount_seconds, entry.with_, entry.memo, entry.kind) == (60, "alma@oak.example", "memo", "received")


async def test_an_unknown_payee_is_refused_and_the_hours_are_free_again(pair: tuple[Ring, Ring]) -> None:
    oak, elm = pair
    await talk(oak, elm)
    ended = await end_of(oak, (await pay(oak, "alma", "nobody@elm.example", 5400)).payment_id)
    assert (ended.state, ended.code) == ("refused", "payee_refuses")
    account = await oak.accounts.account("alma", OPERATOR)
    assert (account.balance_seconds, account.held_seconds) == (0, 0)
    assert await faults(oak, elm) == []


async def test_the_same_id_is_one_payment_with_the_same_answer(pair: tuple[Ring, Ring]) -> None:
    oak, elm = pair
    await talk(oak, elm)
    await pay(oak, "alma", "ben@elm.example", 60, PAYMENT)
    first = await end_of(oak, PAYMENT)
    again = await pay(oak, "alma", "ben@elm.example", 60, PAYMENT)
    assert again == first
    assert await balance(elm, "ben") == 60


async def test_a_used_id_with_another_amount_is_refused(pair: tuple[Ring, Ring]) -> None:
    oak, _ = pair
    await pay(oak, "alma", "ben@elm.example", 60, PAYMENT)
    with pytest.raises(LocalError, match="id_reused"):
        await pay(oak, "alma", "ben@elm.example", 61, PAYMENT)


async def test_while_the_peer_is_away_a_payment_is_queued_and_reserved(pair: tuple[Ring, Ring]) -> None:
    oak, _ = pair
    queued = await pay(oak, "alma", "ben@elm.example", 5400)
    assert queued.state == "queued"
    assert (await oak.accounts.account("alma", OPERATOR)).available_seconds == -5400


async def test_a_queued_payment_leaves_when_the_peer_comes_back(pair: tuple[Ring, Ring]) -> None:
    oak, elm = pair
    queued = await pay(oak, "alma", "ben@elm.example", 5400)
    await talk(oak, elm)
    assert (await end_of(oak, queued.payment_id)).state == "paid"
    assert await balance(elm, "ben") == 5400


async def test_a_queued_payment_can_be_cancelled_and_is_never_sent(pair: tuple[Ring, Ring]) -> None:
    oak, elm = pair
    queued = await pay(oak, "alma", "ben@elm.example", 5400)
    cancelled = await oak.payments.cancel(queued.payment_id, OPERATOR)
    assert (cancelled.state, cancelled.code) == ("cancelled", "cancelled")
    await talk(oak, elm)
    assert (await oak.payments.get(queued.payment_id, OPERATOR)).state == "cancelled"
    assert (await balance(oak, "alma"), await balance(elm, "ben")) == (0, 0)


async def test_cancelling_what_is_paid_changes_nothing(pair: tuple[Ring, Ring]) -> None:
    oak, elm = pair
    await talk(oak, elm)
    paid = await end_of(oak, (await pay(oak, "alma", "ben@elm.example", 60)).payment_id)
    assert await oak.payments.cancel(paid.payment_id, OPERATOR) == paid


async def test_a_held_payment_whose_answer_is_lost_is_asked_back_and_shows_its_true_answer(
    pair: tuple[Ring, Ring], towns: Towns
) -> None:
    oak, elm = pair
    await talk(oak, elm)
    await towns.network.fall_silent("elm")
    held = await pay(oak, "alma", "ben@elm.example", 60)
    assert held.state == "held"
    assert (await oak.payments.cancel(held.payment_id, OPERATOR)).state == "held"
    towns.network.heal()
    assert (await end_of(oak, held.payment_id)).state == "paid"


async def test_more_than_the_line_allows_is_refused_at_once(oak: Ring, elm: Ring) -> None:
    await peer(oak, elm, limit_out=HOUR)
    with pytest.raises(LocalError, match="no_capacity"):
        await pay(oak, "alma", "ben@elm.example", HOUR + 1)
    assert (await pay(oak, "alma", "ben@elm.example", HOUR)).state == "queued"


async def test_the_creditor_refuses_what_passes_his_limit(oak: Ring, elm: Ring) -> None:
    await peer(oak, elm, limit_out=HOUR)
    await talk(oak, elm)
    # Oak lies to itself about its line.
    await oak.store.write(lambda tx: tx.execute("UPDATE line SET limit_out_seconds = 36000"))
    ended = await end_of(oak, (await pay(oak, "alma", "ben@elm.example", HOUR + 1)).payment_id)
    assert (ended.state, ended.code) == ("refused", "no_capacity")
    assert ["terms"] == [found.code for found in await faults(oak, elm)]  # the lie, and nothing else


async def test_half_of_the_line_is_the_cap_from_the_second_open_hold_on(pair: tuple[Ring, Ring], towns: Towns) -> None:
    oak, elm = pair
    await talk(oak, elm)
    await towns.network.fall_silent("elm")
    first = await pay(oak, "alma", "ben@elm.example", 6 * HOUR)
    second = await pay(oak, "alma", "ben@elm.example", HOUR)
    assert (first.state, second.state) == ("held", "queued")
    towns.network.heal()
    assert (await end_of(oak, second.payment_id)).state == "paid"


async def test_a_member_has_at_most_five_payments_open(pair: tuple[Ring, Ring], towns: Towns) -> None:
    oak, elm = pair
    await talk(oak, elm)
    await towns.network.fall_silent("elm")
    states = [(await pay(oak, "alma", "ben@elm.example", 60)).state for _ in range(6)]
    assert states == ["held"] * 5 + ["queued"]


async def test_a_queued_payment_ends_at_its_deadline(pair: tuple[Ring, Ring], towns: Towns) -> None:
    oak, _ = pair
    queued = await pay(oak, "alma", "ben@elm.example", 60)
    towns.clock.ahead_seconds = 73 * HOUR
    await oak.store.write(oak.federation._payer.expire)
    ended = await oak.payments.get(queued.payment_id, OPERATOR)
    assert (ended.state, ended.code) == ("refused", "deadline_passed")
    assert (await oak.accounts.account("alma", OPERATOR)).held_seconds == 0


async def test_a_quote_names_the_payee_and_its_invoice_is_paid_once(pair: tuple[Ring, Ring]) -> None:
    from ringtausch_node.payments.model import PayRequest

    oak, elm = pair
    await talk(oak, elm)
    quote = await oak.payments.quote("ben@elm.example", 60, OPERATOR)
    assert (quote.reachable, quote.name) == (True, "Ben")
    paid = await oak.payments.pay(
        PayRequest(quote.payment_id, "alma", "ben@elm.example", 60, "", quote.invoice), OPERATOR
    )
    assert (await end_of(oak, paid.payment_id)).state == "paid"
    again = await oak.payments.pay(PayRequest(None, "alma", "ben@elm.example", 60, "", quote.invoice), OPERATOR)
    ended = await end_of(oak, again.payment_id)
    assert (ended.state, ended.code) == ("refused", "invoice_unknown")


async def test_a_quote_for_nobody_says_so(pair: tuple[Ring, Ring]) -> None:
    oak, elm = pair
    await talk(oak, elm)
    quote = await oak.payments.quote("nobody@elm.example", 60, OPERATOR)
    assert (quote.reachable, quote.code) == (True, "payee_refuses")


async def test_a_ring_without_a_line_is_no_route(oak: Ring) -> None:
    with pytest.raises(LocalError, match="no_route"):
        await pay(oak, "alma", "ben@nowhere.example", 60)


async def test_two_hundred_payments_both_ways_settle(pair: tuple[Ring, Ring]) -> None:
    oak, elm = pair
    await talk(oak, elm)
    there = [await pay(oak, "alma", "ben@elm.example", 60) for _ in range(100)]
    back = [await pay(elm, "ben", "alma@oak.example", 60) for _ in range(100)]
    for ring, views in ((oak, there), (elm, back)):
        for view in views:
            assert (await end_of(ring, view.payment_id)).state == "paid"
    assert await faults(oak, elm) == []
    assert (await row_of(oak, elm)).held_out_seconds == 0
    assert (await view_of(oak, elm)).clearing_seconds == 0


async def test_a_ring_that_was_off_goes_on_where_it_stopped(pair: tuple[Ring, Ring], towns: Towns) -> None:
    oak, elm = pair
    await talk(oak, elm)
    await towns.close("elm")
    view = await pay(oak, "alma", "ben@elm.example", 60)
    reopened = await towns.open("elm")
    await reopened.federation.start()
    assert (await end_of(oak, view.payment_id)).state == "paid"
    await until(lambda: _balanced(oak, reopened))
    assert await faults(oak, reopened) == []


async def _balanced(oak: Ring, elm: Ring) -> bool:
    return (await view_of(oak, elm)).clearing_seconds == -(await view_of(elm, oak)).clearing_seconds == 60
