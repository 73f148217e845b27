# SPDX-License-Identifier: Apache-2.0
"""A payment that comes again: the same order, another attempt of it, its id under another order (SPEC.md 7.1)."""

from __future__ import annotations

import msgspec

from ringtausch_protocol import limits
from ringtausch_protocol.conformance.model import Broken, Talk, excerpt
from ringtausch_protocol.conformance.ordering import NOBODY, Draft, decide, draft, pays, refuses
from ringtausch_protocol.conformance.rule import RuleBook
from ringtausch_protocol.conformance.stage import Stage

RULES = RuleBook()


def again(first: Draft, attempt: int, later_seconds: int) -> Draft:
    """Another attempt of a payment, made so much later."""
    created_at = first.order.created_at + later_seconds
    return Draft(msgspec.structs.replace(first.order, attempt=attempt, created_at=created_at), first.box)


@RULES.rule("order-id", "7.1", "the id of a payment with another content is refused id_reused")
def order_id(stage: Stage) -> Talk[None]:
    first = draft(stage, NOBODY)
    yield from refuses(stage, first, "payee_refuses")
    yield from refuses(stage, draft(stage, NOBODY, seconds=61, payment_id=first.order.payment_id), "id_reused")


@RULES.rule("order-same", "7.1", "the same order again gets the same decision again")
def order_same(stage: Stage) -> Talk[None]:
    sent = draft(stage, NOBODY)
    first = yield from decide(stage, sent)
    second = yield from decide(stage, sent)
    if first.data != second.data:
        raise Broken(excerpt(first.data), excerpt(second.data))


@RULES.rule("order-attempts", "7.1", "of one payment sixteen orders are decided: the next is refused id_reused")
def order_attempts(stage: Stage) -> Talk[None]:
    first = draft(stage, NOBODY)
    for attempt in range(1, limits.ATTEMPT_MAX + 1):
        yield from refuses(stage, again(first, attempt, attempt), "payee_refuses")
    yield from refuses(stage, again(first, limits.ATTEMPT_MAX, limits.ATTEMPT_MAX + 1), "id_reused")


@RULES.rule("transfer-same", "7.1", "a paid order that comes again is not paid again: the same decision, byte for byte")
def transfer_same(stage: Stage) -> Talk[None]:
    sent = draft(stage, stage.member())
    first = yield from pays(stage, sent)
    second = yield from decide(stage, sent)
    if first.data != second.data:
        raise Broken(excerpt(first.data), excerpt(second.data))


@RULES.rule("transfer-attempt", "7.1", "another attempt of a payment that was paid is refused already_paid")
def transfer_attempt(stage: Stage) -> Talk[None]:
    first = draft(stage, stage.member())
    yield from pays(stage, first)
    yield from refuses(stage, again(first, 2, 1), "already_paid")
