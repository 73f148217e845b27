# SPDX-License-Identifier: AGPL-3.0-or-later
"""What programs of members send: bounded structs, and a decoder that refuses what JSON readers let pass.

Bounds that need a pattern are written into the description only; the rooms below check them again and say better what
is wrong. What the API answers are the views of the rooms.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated, Any, Generic, TypeVar

import msgspec
from msgspec import UNSET, Meta, UnsetType

from ringtausch_node.errors import LocalError, RemoteError
from ringtausch_node.payments.invoice_model import DAYS_MAX, Decline
from ringtausch_node.witnessing.model import HeadView
from ringtausch_protocol import limits
from ringtausch_protocol.canonical import PORT_PATTERN, has_controls
from ringtausch_protocol.letters import Side

#: A payment with a memo of 240 characters, each escaped, needs 4 KB.
BODY_BYTES = 8 * 1024

PAYMENT_ID_PATTERN = "^([A-Za-z0-9_-]{21}[AQgw]|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$"
TEXT_PATTERN = "^[^\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069\\ufeff]*$"
#: The same, with something to read in it.
WORDS_PATTERN = "^(?=.*[^\\s])" + TEXT_PATTERN[1:]

_LETTER = "a-zA-Z0-9äöüßÄÖÜ"
HANDLE_PATTERN = f"^[{_LETTER}][{_LETTER}._-]{{0,39}}$"
_LABEL = "[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_RING = f"{_LABEL}(\\.{_LABEL})*(:{PORT_PATTERN})?"
_MEMBER_PATTERN = f"^[{_LETTER}][{_LETTER}._-]{{0,39}}(@(?=.{{1,120}}$){_RING})?$"

PaymentId = Annotated[
    str,
    Meta(
        min_length=22, max_length=36, extra_json_schema={"pattern": PAYMENT_ID_PATTERN},
        description="16 bytes of the caller's choice: 22 characters of base64url, or a UUID. Sent again, nothing is"
        " booked twice; without one, the ring makes one.",
    ),
]  # fmt: skip
MemberName = Annotated[
    str,
    Meta(
        min_length=1, max_length=limits.MEMBER_ADDRESS_LENGTH, extra_json_schema={"pattern": _MEMBER_PATTERN},
        description="A handle of this ring, or handle@ring; capital letters count like small ones.",
    ),
]  # fmt: skip
Handle = Annotated[
    str,
    Meta(
        min_length=1, max_length=limits.HANDLE_LENGTH, extra_json_schema={"pattern": HANDLE_PATTERN},
        description="A handle of this ring; capital letters count like small ones.",
    ),
]  # fmt: skip
AmountSeconds = Annotated[int, Meta(ge=1, le=limits.AMOUNT_MAX, description="Whole seconds.")]
Memo = Annotated[
    str,
    Meta(
        max_length=limits.MEMO_LENGTH, extra_json_schema={"pattern": TEXT_PATTERN},
        description="What it is for; one line, kept in Unicode NFC.",
    ),
]  # fmt: skip

Days = Annotated[int, Meta(ge=1, le=DAYS_MAX, description="How many days it can be paid; 30 if nothing is said.")]
NoteText = Annotated[
    str,
    Meta(
        min_length=1, max_length=limits.PAYMENT_NOTE_LENGTH, extra_json_schema={"pattern": WORDS_PATTERN},
        description="A few words; one line, kept in Unicode NFC.",
    ),
]  # fmt: skip


class PaymentBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A wish to pay."""

    payment_id: PaymentId | UnsetType = UNSET
    from_: MemberName = msgspec.field(name="from")
    to: MemberName
    amount_seconds: AmountSeconds
    memo: Memo | UnsetType = UNSET


class RefundBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How to give a payment back. All of it if no amount is said; `refund_id` is the number of what goes back."""

    refund_id: PaymentId | UnsetType = UNSET
    amount_seconds: AmountSeconds | UnsetType = UNSET
    memo: Memo | UnsetType = UNSET


class QuoteBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A question before paying."""

    to: MemberName
    amount_seconds: AmountSeconds


class NoteBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Words to the other side of a payment. `writer`: for whom, where one may act for both; else the payer."""

    text: NoteText
    writer: Side | UnsetType = UNSET
    note_id: PaymentId | UnsetType = UNSET


class InvoiceBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A wish to write an invoice. Without a payer whoever here gets its number may pay it."""

    invoice_id: PaymentId | UnsetType = UNSET
    payee: Handle
    payer: MemberName | UnsetType = UNSET
    amount_seconds: AmountSeconds
    memo: Memo | UnsetType = UNSET
    days: Days | UnsetType = UNSET


class PayInvoiceBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How to pay an invoice. `from` where it names nobody; else the caller."""

    payment_id: PaymentId | UnsetType = UNSET
    from_: Handle | UnsetType = msgspec.field(name="from", default=UNSET)


class DeclineBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why an invoice will not be paid."""

    code: Decline


class HelperBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who shall act for a member."""

    helper: Handle


class Me(msgspec.Struct, frozen=True, kw_only=True):
    """Who the token stands for. The operator's own access has no account."""

    handle: str
    role: str


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """Whether this ring serves: "ready", "failed" after an error of its disk, "clock_doubtful".

    `log`: the newest head of its signed log that enough witnesses cosigned, so that whoever asks can hold on to it.
    """

    state: str
    version: str
    log: HeadView | None


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """RFC 9457. `code` is for programs and never changes; `title` and `next` are for people.

    `most_seconds`: with `no_capacity` of a payment that was asked for here: as in a quote.
    """

    type: str
    title: str
    status: int
    code: str
    next: str
    detail: str | None = None
    reference: str | None = None
    most_seconds: int | None = None


T = TypeVar("T", bound=msgspec.Struct)

#: Errors about a field that has a code of its own.
_CODES_OF_FIELDS = {"amount_seconds": "amount", "memo": "memo", "payment_id": "payment_id", "to": "address",
                    "from": "address", "helper": "address", "payee": "address", "payer": "address",
                    "days": "days", "text": "note", "code": "decline", "invoice_id": "payment_id",
                    "note_id": "payment_id", "refund_id": "payment_id", "other": "address", "about": "address",
                    "words": "words", "email": "email", "password": "password",
                    "proof": "proof"}  # fmt: skip


class FlatDecoder(Generic[T]):
    """Decodes one JSON object whose values are all strings, numbers or null, and refuses a key that stands twice.

    msgspec takes the last of two equal keys. In a flat object each member has one string token for its key and one
    more if its value is a string; so without backslashes the quotes in the bytes are twice the strings of the decoded
    value exactly if no key was repeated. With backslashes the slower JSON reader looks.
    """

    def __init__(self, kind: type[T]) -> None:
        self._decode = msgspec.json.Decoder(kind).decode

    def __call__(self, body: bytes) -> T:
        """Raises RemoteError: malformed, and LocalError with the code of a field: amount, memo, payment_id, address."""
        try:
            value = self._decode(body)
        except msgspec.ValidationError as error:
            raise _refusal(str(error)) from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise RemoteError("malformed", "not JSON in UTF-8") from None
        values = msgspec.structs.astuple(value)
        if b"\\" in body:
            _refuse_repeated(body)
        elif body.count(b'"') != 2 * _string_tokens(values):
            raise RemoteError("malformed", "a key stands twice")
        for text in values:
            if type(text) is str and not text.isprintable() and has_controls(text):
                raise RemoteError("malformed", "control characters")
        return value


def _string_tokens(values: Sequence[Any]) -> int:
    """Keys and string values that an object of these values has when each stands once."""
    tokens = 0
    for value in values:
        if value is not UNSET:
            tokens += 2 if type(value) is str else 1
    return tokens


def _refusal(message: str) -> RemoteError | LocalError:
    """msgspec names the place at the end of its message: "... - at `$.amount_seconds`"."""
    what, _, place = message.partition(" - at `$.")
    field = place.rstrip("`")
    code = _CODES_OF_FIELDS.get(field)
    if code is not None:
        return LocalError(code, f"{field}: {what[0].lower()}{what[1:]}")
    return RemoteError("malformed", "unknown field" if "unknown field" in what else what)


def _refuse_repeated(body: bytes) -> None:
    def check(pairs: list[tuple[str, Any]]) -> None:
        if len({key for key, _ in pairs}) != len(pairs):
            raise RemoteError("malformed", "a key stands twice")

    json.loads(body, object_pairs_hook=check)
