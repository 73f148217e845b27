# SPDX-License-Identifier: AGPL-3.0-or-later
"""Requests, answers and withdrawals that no honest ring would write."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.members.model import OPERATOR
from ringtausch_node.payments.invoice_model import InvoiceRequest
from ringtausch_node.payments.model import parse_payment_id
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.letters import RequestAnswer, RequestReminder, RequestWithdrawn
from tests.federation.bills import Pair, arrived, asked, bill, closed
from tests.federation.towns import HOUR, Towns, end_of, line_of, pay, until

# -- hostile rings ---------------------------------------------------------------------------------------------------


async def _said(ring: Ring, other: Ring, topic: str, body: Any) -> tuple[str, str | None]:
    """What another program of `ring` might write by itself, and what became of it."""
    line, message_id = line_of(ring, other), b"\x0b" * 16
    await ring.store.write(lambda tx: ring.federation.mail.send(tx, line, topic, message_id, body))
    await pay_probe(ring, other)
    stands = await ring.store.read(lambda tx: ring.federation.mail.standing(tx, line, topic, message_id))
    assert stands is not None
    return stands.state, stands.code


async def pay_probe(ring: Ring, other: Ring) -> None:
    """A payment there and back: whatever was said before has been answered."""
    payee = "ben" if other.config.name == "elm" else "alma"
    payer = "alma" if payee == "ben" else "ben"
    await end_of(ring, (await pay(ring, payer, f"{payee}@{other.config.address}", 1)).payment_id)


@pytest.mark.parametrize(
    ("topic", "body"),
    [
        ("request_answer", lambda number: RequestAnswer(invoice_id=number, code="other")),
        ("request_reminder", lambda number: RequestReminder(invoice_id=number)),
        ("request_withdrawn", lambda number: RequestWithdrawn(invoice_id=number)),
    ],
)
async def test_another_ring_speaks_of_its_own_invoices_only(
    open_pair: Pair, towns: Towns, topic: str, body: Callable[[str], Any]
) -> None:
    oak, elm = open_pair
    inside = await oak.invoices.create(InvoiceRequest(None, "alma", HOUR), OPERATOR)
    assert await _said(elm, oak, topic, body(inside.invoice_id)) == ("refused", "invoice_unknown")
    assert (await oak.invoices.get(inside.invoice_id, OPERATOR)).state == "open"


async def test_an_unknown_reason_reads_as_no_reason(open_pair: Pair) -> None:
    oak, elm = open_pair
    invoice = await asked(elm, oak)
    said = RequestAnswer(invoice_id=invoice, code="because")
    assert await _said(oak, elm, "request_answer", said) == ("delivered", None)
    assert ("declined", "other") == await closed(elm, invoice)


@pytest.mark.parametrize("change", ["payee", "memo", "salt", "id"])
async def test_a_request_that_says_other_than_its_invoice_is_rejected(open_pair: Pair, change: str) -> None:
    oak, elm = open_pair
    sent: list[Any] = []
    mail = elm.federation.mail
    real = mail.send

    def send(tx: Any, line: Any, topic: str, message_id: bytes, body: Any, account: int | None = None) -> None:
        changed = {"payee": {"payee": "eve"}, "memo": {"memo": "Auto"}, "salt": {"salt": b64(bytes(16))}, "id": {}}
        fields = {name: getattr(body, name) for name in body.__struct_fields__} | changed[change]
        sent.append(fields)
        real(tx, line, topic, b"\x0c" * 16 if change == "id" else message_id, type(body)(**fields), account)

    mail.send = send  # type: ignore[method-assign]
    view = await bill(elm)
    topic_id = b"\x0c" * 16 if change == "id" else parse_payment_id(view.invoice_id)
    line = line_of(elm, oak)

    async def is_refused() -> bool:
        stands = await elm.store.read(lambda tx: mail.standing(tx, line, "request", topic_id))
        return stands is not None and (stands.state, stands.code) == ("refused", "malformed")

    await until(is_refused)
    assert sent
    assert (await oak.invoices.list(OPERATOR, "alma")).to_pay == []


async def test_a_member_is_not_flooded_with_requests(open_pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    oak, elm = open_pair
    monkeypatch.setattr("ringtausch_node.payments.invoice_letters.ASKED_OPEN_MAX", 2)
    views = [await bill(elm, seconds) for seconds in (1, 2, 3)]
    assert ("declined", "busy") == await closed(elm, views[2].invoice_id)
    assert len((await oak.invoices.list(OPERATOR, "alma")).to_pay) == 2


async def test_the_longest_names_and_memo_fit(towns: Towns, open_pair: Pair) -> None:
    oak, elm = open_pair
    long = "ä" * 40
    await oak.members.add(long, "Lang")
    await elm.members.add(long, "Lang")
    view = await elm.invoices.create(
        InvoiceRequest(None, long, 10**9, "🙂" * 240, f"{long}@oak.example", 366), OPERATOR
    )
    assert (await arrived(oak, view.invoice_id)).memo == "🙂" * 240
