# SPDX-License-Identifier: AGPL-3.0-or-later
"""One good file of every kind that `python -m ringtausch_protocol` verifies, and keys for them."""

from __future__ import annotations

from ringtausch_protocol import canonical, entries, frames, keys
from ringtausch_protocol.bookings import Booking, booking_entry, open_booking
from ringtausch_protocol.documents import Head
from ringtausch_protocol.entries import LogStart
from ringtausch_protocol.items import Cancel, encode_item
from tests.protocol.test_forks import PROOFS
from tests.vectors import payloads
from tests.vectors.cast import BUCHE, EICHE, LINDE, NET, NOON, chance, frame_of, hash32, id16, sealed
from tests.vectors.disclosed import line_close, ring_close, yearly_figures
from tests.vectors.logbook import Logbook, as_witness, entries_of

BOOK = Logbook(EICHE, entries_of(7))
ITEMS = [encode_item(Cancel(order_hash=hash32(f"order {place}"))) for place in range(3)]


def signed_start() -> bytes:
    start = LogStart(
        v=1, net=NET, ring_id=EICHE.id, log=2, closed=Head(log=1, size=3, root=hash32("r")), code="lost", at=NOON
    )
    return sealed(entries.START_KIND, start, EICHE.named(EICHE.operator))[1]


def opened_booking() -> bytes:
    """A log of one booking, which its ring opens."""
    booking = Booking(transfer_id=id16("transfer"), debit=3, credit=8, amount_seconds=5_400, at=NOON)
    salt = chance("booking salt")[:16]
    book = Logbook(EICHE, [*BOOK.entries, booking_entry(booking, salt)])
    return open_booking(booking, salt, book.receipt(7, 8, LINDE, BUCHE))


def files() -> dict[str, bytes]:
    """One good file of every kind, and keys."""
    frame = frame_of(EICHE, LINDE, ITEMS)
    both = EICHE.named(EICHE.operator), LINDE.named(LINDE.operator)
    receipt = BOOK.receipt(4, 7, LINDE, BUCHE)
    return {
        "card": EICHE.card.envelope,
        "agreement": sealed("peer-agreement", payloads.agreement(), *both)[1],
        "hello": sealed("hello", payloads.hello(), EICHE.named(EICHE.frame))[1],
        "start": signed_start(),
        "figures": sealed("yearly-figures", yearly_figures(), EICHE.named(EICHE.frame))[1],
        "close": sealed("line-close", line_close(), LINDE.named(LINDE.operator))[1],
        "over": sealed("ring-close", ring_close(), LINDE.named(LINDE.operator))[1],
        "header": frame.envelope,
        "item": canonical.encode(frames.signed_item(frame.envelope, frame.items, 2)),
        "checkpoint": BOOK.checkpoint(7, LINDE, BUCHE).to_bytes(),
        "receipt": receipt.to_bytes(),
        "bare": receipt._replace(entry=None).to_bytes(),
        "entry": BOOK.entries[4],
        "booking": opened_booking(),
        "fork": PROOFS["a past that was left"](),
        "cards": b"# the rings\n\n" + b"\n".join(town.card.envelope for town in (EICHE, LINDE, BUCHE)) + b"\n",
        "vkeys": "\n".join([
            keys.vkey(BOOK.key.name, BOOK.key.public), keys.vkey(EICHE.id, EICHE.frame.public),
            *(keys.vkey(*as_witness(town)[::2], 4) for town in (LINDE, BUCHE)),
        ]).encode(),
    }  # fmt: skip
