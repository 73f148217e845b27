# SPDX-License-Identifier: Apache-2.0
"""Orders and their decisions (SPEC.md 5.3, 7.1, 7.8, 7.9)."""

from __future__ import annotations

import msgspec

from ringtausch_protocol import canonical, limits
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.conformance.model import Broken, Talk, Unjudged, excerpt
from ringtausch_protocol.conformance.ordering import (
    DAY_SECONDS,
    NOBODY,
    Draft,
    answered,
    beside,
    decide,
    draft,
    pays,
    probe,
    refuses,
)
from ringtausch_protocol.conformance.rule import RuleBook
from ringtausch_protocol.conformance.stage import Stage
from ringtausch_protocol.conformance.talking import FRAMES, none_came, post, read, take
from ringtausch_protocol.items import Decision, encode_item
from ringtausch_protocol.posts import PostAnswer

RULES = RuleBook()
#: With some seconds for clocks that count whole ones.
MINUTE_SECONDS = 55


@RULES.rule("probe", "5.3", "a probe is decided paid")
def probe_paid(stage: Stage) -> Talk[None]:
    yield from pays(stage, probe(stage))


@RULES.rule("probe-rate", "5.3", "a second probe within a minute is refused busy")
def probe_rate(stage: Stage) -> Talk[None]:
    began = stage.now()
    first = yield from decide(stage, probe(stage))
    assert isinstance(first.item, Decision)
    if first.item.outcome == "paid":  # the one of the rule before is longer ago than a minute
        first = yield from decide(stage, probe(stage))
    assert isinstance(first.item, Decision)
    if (first.item.outcome, first.item.code) == ("refused", "busy"):
        return
    if stage.now() - began >= MINUTE_SECONDS:
        raise Unjudged("more than a minute went by between the two")
    raise Broken("refused busy", f"{first.item.outcome} {first.item.code or ''}".rstrip())


@RULES.rule("probe-shape", "7.1", "a probe with an amount is refused malformed")
def probe_shape(stage: Stage) -> Talk[None]:
    changed = msgspec.structs.replace(probe(stage).order, amount_seconds=60)
    yield from refuses(stage, Draft(changed, None), "malformed")


@RULES.rule("order-zero", "7.1", "an order of nothing is refused amount")
def order_zero(stage: Stage) -> Talk[None]:
    yield from refuses(stage, draft(stage, NOBODY, amount_seconds=0), "amount")


@RULES.rule("order-window", "7.1", "an order whose deadline is not after its creation is refused malformed")
def order_window(stage: Stage) -> Talk[None]:
    now = stage.now()
    yield from refuses(stage, draft(stage, NOBODY, created_at=now + 60, deadline_at=now + 60), "malformed")


@RULES.rule("order-path", "7.1", "an order that goes through one ring twice is refused")
def order_path(stage: Stage) -> Talk[None]:
    # The ring under test is in the middle of it: it asks first whether it carries for the kit's ring (7.12).
    line = stage.open_line()
    path = [line.ring.ring_id, line.peer.card.ring_id, line.ring.ring_id]
    yield from refuses(stage, draft(stage, NOBODY, path=path), "malformed", "not_allowed")


@RULES.rule("order-binding", "7.1", "an order of another ring, shown in the kit's frame, is refused malformed")
def order_binding(stage: Stage) -> Talk[None]:
    path = [stage.found("victim").ring_id, stage.open_line().peer.card.ring_id]
    came = yield from answered(stage, draft(stage, NOBODY, path=path))
    assert isinstance(came.item, Decision)
    if (came.item.outcome, came.item.code) != ("refused", "malformed"):
        raise Broken("refused malformed", f"{came.item.outcome} {came.item.code}")


@RULES.rule("order-late", "7.9", "an order whose deadline has passed is refused deadline_passed")
def order_late(stage: Stage) -> Talk[None]:
    now = stage.now()
    sent = draft(stage, NOBODY, created_at=now - 2 * DAY_SECONDS, deadline_at=now - DAY_SECONDS)
    yield from refuses(stage, sent, "deadline_passed")


