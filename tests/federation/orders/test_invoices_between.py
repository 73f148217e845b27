# SPDX-License-Identifier: AGPL-3.0-or-later
"""Invoices across rings: asked for sealed, paid once, declined with a reason, taken back; both sides show the truth."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.members.model import OPERATOR
from ringtausch_node.payments.invoice_model import InvoiceRequest
from ringtausch_node.payments.model import PayRequest
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.errors import LocalError
from tests.federation.bills import DAY, Pair, arrived, asked, bill, closed
from tests.federation.towns import HOUR, Towns, balance, end_of, faults, line_of, until


async def test_the_payer_finds_it_in_his_list_and_pays_it_with_one_word(open_pair: Pair) -> None:
    oak, elm = open_pair
    invoice = await asked(elm, oak)
    (seen,) = (await oak.invoices.list(OPERATOR, "alma")).to_pay
    assert (seen.payee, seen.payer, seen.amount_seconds, seen.memo, seen.state) == (
        "ben@elm.example", "alma", HOUR, "Fahrrad", "open",
    )  # fmt: skip
    await oak.answers.pay(invoice, OPERATOR)
    assert [("paid", None)] * 2 == [await closed(ring, invoice) for ring in (oak, elm)]
    here, there = [await ring.invoices.get(invoice, OPERATOR) for ring in (oak, elm)]
    assert here.payment_id == there.payment_id
    assert (await balance(oak, "alma"), await balance(elm, "ben")) == (-HOUR, HOUR)
    assert await faults(oak, elm) == []


async def test_the_office_pays_it_by_a_slip_and_both_rings_show_its_number(open_pair: Pair) -> None:
    oak, elm = open_pair
    first, second = await asked(elm, oak), await asked(elm, oak)
    paid = await oak.answers.pay(first, OPERATOR, slip="26-17")
    assert ("paid", None) == await closed(oak, first)
    assert "Beleg 26-17 · Fahrrad" == (await oak.payments.get(paid.payment_id or "", OPERATOR)).memo
    assert "Beleg 26-17 · Fahrrad" == (await elm.accounts.statement("ben", None, 1, OPERATOR)).entries[0].memo
    with pytest.raises(LocalError) as caught:
        await oak.answers.pay(second, OPERATOR, slip="26-17")
    assert ("slip", -HOUR) == (caught.value.code, await balance(oak, "alma"))


async def test_who_declined_it_for_the_payer_is_kept(open_pair: Pair) -> None:
    oak, elm = open_pair
    view = await oak.answers.decline(await asked(elm, oak), "wrong_person", OPERATOR)
    assert ("declined", OPERATOR.handle) == (view.state, view.ended_by)


async def test_it_is_paid_once_however_often_one_pays(open_pair: Pair) -> None:
    oak, elm = open_pair
    invoice = await asked(elm, oak)
    views = await asyncio.gather(*(oak.answers.pay(invoice, OPERATOR) for _ in range(5)))
    assert ("paid", None) == await closed(oak, invoice)
    again = await oak.answers.pay(invoice, OPERATOR)
    assert len({view.payment_id for view in (*views, again)}) == 1
    assert (await balance(oak, "alma"), await balance(elm, "ben")) == (-HOUR, HOUR)


async def test_the_payees_ring_refuses_a_second_payment_of_it(open_pair: Pair) -> None:
    """Whatever the payer's program does: the promise is used up by the first payment."""
    oak, elm = open_pair
    invoice = await asked(elm, oak)
    await oak.answers.pay(invoice, OPERATOR)
    assert ("paid", None) == await closed(oak, invoice)
    digest = await oak.store.read(lambda tx: tx.one("SELECT hash FROM invoice_asked")[0])
    again = PayRequest(None, "alma", "ben@elm.example", HOUR, "Fahrrad", invoice_hash=digest)
    ended = await end_of(oak, (await oak.payments.pay(again, OPERATOR)).payment_id)
    assert (ended.state, ended.code) == ("refused", "invoice_unknown")
    assert await balance(elm, "ben") == HOUR


