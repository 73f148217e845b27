# SPDX-License-Identifier: AGPL-3.0-or-later
"""Amounts that are not payments: limits and opening balances may be zero or negative, a payment never is."""

from __future__ import annotations

import re

from ringtausch_protocol.units import Unit, parse_amount

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
