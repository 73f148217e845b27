# SPDX-License-Identifier: AGPL-3.0-or-later
"""Vectors of opened bookings: a booking, its salt, and the receipt of the entry that commits to both (SPEC.md 8.2)."""

from __future__ import annotations

import json
from collections.abc import Callable

from ringtausch_protocol.bookings import Booking, booking_entry, open_booking
from ringtausch_protocol.canonical import b64, b64_padded
from tests.vectors.cast import BUCHE, EICHE, LINDE, NOON, Case, chance
from tests.vectors.heads import vkeys
from tests.vectors.logbook import Logbook, as_witness, entries_of

SALT = chance("opened booking salt", 16)
BOOKING = Booking(transfer_id=b64(chance("transfer", 16)), debit=3, credit=8, amount_seconds=5400, at=NOON)
PLACE = 5
BOOK = Logbook(EICHE, [*entries_of(PLACE), booking_entry(BOOKING, SALT), *entries_of(4, "later")])
KEYS = vkeys(BOOK.key, as_witness(LINDE), as_witness(BUCHE))


def opened_file() -> Case:
    """opened.json."""
    good = _opened("a booking of 1.5 hours")
    changes: dict[str, tuple[Callable[[Case], object], str]] = {
        "another amount": (lambda value: value["booking"].update(amount_seconds=5401), "bad_proof"),
        "another account": (lambda value: value["booking"].update(credit=9), "bad_proof"),
        "another salt": (lambda value: value.update(salt=b64(bytes(16))), "bad_proof"),
        "the receipt of another entry": (lambda value: value.update(receipt=_receipt(PLACE - 1)), "bad_proof"),
        "without the other's entry": (
            lambda value: value.update(receipt=_receipt(PLACE - 1, with_entry=False)), "bad_proof"
        ),
        "a receipt without padding": (lambda value: value.update(receipt=value["receipt"].rstrip("=")), "malformed"),
        "no salt": (lambda value: value.pop("salt"), "malformed"),
        "a name beside it": (lambda value: value["booking"].update(name="Alma"), "malformed"),
    }  # fmt: skip
    return {
        "about": "Opened bookings as text. The log's entry is the one of type 05 that commits to booking and salt.",
        "accepted": [good, _opened("with a receipt that lacks the entry", with_entry=False)],
        "refused": [
            *({**good, "name": name, "opened": _changed(good["opened"], change), "code": code}
              for name, (change, code) in changes.items()),
            {**good, "name": "with blanks", "opened": good["opened"].replace(",", ", "), "code": "not_canonical"},
            {**good, "name": "a witness too few", "quorum": 3, "code": "quorum"},
        ],
    }  # fmt: skip


def _opened(name: str, *, with_entry: bool = True) -> Case:
    receipt = BOOK.receipt(PLACE, 10, LINDE, BUCHE, with_entry=with_entry)
    text = open_booking(BOOKING, SALT, receipt).decode()
    return {
        "name": name, "is": "opened", "opened": text, "vkeys": KEYS, "quorum": 2,
        "amount_seconds": BOOKING.amount_seconds,
    }  # fmt: skip


def _receipt(place: int, *, with_entry: bool = True) -> str:
    return b64_padded(BOOK.receipt(place, 10, LINDE, BUCHE, with_entry=with_entry).to_bytes())


def _changed(text: str, change: Callable[[Case], object]) -> str:
    value = json.loads(text)
    change(value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
