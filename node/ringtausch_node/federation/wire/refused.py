# SPDX-License-Identifier: AGPL-3.0-or-later
"""Answers of a peer other than 200, and how long it asks us to wait before we come again."""

from __future__ import annotations

from ringtausch_node.federation.line.model import Reply
from ringtausch_node.federation.wire.budgets import OverBudget
from ringtausch_protocol.errors import RemoteError, RingtauschError
from ringtausch_protocol.requests import Refusal

#: A peer may tell us how long to wait (Retry-After): never so short that we would ask without a pause.
TOLD_LEAST_SECONDS, TOLD_MOST_SECONDS = 1, 900
_TOO_MANY, _WAIT_DIGITS = 429, 9


class Refused(RemoteError):
    """The peer answered, but not with 200. `wait_seconds`: how long it asks us to wait, or None."""

    def __init__(self, reply: Reply, refusal: Refusal) -> None:
        super().__init__(refusal.code, f"status {reply.status}")
        self.refusal = refusal
        self.wait_seconds = _retry_after(reply) if reply.status == _TOO_MANY else None


def told_to_wait(error: RingtauschError) -> float | None:
    """The seconds that a spent budget asks for, ours or the peer's; None for every other error."""
    if isinstance(error, OverBudget):
        return float(error.retry_after_seconds)
    return error.wait_seconds if isinstance(error, Refused) else None


def _retry_after(reply: Reply) -> float | None:
    """The seconds of Retry-After (RFC 9110, 10.2.3); None for a date, or what is no number of ours."""
    found = [value.strip() for name, value in reply.headers.items() if name.lower() == "retry-after"]
    if len(found) != 1 or not (found[0].isascii() and found[0].isdecimal()) or len(found[0]) > _WAIT_DIGITS:
        return None
    return float(max(TOLD_LEAST_SECONDS, min(int(found[0]), TOLD_MOST_SECONDS)))
