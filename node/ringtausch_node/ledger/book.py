# SPDX-License-Identifier: AGPL-3.0-or-later
"""The pure rules of booking: amounts and limits. No SQL here."""

from __future__ import annotations

from ringtausch_node.ledger.model import LimitPolicy, Rule
from ringtausch_protocol.errors import LocalError
from ringtausch_protocol.limits import AMOUNT_MAX

#: Codes of warnings and of refusals alike.
LIMIT_LOWER = "limit_lower"
LIMIT_UPPER = "limit_upper"


def verify_amount(amount_seconds: int) -> None:
    """An amount is 1..AMOUNT_MAX seconds. Raises LocalError('amount')."""
    if not 1 <= amount_seconds <= AMOUNT_MAX:
        raise LocalError("amount", f"{amount_seconds} s is not within 1..{AMOUNT_MAX}")


def is_below_lower(balance_seconds: int, held_seconds: int, min_seconds: int | None, amount_seconds: int) -> bool:
    """Giving `amount_seconds` would take the balance below the lower limit; what is held is already given."""
    return min_seconds is not None and balance_seconds - held_seconds - amount_seconds < min_seconds


def is_above_upper(balance_seconds: int, max_seconds: int | None, amount_seconds: int) -> bool:
    """Receiving `amount_seconds` would take the balance above the upper limit."""
    return max_seconds is not None and balance_seconds + amount_seconds > max_seconds


def judge(policy: LimitPolicy, *, below: bool, above: bool) -> tuple[str, ...]:
    """What the ring's policy makes of crossed limits: the warnings. Raises LocalError: limit_lower, limit_upper."""
    if not (below or above):
        return ()
    warnings: list[str] = []
    _judge(LIMIT_LOWER, policy.lower, warnings, is_crossed=below)
    _judge(LIMIT_UPPER, policy.upper, warnings, is_crossed=above)
    return tuple(warnings)


def _judge(code: str, rule: Rule, warnings: list[str], *, is_crossed: bool) -> None:
    if not is_crossed:
        return
    if rule == "block":
        raise LocalError(code)
    warnings.append(code)
