# SPDX-License-Identifier: AGPL-3.0-or-later
"""An opened booking: who has it sees that the ring wrote down exactly this."""

from __future__ import annotations

import msgspec
import pytest

from ringtausch_protocol.bookings import Booking, booking_entry, open_booking, verify_opened
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.errors import RemoteError
from tests.vectors.cast import EICHE
from tests.vectors.logbook import Logbook, entries_of

SALT = bytes(range(16))
BOOKING = Booking(transfer_id=b64(bytes(16)), debit=1, credit=2, amount_seconds=5400, at=1_800_000_000)
BOOK = Logbook(EICHE, [*entries_of(3), booking_entry(BOOKING, SALT)])


@pytest.mark.parametrize("with_entry", [True, False])
def test_a_booking_opens_where_its_receipt_says(with_entry: bool) -> None:
    receipt = BOOK.receipt(3, 4, with_entry=with_entry)

    opened = verify_opened(open_booking(BOOKING, SALT, receipt), [BOOK.key])

    assert (BOOKING, BOOK.head(4)) == (opened.booking, opened.head.head)


@pytest.mark.parametrize("with_entry", [True, False])
def test_another_booking_or_another_salt_opens_nothing(with_entry: bool) -> None:
    receipt = BOOK.receipt(3, 4, with_entry=with_entry)
    more = msgspec.structs.replace(BOOKING, amount_seconds=5401)

    for booking, salt in ((more, SALT), (BOOKING, bytes(16))):
        with pytest.raises(RemoteError, match="bad_proof"):
            verify_opened(open_booking(booking, salt, receipt), [BOOK.key])


def test_a_receipt_that_carries_another_entry_is_refused_though_its_path_is_right() -> None:
    receipt = BOOK.receipt(3, 4)._replace(entry=BOOK.entries[0])

    with pytest.raises(RemoteError, match="bad_proof"):
        verify_opened(open_booking(BOOKING, SALT, receipt), [BOOK.key])
