# SPDX-License-Identifier: Apache-2.0
"""Bookings inside a ring: the commitment that stands in its log, and the file that opens it to others (SPEC.md 8.2).

Only who has the salt can open a commitment, so a ring opens a booking to those whose it is and to nobody else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, NamedTuple

import msgspec

from ringtausch_protocol import canonical, limits, receipts
from ringtausch_protocol.canonical import Amount, Count, Id16, Time, Wire
from ringtausch_protocol.checkpoints import NO_POLICY, Policy, Witnessed
from ringtausch_protocol.entries import BOOKING, log_entry
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.notes import NoteKey
from ringtausch_protocol.receipts import Receipt

_DOMAIN = b"ringtausch/booking/v1\n"
#: What stands before the commitment in a booking's entry: every payment writes one.
_ENTRY_BEGINS = log_entry(BOOKING, (bytes(32),))[:-32]


class Booking(Wire, frozen=True):
    """What a booking's commitment opens to. Account numbers only mean something inside the ring."""

    transfer_id: Id16
    debit: Count
    credit: Count
    amount_seconds: Amount
    at: Time


class OpenedBooking(Wire, frozen=True):
    """`opened-booking`: a booking, the salt of its commitment, and the receipt (padded base64) of its entry."""

    booking: Booking
    salt: Id16
    receipt: Annotated[str, msgspec.Meta(max_length=limits.RECEIPT_BYTES, pattern=r"^[A-Za-z0-9+/]+={0,2}$")]


class Opened(NamedTuple):
    """An opened booking that was verified: what it says, its place in the log, and who signed for that."""

    booking: Booking
    receipt: Receipt
    head: Witnessed


def booking_entry(booking: Booking, salt: bytes) -> bytes:
    """The log entry of a booking: type 05 and the commitment, from which nobody without the salt learns anything."""
    return _ENTRY_BEGINS + canonical.sha256(_DOMAIN + salt + canonical.encode(booking))


def open_booking(booking: Booking, salt: bytes, receipt: Receipt) -> bytes:
    """The file that opens a booking to whoever gets it."""
    told = canonical.b64_padded(receipt.to_bytes())
    return canonical.encode(OpenedBooking(booking=booking, salt=canonical.b64(salt), receipt=told))


def parse_opened(data: bytes) -> tuple[OpenedBooking, Receipt]:
    """Read an opened booking strictly; verify nothing. Raises RemoteError: too_large, malformed, not_canonical."""
    opened = canonical.parse(data, OpenedBooking, limits.RECEIPT_BYTES)
    return opened, receipts.parse_receipt(canonical.unb64_padded(opened.receipt))


def verify_opened(data: bytes, known: Sequence[NoteKey], policy: Policy = NO_POLICY) -> Opened:
    """Check that booking and salt are what stands committed to at the receipt's place of the log.

    Raises RemoteError as `parse_opened` and `verify_receipt`; bad_proof where the entry commits to something else.
    """
    opened, receipt = parse_opened(data)
    entry = booking_entry(opened.booking, canonical.unb64(opened.salt, limits.SALT_BYTES))
    if receipt.entry not in (None, entry):
        raise RemoteError("bad_proof", "the entry commits to something else")
    return Opened(opened.booking, receipt, receipts.verify_receipt(receipt, known, policy, entry))