@RULES.rule("order-long", "7.9", "an order with a deadline beyond the agreement's is refused deadline_too_long")
def order_long(stage: Stage) -> Talk[None]:
    late = stage.now() + stage.open_line().agreement.deadline_seconds + 2 * limits.CLOCK_SLACK_SECONDS
    yield from refuses(stage, draft(stage, NOBODY, deadline_at=late), "deadline_too_long")


@RULES.rule("order-limit", "7.8", "an order beyond the line's limit is refused no_capacity")
def order_limit(stage: Stage) -> Talk[None]:
    limit = stage.open_line().invitation.limit_in_seconds
    if limit >= limits.AMOUNT_MAX:
        raise Unjudged("the invitation's limit is larger than any payment")
    yield from refuses(stage, draft(stage, NOBODY, seconds=limit + 1), "no_capacity")


@RULES.rule("order-box", "7.1", "an order without its box is refused malformed")
def order_box(stage: Stage) -> Talk[None]:
    yield from refuses(stage, draft(stage, NOBODY)._replace(box=None), "malformed")


@RULES.rule("order-commitment", "7.1", "an order whose commitments do not fit its box is refused malformed")
def order_commitment(stage: Stage) -> Talk[None]:
    yield from refuses(stage, draft(stage, NOBODY, payer_commit=b64(stage.chance(32))), "malformed")


@RULES.rule("order-memo", "7.1", "an order whose commitment to its memo does not fit its box is refused malformed")
def order_memo(stage: Stage) -> Talk[None]:
    yield from refuses(stage, draft(stage, NOBODY, memo_commit=b64(stage.chance(32))), "malformed")


@RULES.rule("order-payer", "7.3", "an order for a member of another ring than its own is refused malformed")
def order_payer(stage: Stage) -> Talk[None]:
    yield from refuses(stage, draft(stage, NOBODY, payer="kit@somebody.else.example"), "malformed")


@RULES.rule("order-payee", "7.1", "an order to nobody is refused payee_refuses")
def order_payee(stage: Stage) -> Talk[None]:
    yield from refuses(stage, draft(stage, NOBODY), "payee_refuses")


@RULES.rule("order-refund", "7.1", "a refund of a payment that never was is refused not_allowed")
def order_refund(stage: Stage) -> Talk[None]:
    sent = draft(stage, NOBODY, purpose="refund", refund_of=b64(stage.chance(16)))
    yield from refuses(stage, sent, "not_allowed")


@RULES.rule("answer-same-bytes", "6.2", "frames that were not confirmed are sent again in the same bytes")
def answer_same_bytes(stage: Stage) -> Talk[None]:
    line, sent = stage.open_line(), draft(stage, NOBODY)
    frame, before = line.frame([encode_item(sent.order)]), line.post()
    answer = read((yield from post(FRAMES, line.post([frame], beside(line, sent)))), PostAnswer)
    line.sent(frame)
    # How many frames an answer holds, and how soon one comes again, is the ring's to choose.
    for pause in stage.patience.pauses():
        again = read((yield from post(FRAMES, before, pause)), PostAnswer)
        both = [*zip(answer.frames, again.frames, strict=False)]
        if any(first != second for first, second in both):
            raise Broken(excerpt(canonical.encode(answer)), excerpt(canonical.encode(again)))
        if both:
            take(stage, line, again.frames)
            return
        answer = again if again.frames else answer
    raise none_came(stage, line, "what was not confirmed, again")


@RULES.rule("transfer", "7.1", "a transfer to a member is paid")
def transfer(stage: Stage) -> Talk[None]:
    yield from pays(stage, draft(stage, stage.member()))


@RULES.rule("decided-at", "7.1", "a decision names the time at which it was made, by the clock of who decides")
def decided_at(stage: Stage) -> Talk[None]:
    began = stage.now()
    came = yield from decide(stage, draft(stage, NOBODY))
    assert isinstance(came.item, Decision)
    slack = limits.CLOCK_SLACK_SECONDS
    if not began - slack <= came.item.decided_at <= stage.now() + slack:
        raise Broken(f"decided_at from {began} on, by an hour", f"{came.item.decided_at}")
