# SPDX-License-Identifier: AGPL-3.0-or-later
"""The part of the description that is about invoices."""

from __future__ import annotations

from ringtausch_node.api.operation import Answer, Operation
from ringtausch_node.api.problems import (
    CANCEL_INVOICE,
    CREATE_INVOICE,
    DECLINE_INVOICE,
    LIST_INVOICES,
    PAY_INVOICE,
    READ_INVOICE,
    REMIND_INVOICE,
)
from ringtausch_node.api.schemas import (
    HANDLE_PATTERN,
    PAYMENT_ID_PATTERN,
    DeclineBody,
    InvoiceBody,
    PayInvoiceBody,
)
from ringtausch_node.payments.invoice_model import PLACE_PATTERN, InvoicesView, InvoiceView

_INVOICE_ID = {"name": "invoice_id", "in": "path", "required": True,
               "schema": {"type": "string", "pattern": PAYMENT_ID_PATTERN}}  # fmt: skip
_OF = {"name": "of", "in": "query", "description": "Whose invoices, if not one's own.",
       "schema": {"type": "string", "pattern": HANDLE_PATTERN}}  # fmt: skip
_BEFORE = {"name": "before", "in": "query", "description": "Only invoices older than this: `next` of a page.",
           "schema": {"type": "string", "pattern": PLACE_PATTERN}}  # fmt: skip
_NEXT = {"Link": {"description": 'The next page, rel="next" (RFC 8288).', "schema": {"type": "string"}}}
_LOCATION = {"Location": {"description": "Where the invoice is read.", "schema": {"type": "string"}}}
_ONE = "/api/v1/invoices/{invoice_id}"

INVOICE_OPERATIONS = (
    Operation(
        "POST", "/api/v1/invoices", "createInvoice",
        "Write an invoice. A payer who is named is asked, here or in another ring. The same id again writes none.",
        (Answer(201, "The invoice.", InvoiceView, _LOCATION),), CREATE_INVOICE, body=InvoiceBody,
    ),
    Operation(
        "GET", "/api/v1/invoices", "invoices",
        "Invoices to pay and invoices written, the newest first, pages of 200 of each.",
        (Answer(200, "The invoices.", InvoicesView, _NEXT),), LIST_INVOICES, (_OF, _BEFORE),
    ),
    Operation(
        "GET", _ONE, "invoice", "An invoice as it stands.",
        (Answer(200, "The invoice.", InvoiceView),), READ_INVOICE, (_INVOICE_ID,),
    ),
    Operation(
        "POST", f"{_ONE}/pay", "payInvoice", "Pay an invoice, once: paid or under way it is only shown.",
        (Answer(200, "It is paid.", InvoiceView), Answer(202, "Its payment is under way, or refused.", InvoiceView)),
        PAY_INVOICE, (_INVOICE_ID,), body=PayInvoiceBody,
    ),
    Operation(
        "POST", f"{_ONE}/decline", "declineInvoice", "Say that one will not pay, and why.",
        (Answer(200, "The invoice.", InvoiceView),), DECLINE_INVOICE, (_INVOICE_ID,), body=DeclineBody,
    ),
    Operation(
        "POST", f"{_ONE}/cancel", "cancelInvoice", "Take an invoice back while it is open.",
        (Answer(200, "The invoice.", InvoiceView),), CANCEL_INVOICE, (_INVOICE_ID,),
    ),
    Operation(
        "POST", f"{_ONE}/remind", "remindInvoice", "Ask the payer once more, at most once a day.",
        (Answer(200, "The invoice.", InvoiceView),), REMIND_INVOICE, (_INVOICE_ID,),
    ),
)  # fmt: skip