async def _has_arrived(ring: Ring, invoice: str) -> bool:
    return (await ring.invoices.get(invoice, OPERATOR)).delivered is True


async def test_the_same_number_again_is_the_same_invoice_and_other_content_is_refused(open_pair: Pair) -> None:
    oak, elm = open_pair
    wish = InvoiceRequest(b64(b"\x03" * 16), "ben", HOUR, "Fahrrad", "alma@oak.example")
    first = await elm.invoices.create(wish, OPERATOR)
    await until(partial(_has_arrived, elm, first.invoice_id))  # until then the same invoice may stand otherwise
    second, third = await elm.invoices.create(wish, OPERATOR), await elm.invoices.create(wish, OPERATOR)
    assert (first.invoice_id, second) == (second.invoice_id, third)
    for other in (
        wish._replace(amount_seconds=1), wish._replace(memo="Rad"), wish._replace(days=2), wish._replace(payer=None),
    ):  # fmt: skip
        with pytest.raises(LocalError, match="id_reused"):
            await elm.invoices.create(other, OPERATOR)
    await arrived(oak, first.invoice_id)
    assert len((await oak.invoices.list(OPERATOR, "alma")).to_pay) == 1


async def test_the_payer_declines_with_a_reason(open_pair: Pair) -> None:
    oak, elm = open_pair
    invoice = await asked(elm, oak)
    await oak.answers.decline(invoice, "wrong_amount", OPERATOR)
    await oak.answers.decline(invoice, "wrong_amount", OPERATOR)
    for ring in (oak, elm):
        assert ("declined", "wrong_amount") == await closed(ring, invoice)
    with pytest.raises(LocalError, match="invoice_closed"):
        await oak.answers.pay(invoice, OPERATOR)
    with pytest.raises(LocalError, match="invoice_closed"):
        await elm.answers.cancel(invoice, OPERATOR)


async def test_the_payee_takes_it_back(open_pair: Pair) -> None:
    oak, elm = open_pair
    invoice = await asked(elm, oak)
    await elm.answers.cancel(invoice, OPERATOR)
    await elm.answers.cancel(invoice, OPERATOR)
    for ring in (oak, elm):
        assert ("cancelled", None) == await closed(ring, invoice)
    with pytest.raises(LocalError, match="invoice_closed"):
        await oak.answers.pay(invoice, OPERATOR)
    with pytest.raises(LocalError, match="invoice_closed"):
        await oak.answers.decline(invoice, "other", OPERATOR)


async def test_a_payment_that_crosses_a_withdrawal_is_refused_and_both_say_so(open_pair: Pair, towns: Towns) -> None:
    oak, elm = open_pair
    invoice = await asked(elm, oak)
    await towns.network.fall_silent("elm")
    held = await oak.answers.pay(invoice, OPERATOR)
    assert (held.state, held.payment_state) == ("open", "held")
    with pytest.raises(LocalError, match="invoice_closed"):
        await oak.answers.decline(invoice, "other", OPERATOR)
    await elm.answers.cancel(invoice, OPERATOR)
    towns.network.heal()
    await until(lambda: _is_over(oak, invoice))
    shown = await oak.invoices.get(invoice, OPERATOR)
    assert (shown.state, (await elm.invoices.get(invoice, OPERATOR)).state) == ("cancelled", "cancelled")
    assert (await balance(oak, "alma"), await balance(elm, "ben")) == (0, 0)
    assert await faults(oak, elm) == []


async def _is_over(ring: Ring, invoice: str) -> bool:
    view = await ring.invoices.get(invoice, OPERATOR)
    return view.payment_state is None and view.state != "open"


async def test_a_withdrawal_that_crosses_a_payment_finds_it_paid(open_pair: Pair, towns: Towns) -> None:
    oak, elm = open_pair
    invoice = await asked(elm, oak)
    await oak.answers.pay(invoice, OPERATOR)
    assert ("paid", None) == await closed(elm, invoice)
    with pytest.raises(LocalError, match="invoice_closed"):
        await elm.answers.cancel(invoice, OPERATOR)
    assert (await elm.invoices.get(invoice, OPERATOR)).state == "paid"


