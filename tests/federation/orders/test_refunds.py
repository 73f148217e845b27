# SPDX-License-Identifier: AGPL-3.0-or-later
"""Giving back: a payment of the ring is counter-booked, one from another town goes back as a refund."""

from __future__ import annotations

import asyncio

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.members.model import OPERATOR, Actor
from ringtausch_node.payments.model import PayRequest, parse_payment_id
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.errors import LocalError
from tests.federation.towns import HOUR, Towns, balance, end_of, faults, pay, talk, view_of

ALMA = Actor(b"a" * 16, "alma", "member")
STRANGER = Actor(b"x" * 16, "carl", "member")


@pytest.fixture
async def paid(pair: tuple[Ring, Ring]) -> tuple[Ring, Ring, str]:
    """Alma of oak has paid Ben of elm an hour."""
    oak, elm = pair
    await talk(oak, elm)
    view = await end_of(oak, (await pay(oak, "alma", "ben@elm.example", HOUR)).payment_id)
    assert view.state == "paid"
    return oak, elm, view.payment_id


async def test_a_refund_brings_both_books_back_to_where_they_were(paid: tuple[Ring, Ring, str]) -> None:
    oak, elm, payment = paid
    ended = await end_of(elm, (await elm.refunds.refund(payment, OPERATOR)).payment_id)
    assert (ended.state, ended.to) == ("paid", "alma@oak.example")
    assert (await balance(oak, "alma"), await balance(elm, "ben")) == (0, 0)
    assert (await view_of(oak, elm)).clearing_seconds == 0
    assert await faults(oak, elm) == []


async def test_part_of_it_may_be_given_back_until_all_is(paid: tuple[Ring, Ring, str]) -> None:
    oak, elm, payment = paid
    first = await end_of(elm, (await elm.refunds.refund(payment, OPERATOR, 2400)).payment_id)
    second = await end_of(elm, (await elm.refunds.refund(payment, OPERATOR, 1201)).payment_id)
    third = await end_of(elm, (await elm.refunds.refund(payment, OPERATOR, 1200)).payment_id)
    states = [(view.state, view.code) for view in (first, second, third)]
    assert states == [("paid", None), ("refused", "amount"), ("paid", None)]
    assert (await balance(oak, "alma"), await balance(elm, "ben")) == (0, 0)
    assert await faults(oak, elm) == []


async def test_more_than_was_received_is_not_even_sent(paid: tuple[Ring, Ring, str]) -> None:
    _, elm, payment = paid
    with pytest.raises(LocalError, match="amount"):
        await elm.refunds.refund(payment, OPERATOR, HOUR + 1)


async def test_a_refund_of_what_was_never_paid_is_not_allowed(paid: tuple[Ring, Ring, str]) -> None:
    oak, elm, _ = paid
    request = PayRequest(None, "ben", "alma@oak.example", 60, "", refund_of=b"\x01" * 16)
    ended = await end_of(elm, (await elm.payments.pay(request, OPERATOR)).payment_id)
    assert (ended.state, ended.code) == ("refused", "not_allowed")
    assert await faults(oak, elm) == []


async def test_a_refund_before_our_own_side_is_settled_is_refused(pair: tuple[Ring, Ring], towns: Towns) -> None:
    oak, elm = pair
    await talk(oak, elm)
    held = await pay(oak, "alma", "ben@elm.example", HOUR)
    await end_of(oak, held.payment_id)
    # Oak has not heard the answer yet, as far as its table knows.
    original = parse_payment_id(held.payment_id)
    await oak.store.write(
        lambda tx: tx.execute("UPDATE order_out SET state = 'held' WHERE payment_id = ?", (original,))
    )
    ended = await end_of(elm, (await elm.refunds.refund(held.payment_id, OPERATOR)).payment_id)
    assert (ended.state, ended.code) == ("refused", "not_settled")


async def test_only_who_received_may_give_back(paid: tuple[Ring, Ring, str]) -> None:
    _, elm, payment = paid
    with pytest.raises(LocalError, match="not_found"):
        await elm.refunds.refund(payment, STRANGER)


