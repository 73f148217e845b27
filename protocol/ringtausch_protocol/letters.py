# SPDX-License-Identifier: Apache-2.0
"""What stands in the bodies of messages: everything between rings that is not money (SPEC.md 7.11).

A body travels sealed beside its `message` item; the item itself says no more than a topic and an id.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from ringtausch_protocol import limits
from ringtausch_protocol.canonical import Id16, Wire
from ringtausch_protocol.documents import CodeName

#: Who writes about a payment: the side that pays, or the one that is paid.
Side = Literal["payer", "payee"]
_Handle = Annotated[str, msgspec.Meta(min_length=1, max_length=limits.HANDLE_LENGTH)]


class PaymentNote(Wire, frozen=True):
    """`payment_note`: a few words to the other side of a payment (SPEC.md 7.11)."""

    payment_id: Id16
    writer: Side
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=limits.PAYMENT_NOTE_LENGTH)]


class Request(Wire, frozen=True):
    """`request`: a member of the payee's ring asks a member of the other one to pay an invoice (SPEC.md 7.11).

    `invoice` is the invoice's envelope; `salt` opens both of its commitments.
    """

    invoice: msgspec.Raw
    payee: _Handle
    payer: _Handle
    memo: Annotated[str, msgspec.Meta(max_length=limits.MEMO_LENGTH)]
    salt: Id16


class RequestAnswer(Wire, frozen=True):
    """`request_answer`: the payer will not pay it, and why (SPEC.md 7.11)."""

    invoice_id: Id16
    code: CodeName


class RequestReminder(Wire, frozen=True):
    """`request_reminder`: the payee asks once more (SPEC.md 7.11)."""

    invoice_id: Id16


class RequestWithdrawn(Wire, frozen=True):
    """`request_withdrawn`: the payee asks no longer (SPEC.md 7.11)."""

    invoice_id: Id16


class WindingDown(Wire, frozen=True):
    """`winding_down`: the sender stops for good, and with it this line; nothing else stands in it (SPEC.md 7.11)."""


#: topic of a message -> what its body is.
LETTERS: dict[str, type[Wire]] = {
    "payment_note": PaymentNote,
    "request": Request,
    "request_answer": RequestAnswer,
    "request_reminder": RequestReminder,
    "request_withdrawn": RequestWithdrawn,
    "winding_down": WindingDown,
}
#: The same the other way round: under which topic a body travels.
TOPICS: dict[type[Wire], str] = {body: topic for topic, body in LETTERS.items()}
