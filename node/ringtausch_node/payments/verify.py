# SPDX-License-Identifier: AGPL-3.0-or-later
"""Payments inside the ring against their bookings."""

from __future__ import annotations

from collections.abc import Iterator

from ringtausch_node.ledger.model import Finding
from ringtausch_node.payments import records
from ringtausch_node.store import Tx


def find_faults(tx: Tx) -> Iterator[Finding]:
    """Each payment inside the ring has a booking of its accounts and amount, which names it."""
    for transfer_id in records.each_unlike_booking(tx):
        yield Finding("transfer", transfer_id.hex(), "payment", "not what the payment says that it booked")