async def test_a_payment_inside_the_ring_is_booked_back_once(oak: Ring) -> None:
    await oak.members.add("carl", "Carl")
    view = await pay(oak, "alma", "carl", HOUR)
    back = await oak.refunds.refund(view.payment_id, OPERATOR)
    assert (back.from_, back.to, back.state) == ("carl", "alma", "paid")
    assert (await balance(oak, "alma"), await balance(oak, "carl")) == (0, 0)
    with pytest.raises(LocalError, match="already_reversed"):
        await oak.refunds.refund(view.payment_id, OPERATOR)
    assert await faults(oak) == []


async def test_an_id_that_another_ring_used_again_does_not_hide_a_payment_of_the_ring(pair: tuple[Ring, Ring]) -> None:
    """Each gives back what she or he received under it."""
    oak, elm = pair
    await oak.members.add("carl", "Carl")
    await talk(oak, elm)
    local = await pay(oak, "alma", "carl", HOUR)
    request = PayRequest(local.payment_id, "ben", "alma@oak.example", 60, "")
    assert "paid" == (await end_of(elm, (await elm.payments.pay(request, OPERATOR)).payment_id)).state

    abroad = await end_of(oak, (await oak.refunds.refund(local.payment_id, ALMA)).payment_id)
    home = await oak.refunds.refund(local.payment_id, OPERATOR)

    assert ("paid", "ben@elm.example", 60) == (abroad.state, abroad.to, abroad.amount_seconds)
    assert ("paid", "alma", HOUR) == (home.state, home.to, home.amount_seconds)
    assert [0, 0, 0] == [await balance(oak, "alma"), await balance(oak, "carl"), await balance(elm, "ben")]
    assert [] == await faults(oak, elm)


async def test_the_statement_of_who_gets_it_back_names_who_gave_it(paid: tuple[Ring, Ring, str]) -> None:
    oak, elm, payment = paid
    await end_of(elm, (await elm.refunds.refund(payment, OPERATOR)).payment_id)
    newest = (await oak.accounts.statement("alma", None, 1, OPERATOR)).entries[0]
    assert (newest.amount_seconds, newest.with_) == (HOUR, "ben@elm.example")


# -- what must not be given back, or not to whom ---------------------------------------------------------------------


async def test_what_was_given_back_whole_is_not_given_back_again(paid: tuple[Ring, Ring, str]) -> None:
    oak, elm, payment = paid
    first = await end_of(elm, (await elm.refunds.refund(payment, OPERATOR)).payment_id)
    second = await end_of(elm, (await elm.refunds.refund(payment, OPERATOR)).payment_id)
    assert [(view.state, view.code) for view in (first, second)] == [("paid", None), ("refused", "amount")]
    assert (await balance(oak, "alma"), await balance(elm, "ben")) == (0, 0)


async def test_two_refunds_at_once_give_back_what_was_paid_and_no_more(paid: tuple[Ring, Ring, str]) -> None:
    oak, elm, payment = paid
    asked = await asyncio.gather(*(elm.refunds.refund(payment, OPERATOR, 2400) for _ in range(3)))
    ended = [await end_of(elm, view.payment_id) for view in asked]
    assert sorted((view.state, view.code or "") for view in ended) == [("paid", ""), *[("refused", "amount")] * 2]
    assert (await balance(oak, "alma"), await balance(elm, "ben")) == (-1200, 1200)
    assert await faults(oak, elm) == []


async def test_the_same_refund_again_is_the_same_refund(paid: tuple[Ring, Ring, str]) -> None:
    _, elm, payment = paid
    number = b64(b"\x06" * 16)
    views = [await elm.refunds.refund(payment, OPERATOR, 600, number) for _ in range(2)]
    assert {view.payment_id for view in views} == {number}
    assert (await end_of(elm, number)).state == "paid"
    assert await balance(elm, "ben") == HOUR - 600


async def test_a_refund_is_not_given_back(paid: tuple[Ring, Ring, str]) -> None:
    oak, elm, payment = paid
    back = await end_of(elm, (await elm.refunds.refund(payment, OPERATOR)).payment_id)
    again = await end_of(oak, (await oak.refunds.refund(back.payment_id, OPERATOR)).payment_id)
    assert (again.state, again.code) == ("refused", "not_allowed")
    assert (await balance(oak, "alma"), await balance(elm, "ben")) == (0, 0)


