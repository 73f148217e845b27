# SPDX-License-Identifier: AGPL-3.0-or-later
"""The operator's operations about invoices, and notes beside payments."""

from __future__ import annotations

from typing import Annotated

import msgspec

from ringtausch_node.control.operation import Arguments, Operation
from ringtausch_node.members import OPERATOR
from ringtausch_node.payments.invoice_model import DAYS_DEFAULT, InvoiceRequest
from ringtausch_node.ring import Ring
from ringtausch_protocol.letters import Side

#: The longest a caller may wait for the end of a payment.
WAIT_MAX_SECONDS = 3600.0


class WriteNote(Arguments, frozen=True, kw_only=True):
    """`payment.note`; `writer` says for which side, where both are here."""

    payment_id: str
    text: str
    writer: Side | None = None
    note_id: str | None = None


class CreateInvoice(Arguments, frozen=True, kw_only=True):
    """`invoice.create`; the amount in whole seconds."""

    payee: str
    amount_seconds: int
    memo: str = ""
    payer: str | None = None
    days: int = DAYS_DEFAULT
    invoice_id: str | None = None


class InvoicesOf(Arguments, frozen=True, kw_only=True):
    """`invoice.list`; without a handle those of the whole ring. `before`: `next` of a page."""

    handle: str | None = None
    before: str | None = None


class InvoiceById(Arguments, frozen=True, kw_only=True):
    """`invoice.show`, `invoice.cancel`, `invoice.remind`."""

    invoice_id: str


class PayInvoice(Arguments, frozen=True, kw_only=True):
    """`invoice.pay`; `payer` where the invoice names nobody."""

    invoice_id: str
    payer: str | None = None
    payment_id: str | None = None
    wait_seconds: Annotated[float, msgspec.Meta(ge=0, le=WAIT_MAX_SECONDS)] = 0.0


class DeclineInvoice(Arguments, frozen=True, kw_only=True):
    """`invoice.decline`, with the reason."""

    invoice_id: str
    code: str


async def write_note(ring: Ring, args: WriteNote) -> object:
    """A few words to the other side of a payment."""
    return await ring.notes.write(args.payment_id, args.text, OPERATOR, writer=args.writer, note_id=args.note_id)


async def create_invoice(ring: Ring, args: CreateInvoice) -> object:
    """Write an invoice for a member."""
    wish = InvoiceRequest(args.invoice_id, args.payee, args.amount_seconds, args.memo, args.payer, args.days)
    return await ring.invoices.create(wish, OPERATOR)


async def list_invoices(ring: Ring, args: InvoicesOf) -> object:
    """Invoices to pay and written."""
    return await ring.invoices.list(OPERATOR, args.handle, args.before)


async def show_invoice(ring: Ring, args: InvoiceById) -> object:
    """How an invoice stands."""
    return await ring.invoices.get(args.invoice_id, OPERATOR)


async def pay_invoice(ring: Ring, args: PayInvoice) -> object:
    """Pay an invoice, and if asked wait until its payment has ended."""
    view = await ring.answers.pay(args.invoice_id, OPERATOR, payer=args.payer, payment_id=args.payment_id)
    if args.wait_seconds > 0 and view.payment_id is not None and view.payment_state in ("queued", "held"):
        await ring.payments.wait(view.payment_id, args.wait_seconds, OPERATOR)
        return await ring.invoices.get(args.invoice_id, OPERATOR)
    return view


async def decline_invoice(ring: Ring, args: DeclineInvoice) -> object:
    """Decline an invoice for its payer."""
    return await ring.answers.decline(args.invoice_id, args.code, OPERATOR)


async def cancel_invoice(ring: Ring, args: InvoiceById) -> object:
    """Take an invoice back for its payee."""
    return await ring.answers.cancel(args.invoice_id, OPERATOR)


async def remind_invoice(ring: Ring, args: InvoiceById) -> object:
    """Ask the payer once more."""
    return await ring.answers.remind(args.invoice_id, OPERATOR)


INVOICES: dict[str, Operation] = {
    "payment.note": Operation(WriteNote, write_note),
    "invoice.create": Operation(CreateInvoice, create_invoice),
    "invoice.list": Operation(InvoicesOf, list_invoices),
    "invoice.show": Operation(InvoiceById, show_invoice),
    "invoice.pay": Operation(PayInvoice, pay_invoice),
    "invoice.decline": Operation(DeclineInvoice, decline_invoice),
    "invoice.cancel": Operation(InvoiceById, cancel_invoice),
    "invoice.remind": Operation(InvoiceById, remind_invoice),
}
