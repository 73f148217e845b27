# SPDX-License-Identifier: AGPL-3.0-or-later
"""Slips of paper in the office's books: their number stands in the booking, and no slip is booked twice."""

from __future__ import annotations

import hashlib

from ringtausch_node.members.model import Actor
from ringtausch_node.payments.model import payment_text
from ringtausch_protocol.errors import LocalError
from ringtausch_protocol.limits import MEMO_LENGTH

NUMBER_LENGTH = 20


def verify_slip_number(number: str) -> None:
    """Raises LocalError('slip_number')."""
    if not 1 <= len(number) <= NUMBER_LENGTH or not number.isprintable():
        raise LocalError("slip_number")


def verify_slip_of(actor: Actor, number: str) -> None:
    """Slips are the office's: nobody else takes a number away from it. Raises LocalError: not_allowed, slip_number."""
    if not actor.runs_office:
        raise LocalError("not_allowed", "slips are booked by the office")
    verify_slip_number(number)


def slip_id(number: str) -> str:
    """The number of the payment that books a slip: no slip is booked twice, whoever tries."""
    return payment_text(hashlib.sha256(f"slip {number}".encode()).digest()[:16])


def slip_memo(number: str, memo: str) -> str:
    """What the booking of a slip is for: its number, and what stands on it."""
    return " · ".join(part for part in (f"Beleg {number}", memo) if part)


def shortened_memo(number: str, memo: str) -> str:
    """The same where `memo` stands elsewhere in full, as on an invoice: it gives way to the number."""
    return slip_memo(number, memo)[:MEMO_LENGTH]