async def test_it_expires_on_both_sides_and_is_not_paid_any_more(open_pair: Pair, towns: Towns) -> None:
    oak, elm = open_pair
    invoice = await asked(elm, oak, days=1)
    towns.clock.ahead_seconds = DAY + 5
    for ring in (oak, elm):
        assert ("expired", None) == await closed(ring, invoice)
    for refused in (
        oak.answers.pay(invoice, OPERATOR), oak.answers.decline(invoice, "other", OPERATOR),
        elm.answers.cancel(invoice, OPERATOR), elm.answers.remind(invoice, OPERATOR),
    ):  # fmt: skip
        with pytest.raises(LocalError, match="invoice_closed"):
            await refused


async def test_the_payer_is_reminded_at_most_once_a_day(open_pair: Pair, towns: Towns) -> None:
    oak, elm = open_pair
    invoice = await asked(elm, oak)
    with pytest.raises(LocalError, match="too_soon"):
        await elm.answers.remind(invoice, OPERATOR)
    towns.clock.ahead_seconds = DAY
    await elm.answers.remind(invoice, OPERATOR)
    await until(lambda: _is_reminded(oak, invoice))
    towns.clock.ahead_seconds = 2 * DAY - 60
    with pytest.raises(LocalError, match="too_soon"):
        await elm.answers.remind(invoice, OPERATOR)
    towns.clock.ahead_seconds = 2 * DAY + 60
    await elm.answers.remind(invoice, OPERATOR)


async def _is_reminded(ring: Ring, invoice: str) -> bool:
    return (await ring.invoices.get(invoice, OPERATOR)).reminded_at is not None


async def test_a_request_to_nobody_is_declined_by_the_other_ring(open_pair: Pair) -> None:
    _, elm = open_pair
    view = await bill(elm, payer="nobody@oak.example")
    assert ("declined", "unknown_recipient") == await closed(elm, view.invoice_id)


async def test_a_ring_that_knows_no_requests_says_so(open_pair: Pair) -> None:
    oak, elm = open_pair
    del oak.federation.mail._readers["request"]
    view = await bill(elm)
    assert ("declined", "unsupported") == await closed(elm, view.invoice_id)


async def test_a_refused_payment_leaves_the_invoice_open(open_pair: Pair) -> None:
    """Elm refuses for want of room; with more room the same invoice is paid."""
    oak, elm = open_pair
    await elm.federation.limit("oak.example", 600)
    await until(lambda: _limit_is(oak, 600))
    invoice = await asked(elm, oak, seconds=1200)
    with pytest.raises(LocalError, match="no_capacity"):
        await oak.answers.pay(invoice, OPERATOR)
    assert (await oak.invoices.get(invoice, OPERATOR)).state == "open"
    await elm.federation.limit("oak.example", 10 * HOUR)
    await until(lambda: _limit_is(oak, 10 * HOUR))
    await oak.answers.pay(invoice, OPERATOR)
    assert ("paid", None) == await closed(elm, invoice)


async def _limit_is(ring: Ring, seconds: int) -> bool:
    return (await ring.federation.peers())[0].limit_out == seconds


async def test_while_the_payment_is_under_way_the_invoice_says_so_and_a_cancel_opens_it_again(
    open_pair: Pair, towns: Towns
) -> None:
    oak, elm = open_pair
    invoice = await asked(elm, oak)
    await oak.federation.stop()
    line_of(oak, elm).is_away = True
    queued = await oak.answers.pay(invoice, OPERATOR)
    assert (queued.state, queued.payment_state) == ("open", "queued")
    assert queued.payment_id is not None
    await oak.payments.cancel(queued.payment_id, OPERATOR)
    assert (await oak.invoices.get(invoice, OPERATOR)).payment_state is None
    again = await oak.answers.pay(invoice, OPERATOR)
    assert again.payment_id != queued.payment_id