async def test_a_refund_inside_the_ring_is_not_given_back(oak: Ring) -> None:
    await oak.members.add("carl", "Carl")
    back = await oak.refunds.refund((await pay(oak, "alma", "carl", HOUR)).payment_id, OPERATOR)
    with pytest.raises(LocalError, match="not_allowed"):
        await oak.refunds.refund(back.payment_id, OPERATOR)
    assert (await balance(oak, "alma"), await balance(oak, "carl")) == (0, 0)


@pytest.mark.parametrize("deed", ["freeze", "leave"])
async def test_who_is_frozen_or_gone_gets_nothing_back_from_another_ring(
    paid: tuple[Ring, Ring, str], deed: str
) -> None:
    oak, elm, payment = paid
    await (oak.members.life.freeze("alma") if deed == "freeze" else oak.leaving.leave("alma", "austritt"))
    ended = await end_of(elm, (await elm.refunds.refund(payment, OPERATOR)).payment_id)
    assert (ended.state, ended.code) == ("refused", "payee_refuses")
    assert await balance(elm, "ben") == HOUR
    assert await faults(oak, elm) == []


@pytest.mark.parametrize("deed", ["freeze", "leave"])
@pytest.mark.parametrize(("whose", "code"), [("alma", "payee_refuses"), ("carl", "not_allowed")])
async def test_inside_the_ring_neither_gives_nor_gets_who_is_frozen_or_gone(
    oak: Ring, deed: str, whose: str, code: str
) -> None:
    await oak.members.add("carl", "Carl")
    payment = (await pay(oak, "alma", "carl", HOUR)).payment_id
    await (oak.members.life.freeze(whose) if deed == "freeze" else oak.leaving.leave(whose, "austritt"))
    with pytest.raises(LocalError, match=code):
        await oak.refunds.refund(payment, OPERATOR)
    assert await faults(oak) == []


async def test_who_is_frozen_gives_nothing_back_to_another_ring(paid: tuple[Ring, Ring, str]) -> None:
    _, elm, payment = paid
    await elm.members.life.freeze("ben")
    with pytest.raises(LocalError, match="not_allowed"):
        await elm.refunds.refund(payment, OPERATOR)


# -- of a payment that had been in doubt -----------------------------------------------------------------------------


@pytest.fixture
async def doubted(open_pair: tuple[Ring, Ring], towns: Towns) -> tuple[Ring, Ring, str]:
    """Alma's hour was in doubt at oak, and paid after all."""
    oak, elm = open_pair
    await towns.network.fall_silent("oak")
    payment = (await pay(oak, "alma", "ben@elm.example", HOUR)).payment_id
    towns.clock.ahead_seconds = 96 * HOUR + 10
    await oak.store.write(oak.federation._payer.sweep)
    towns.clock.ahead_seconds = 0
    for ring in (oak, elm):
        await ring.timekeeping.confirm()  # the office set the clock back
    towns.network.heal()
    assert (await end_of(oak, payment)).state == "paid"
    return oak, elm, payment


async def test_it_is_not_given_back_before_the_office_has_said_who_pays(doubted: tuple[Ring, Ring, str]) -> None:
    oak, elm, payment = doubted
    ended = await end_of(elm, (await elm.refunds.refund(payment, OPERATOR)).payment_id)
    assert (ended.state, ended.code) == ("refused", "not_settled")
    assert [view.state for view in await oak.doubts.list()] == ["paid"]


@pytest.mark.parametrize("by", ["member", "ring"])
async def test_it_is_given_back_to_whom_the_office_let_pay(doubted: tuple[Ring, Ring, str], by: str) -> None:
    oak, elm, payment = doubted
    await oak.doubts.settle(payment, by)  # type: ignore[arg-type]
    assert (await end_of(elm, (await elm.refunds.refund(payment, OPERATOR)).payment_id)).state == "paid"
    rest = await oak.store.read(
        lambda tx: list(tx.execute("SELECT key, balance_seconds FROM account WHERE balance_seconds <> 0"))
    )
    assert rest == []
    assert await faults(oak, elm) == []
