# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is asked of this room and what it shows. Amounts in whole seconds, times in Unix seconds."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable
from typing import NamedTuple

import msgspec

from ringtausch_node.ids import parse_uuid
from ringtausch_node.store import Tx
from ringtausch_protocol import canonical, limits
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.codes import REFUSALS
from ringtausch_protocol.errors import LocalError, RemoteError

#: Words that an order's states are to a member (PROTOCOL 7).
STATES = {
    "queued": "queued",
    "held": "held",
    "in_doubt": "in_doubt",
    "posted": "paid",
    "released": "refused",
    "cancelled": "cancelled",
    "expired": "refused",
}
#: Codes with which a payment to another ring ends: the refusals of the protocol, and the end of an epoch or a ring.
ENDINGS = frozenset({*REFUSALS, "reset", "given_up"})
FINAL = frozenset({"paid", "refused", "cancelled"})


class PayRequest(NamedTuple):
    """A wish to pay. `to` is a handle of this ring or name@ring; without an id one is made."""

    payment_id: str | None
    from_: str
    to: str
    amount_seconds: int
    memo: str = ""
    invoice_hash: str | None = None
    refund_of: bytes | None = None
    #: Called in the transaction that makes the payment, once, with its id; what it raises undoes the payment.
    on_made: Callable[[Tx, bytes], None] | None = None


class NoteView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A note beside a payment. writer: payer or payee. state: waiting, delivered, refused (with the other's code)."""

    writer: str
    text: str
    at: int
    state: str
    code: str | None = None


class PaymentView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A payment as its payer, or who received it, sees it. state: queued, held, paid, refused, cancelled, in_doubt.

    `by` is who acted for the payer: a helper, somebody else on the account, the office. `via`: the addresses of
    the rings between. `payee_name`: what the payee's ring answered when it was asked before paying. `asked_back`:
    somebody wanted to take it back while it was under way. `is_paid_there`: it ended here as not carried out, and
    later the payee's ring showed that it was paid; paying again would pay twice.
    """

    payment_id: str
    state: str
    amount_seconds: int
    from_: str = msgspec.field(name="from")
    to: str
    memo: str
    created_at: int
    code: str | None = None
    warnings: list[str] = []
    by: str | None = None
    notes: list[NoteView] = []
    via: list[str] = []
    payee_name: str = ""
    asked_back: bool = False
    is_paid_there: bool = False


class QuoteView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is known before paying: whether the payee can be asked, their name, an invoice to pay by.

    `via`: the addresses of the rings through which a payment would go now; beyond them nobody is asked for a name.
    `waits`: the first of them is away now, so the payment would wait at home until it is back.
    `most_seconds`: with the code no_capacity what surely goes there now, in coarse steps; 0: nothing that is one.
    """

    to: str
    amount_seconds: int
    reachable: bool
    payment_id: str | None = None
    name: str | None = None
    invoice: str | None = None
    code: str | None = None
    via: list[str] = []
    waits: bool = False
    most_seconds: int | None = None


class AccountView(msgspec.Struct, frozen=True, kw_only=True):
    """An account in figures. available = balance without what is held.

    `state`: active, frozen (at rest: nobody pays from it or to it) or left, as that of its member.
    """

    handle: str
    name: str
    balance_seconds: int
    held_seconds: int
    available_seconds: int
    min_seconds: int | None
    max_seconds: int | None
    state: str = "active"

    @property
    def is_at_rest(self) -> bool:
        """Whether the office let it rest."""
        return self.state == "frozen"


class EntryView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of a statement; amount > 0 is a gain. `with` is the other side, where known; `by` as in a payment.

    `name` is that of `with`, where the other ring gave one.
    """

    id: int
    at: int
    kind: str
    amount_seconds: int
    balance_before_seconds: int
    balance_after_seconds: int
    with_: str | None = msgspec.field(name="with", default=None)
    memo: str | None = None
    payment_id: str | None = None
    by: str | None = None
    name: str = ""


class StatementView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A page of a statement, newest first; `next` is the key of the page after it."""

    handle: str
    entries: list[EntryView]
    next: int | None = None


def parse_payment_id(text: str) -> bytes:
    """16 bytes from 22 base64url characters or a UUID's text form. Raises LocalError('payment_id')."""
    try:
        if len(text) == 22:
            return canonical.unb64(text, 16)
        if len(text) == 36:
            return parse_uuid(text)
    except (ValueError, RemoteError):
        pass
    raise LocalError("payment_id", "22 characters of base64url, or a UUID")


def check_request(request: PayRequest) -> None:
    """Bounds on what is asked. Raises LocalError: amount, memo."""
    if isinstance(request.amount_seconds, bool) or not 1 <= request.amount_seconds <= limits.AMOUNT_MAX:
        raise LocalError("amount", "1 to 1000000000 seconds")
    memo = request.memo
    if len(memo) > limits.MEMO_LENGTH or not unicodedata.is_normalized("NFC", memo) or canonical.has_controls(memo):
        raise LocalError("memo", "too long, or with control characters")


def content_of(payer: str, payee: str, request: PayRequest) -> bytes:
    """Hash of what was asked, so that one id never stands for two things."""
    refund_of = b64(request.refund_of) if request.refund_of else ""
    parts = (payer, payee, str(request.amount_seconds), request.memo, request.invoice_hash or "", refund_of)
    return hashlib.sha256("\n".join(parts).encode()).digest()


def payment_text(payment_id: bytes) -> str:
    """A payment's id as people and other programs see it."""
    return b64(payment_id)


def active_account(payer: tuple[int, str] | None) -> int:
    """Of (account, state) the account that may pay. Raises LocalError: unknown_member, not_allowed."""
    if payer is None:
        raise LocalError("unknown_member", "payer")
    if payer[1] != "active":
        raise LocalError("not_allowed", f"account is {payer[1]}")
    return payer[0]
