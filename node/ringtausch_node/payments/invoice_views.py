# SPDX-License-Identifier: AGPL-3.0-or-later
"""Looking at invoices: how one truly stands, and who may see it.

What is paid is not written down twice: at the payee's ring the promise knows, at the payer's ring the payment.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias, cast

from ringtausch_node.clock import Clock
from ringtausch_node.federation.service import Federation
from ringtausch_node.members.model import Actor
from ringtausch_node.members.service import Members
from ringtausch_node.payments import invoice_records as records
from ringtausch_node.payments.invoice_model import InvoiceState, InvoiceView
from ringtausch_node.payments.invoice_records import Asked, Written
from ringtausch_node.payments.model import FINAL, payment_text
from ringtausch_node.payments.records import load_payment
from ringtausch_node.payments.views import PaymentViews
from ringtausch_node.store import Tx
from ringtausch_protocol.errors import LocalError
from ringtausch_protocol.letters import TOPICS, Request

#: How a request travels (SPEC.md 7.11).
REQUEST = TOPICS[Request]
AnyInvoice: TypeAlias = Written | Asked


class Standing(NamedTuple):
    """How an invoice stands. `payment_state` is that of a payment under way, else None."""

    state: InvoiceState
    code: str | None
    payment_id: bytes | None
    payment_state: str | None

    @property
    def is_payable(self) -> bool:
        """Whether it can be paid, declined or cancelled now."""
        return self.state == "open" and self.payment_state is None


class Choices(NamedTuple):
    """What somebody may answer to an invoice as long as it is open.

    `payer`: whose account would pay, None where he may not pay it; `is_payee`: he may take it back and remind.
    """

    payer: str | None
    is_payee: bool


class InvoiceViews:
    """What people of one ring may see of invoices."""

    def __init__(self, clock: Clock, members: Members, federation: Federation, payments: PaymentViews) -> None:
        self._clock, self._members, self._federation, self._payments = clock, members, federation, payments

    def find(self, tx: Tx, invoice_id: bytes, actor: Actor) -> AnyInvoice:
        """An invoice that this actor may see. Raises LocalError('not_found')."""
        written = records.load_written(tx, invoice_id)
        if written is not None and self._may_see_written(tx, written, actor):
            return written
        asked = records.load_asked(tx, invoice_id)
        if asked is not None and self._members.rights.may_read(tx, actor, asked.payer):
            return asked
        raise LocalError("not_found", "invoice")

    def standing(self, tx: Tx, invoice: AnyInvoice) -> Standing:
        """How it stands now."""
        return self._of_written(tx, invoice) if isinstance(invoice, Written) else self._of_asked(tx, invoice)

    def view(self, tx: Tx, invoice: AnyInvoice) -> InvoiceView:
        """An invoice as both sides see it."""
        stands = self.standing(tx, invoice)
        is_written = isinstance(invoice, Written)
        whose_word = invoice.payer if stands.state == "declined" else invoice.payee
        return InvoiceView(
            invoice_id=payment_text(invoice.id), state=stands.state, amount_seconds=invoice.amount_seconds,
            payee=invoice.payee, payer=invoice.payer, memo=invoice.memo,
            created_at=invoice.created_at if isinstance(invoice, Written) else invoice.received_at,
            expires_at=invoice.expires_at, code=stands.code,
            payment_id=payment_text(stands.payment_id) if stands.payment_id else None,
            payment_state=stands.payment_state, reminded_at=invoice.reminded_at,
            delivered=self._is_delivered(tx, invoice) if is_written else None,
            by=invoice.actor if isinstance(invoice, Written) and invoice.actor != invoice.payee else None,
            ended_by=None if invoice.ended_by == whose_word else invoice.ended_by,
        )  # fmt: skip

    def choices(self, tx: Tx, invoice: AnyInvoice, actor: Actor) -> Choices:
        """What this actor may answer; where it names nobody, he would pay it himself."""
        might_act, payer = self._members.rights.might_act, invoice.payer or actor.handle
        is_written = isinstance(invoice, Written)
        is_payers_ring = not (isinstance(invoice, Written) and invoice.peer is not None)
        may_pay = is_payers_ring and might_act(tx, actor, payer) and not self._is_one_account(tx, payer, invoice.payee)
        return Choices(payer if may_pay else None, is_written and might_act(tx, actor, invoice.payee))

    def _is_one_account(self, tx: Tx, payer: str, payee: str) -> bool:
        one, other = self._members.member(tx, payer), self._members.member(tx, payee)
        return one is not None and other is not None and one.account_id == other.account_id

    def _may_see_written(self, tx: Tx, written: Written, actor: Actor) -> bool:
        """Payee and payer, and for an invoice to nobody in particular whoever here knows its number."""
        may_read = self._members.rights.may_read
        if may_read(tx, actor, written.payee) or (written.payer is None and self._of_written(tx, written).is_payable):
            return True
        return written.payer is not None and written.peer is None and may_read(tx, actor, written.payer)

    def _of_written(self, tx: Tx, written: Written) -> Standing:
        paid_by = self._federation.promises.paid_by(tx, written.hash) if written.hash else None
        if paid_by is not None:
            return Standing("paid", None, records.load_payment_of(tx, paid_by), None)
        if written.state == "open" and self._clock.now() > written.expires_at:
            return Standing("expired", None, None, None)
        return Standing(cast("InvoiceState", written.state), written.code, written.payment_id, None)

    def _of_asked(self, tx: Tx, asked: Asked) -> Standing:
        payment = load_payment(tx, asked.payment_id) if asked.payment_id else None
        paying = None if payment is None else self._payments.view(tx, payment)
        if paying is not None and paying.state == "paid":
            return Standing("paid", None, asked.payment_id, None)
        if paying is not None and paying.state not in FINAL:
            return Standing("open", None, asked.payment_id, paying.state)
        if asked.state == "open" and self._clock.now() > asked.expires_at:
            return Standing("expired", None, None, None)
        if asked.state == "open" and paying is not None and paying.code == "invoice_unknown":
            return Standing("cancelled", paying.code, None, None)  # gone there, and word of it is on its way
        return Standing(cast("InvoiceState", asked.state), asked.code, None, None)

    def _is_delivered(self, tx: Tx, invoice: AnyInvoice) -> bool | None:
        if not isinstance(invoice, Written) or invoice.peer is None:
            return None
        line = self._federation.lines.by_id(invoice.peer)
        stands = self._federation.mail.standing(tx, line, REQUEST, invoice.id)
        return stands is not None and stands.state == "delivered"
