# SPDX-License-Identifier: Apache-2.0
"""Where on its path an end belongs, and whether the decision behind it holds (SPEC.md 7.1, 7.12)."""

from __future__ import annotations

from ringtausch_protocol import settlement
from ringtausch_protocol.audit.ledger.payments import Outcome
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.frames import Header
from ringtausch_protocol.items import Decision, Order


def edge_of(order: Order, header: Header) -> int:
    """Which edge of its path a decision, fulfil or release ends: the sender's ring stands behind it."""
    if len(order.path) == 2:
        return 0
    pairs = list(zip(order.path, order.path[1:], strict=False))
    return pairs.index((header.to, header.from_))


def why_invalid(
    decision: Decision | None, header: Header | None, order: Order, order_hash: str, outcome: Outcome
) -> str:
    """What is wrong with the decision behind an end; empty where it holds."""
    if decision is None or header is None:
        return ""
    if (decision.outcome == "paid") != (outcome == "posted"):
        return "another outcome"
    try:
        settlement.verify_decision(decision, header, order, order_hash)
    except RemoteError as error:
        return error.detail
    return ""
