# SPDX-License-Identifier: AGPL-3.0-or-later
"""Amounts that are not payments, and as they are typed. Limits and balances may be zero or less, a payment never is."""

from __future__ import annotations

import re

from ringtausch_protocol.units import HOUR_SECONDS, Unit, format_amount, parse_amount

#: Zero in every way of writing that `parse_amount` knows for other amounts.
_ZERO = re.compile(r"0{1,10}(?:[.,:]0{1,4})?(?: ?(?:h|std\.?|stunden|min\.?|minuten))?", re.IGNORECASE | re.ASCII)


def parse_signed_amount(text: str, unit: Unit) -> int:
    """Read a limit or a balance in whole seconds: a payment's amount, or 0, with a sign before it.

    Raises LocalError('amount').
    """
    trimmed = text.strip()
    sign = -1 if trimmed[:1] in ("-", "\N{MINUS SIGN}") else 1
    digits = trimmed[1:] if trimmed[:1] in ("-", "+", "\N{MINUS SIGN}") else trimmed
    if _ZERO.fullmatch(digits) or digits == f"0 {unit.name}":
        return 0
    return sign * parse_amount(digits, unit)


def clock(seconds: int) -> str:
    """An amount that every ring reads as the same time: "1:30", "0:05:20"."""
    hours, minutes, left = seconds // HOUR_SECONDS, seconds // 60 % 60, seconds % 60
    return f"{hours}:{minutes:02}" + (f":{left:02}" if left else "")


def typed(seconds: int, unit: Unit) -> str:
    """An amount as somebody of a ring with this unit types it; as time where it falls between two steps."""
    return clock(seconds) if seconds % unit.step_seconds else format_amount(seconds, unit).partition(" ")[0]
