# SPDX-License-Identifier: AGPL-3.0-or-later
"""Giving back: a payment of the ring is counter-booked, one from another town goes back as a refund."""

from __future__ import annotations

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.members.model import OPERATOR, Actor
from ringtausch_node.payments.model import PayRequest, parse_payment_id
from ringtausch_protocol.errors import LocalError
from tests.federation.towns import HOUR, Towns, balance, end_of, faults, pay, talk, view_of

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


async def test_the_statement_of_who_gets_it_back_names_who_gave_it(paid: tuple[Ring, Ring, str]) -> None:
    oak, elm, payment = paid
    await end_of(elm, (await elm.refunds.refund(payment, OPERATOR)).payment_id)
    newest = (await oak.accounts.statement("alma", None, 1, OPERATOR)).entries[0]
    assert (newest.amount_seconds, newest.with_) == (HOUR, "ben@elm.example")
