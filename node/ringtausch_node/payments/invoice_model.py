# SPDX-License-Identifier: AGPL-3.0-or-later
"""Invoices of members: what is asked, what is shown, and why one may be declined."""

from __future__ import annotations

import hashlib
import re
from typing import Literal, NamedTuple, TypeAlias

import msgspec

from ringtausch_node.payments.model import PayRequest, check_request, parse_payment_id, payment_text
from ringtausch_protocol.errors import LocalError

InvoiceState: TypeAlias = Literal["open", "paid", "declined", "cancelled", "expired"]
#: Why a payer will not pay; `left` is said by the ring, for a member who has gone.
Decline: TypeAlias = Literal["wrong_person", "wrong_amount", "not_received", "settled_otherwise", "other"]
LEFT = "left"
DECLINES = frozenset({"wrong_person", "wrong_amount", "not_received", "settled_otherwise", "other", LEFT})

DAY_SECONDS = 86_400
#: How long an invoice can be paid where its writer says nothing, and the most he may say.
DAYS_DEFAULT = 30
DAYS_MAX = 366
#: Open invoices of one payee: a course with all its participants.
OPEN_MAX = 100
#: Open requests of other rings to one member; more is somebody's fault, and lists stay readable.
ASKED_OPEN_MAX = 100
#: The most that a list shows, newest first.
LISTED_MAX = 200
#: `next` of a page: the second and the number of its last invoice.
PLACE_PATTERN = "^([0-9]{1,12})[.]([A-Za-z0-9_-]{21}[AQgw])$"
_PLACE = re.compile(PLACE_PATTERN)
#: How often a payer may be reminded.
REMINDER_SECONDS = DAY_SECONDS


class InvoiceRequest(NamedTuple):
    """A wish to write an invoice. `payer`: a handle, name@ring, or None for whoever here gets its number."""

    invoice_id: str | None
    payee: str
    amount_seconds: int
    memo: str = ""
    payer: str | None = None
    days: int = DAYS_DEFAULT


class InvoiceView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An invoice as both sides see it. state: open, paid, declined, cancelled, expired.

    `payment_state` is that of a payment under way. `delivered` says of a request to another ring whether it has
    arrived. `code`: why it was declined, or what became of it elsewhere. `by`: who wrote it for the payee; `ended_by`:
    who declined it for the payer, or took it back for the payee.
    """

    invoice_id: str
    state: InvoiceState
    amount_seconds: int
    payee: str
    payer: str | None = None
    memo: str
    created_at: int
    expires_at: int
    code: str | None = None
    payment_id: str | None = None
    payment_state: str | None = None
    reminded_at: int | None = None
    delivered: bool | None = None
    by: str | None = None
    ended_by: str | None = None


class InvoicesView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A page of invoices, newest first: those to pay, and those written. `next`: where the page after it begins."""

    to_pay: list[InvoiceView]
    written: list[InvoiceView]
    next: str | None = None


class Place(NamedTuple):
    """Where an invoice stands in a list: its second, and its number among those of the same second."""

    at: int
    id: bytes

    @property
    def text(self) -> str:
        """As `next` of a page names it."""
        return f"{self.at}.{payment_text(self.id)}"


#: Behind it stands everything: the place from which a first page is read.
NEWEST = Place(2**62, b"")


def parse_place(text: str) -> Place:
    """`next` of a page, as somebody hands it back. Raises LocalError('query')."""
    found = _PLACE.fullmatch(text)
    if found is None:
        raise LocalError("query", "before: `next` of a page")
    return Place(int(found[1]), parse_payment_id(found[2]))


def check_invoice(request: InvoiceRequest) -> None:
    """Bounds on what is asked. Raises LocalError: amount, memo, days."""
    check_request(PayRequest(None, request.payee, request.payer or "", request.amount_seconds, request.memo))
    if isinstance(request.days, bool) or not 1 <= request.days <= DAYS_MAX:
        raise LocalError("days", f"1 to {DAYS_MAX}")


def content_of(payee: str, payer: str | None, request: InvoiceRequest) -> bytes:
    """Hash of what was asked, so that one id never stands for two invoices."""
    parts = (payee, payer or "", str(request.amount_seconds), request.memo, str(request.days))
    return hashlib.sha256("\n".join(parts).encode()).digest()
