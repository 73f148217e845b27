# SPDX-License-Identifier: Apache-2.0
"""The ring under test stands between two rings of the kit: one pays, the other is paid (SPEC.md 7.12).

Its operator has said that it carries for the kit's first ring and for the last one; to the others it does not carry.
"""

from __future__ import annotations

from typing import Any

import msgspec

from ringtausch_protocol.conformance.ending import word
from ringtausch_protocol.conformance.model import Broken, Talk, Unjudged
from ringtausch_protocol.conformance.ordering import Draft, beside, refuses, rejects
from ringtausch_protocol.conformance.passing import (
    BETWEEN,
    carries,
    decides,
    decision,
    draft_onward,
    found,
    handed_on,
    hash_of,
    hears_nothing,
    is_of,
    not_taken,
    passes,
    waited,
)
from ringtausch_protocol.conformance.rounds import ABOVE_SECONDS, goes_round, is_refused, netting
from ringtausch_protocol.conformance.rule import RuleBook
from ringtausch_protocol.conformance.stage import Stage
from ringtausch_protocol.conformance.talking import exchange
from ringtausch_protocol.items import Cancel, Decision, Offer, encode_item

RULES = RuleBook()
#: What closes the line behind: nothing is offered there any more.
LAST = RuleBook()


@RULES.rule("between-offer", "7.12", "an order for the next ring is offered there: as it was signed, its box beside it")
def between_offer(stage: Stage) -> Talk[None]:
    passing = yield from passes(stage)
    yield from decides(stage, passing, "refused")


@RULES.rule("between-paid", "7.12", "the last ring's decision paid goes back in a fulfil, as that ring signed it")
def between_paid(stage: Stage) -> Talk[None]:
    passing = yield from passes(stage)
    yield from decides(stage, passing, "paid")


@RULES.rule("between-refused", "7.12", "the last ring's refusal goes back in a release")
def between_refused(stage: Stage) -> Talk[None]:
    passing = yield from passes(stage)
    yield from decides(stage, passing, "refused")


@RULES.rule("between-again", "7.12", "an order that has passed and comes again is not offered again")
def between_again(stage: Stage) -> Talk[None]:
    passing = yield from passes(stage)
    yield from decides(stage, passing, "paid")
    line = stage.open_line()
    yield from exchange(stage, line, [encode_item(passing.order)], beside(line, passing))
    yield from exchange(stage, stage.onward())
    if len(offers := [*found(stage.onward(), Offer, lambda item: is_of(item, passing))]) > 1:
        raise Broken("one offer", f"{len(offers)} of them")


@RULES.rule("between-cancel", "7.12", "a cancel is passed on to who decides, and frees nothing")
def between_cancel(stage: Stage) -> Talk[None]:
    passing = yield from passes(stage)
    digest = hash_of(passing.order)
    yield from exchange(stage, stage.open_line(), [encode_item(Cancel(order_hash=digest))])
    yield from waited(stage, stage.onward(), Cancel, lambda item: item.order_hash == digest)
    yield from hears_nothing(stage, stage.open_line(), passing.order)
    yield from decides(stage, passing, "refused")


@RULES.rule("between-no-route", "7.12", "an order to a ring that nobody here knows is refused no_route")
def between_no_route(stage: Stage) -> Talk[None]:
    yield from carries(stage)
    line, gone = stage.open_line(), stage.found("gone").ring_id
    sent = draft_onward(stage)
    path = [line.ring.ring_id, line.peer.card.ring_id, gone]
    yield from refuses(stage, Draft(msgspec.structs.replace(sent.order, path=path), sent.box), "no_route")


@RULES.rule("between-not-carried", "7.12", "an order towards a ring for which the ring does not carry is not_allowed")
def between_not_carried(stage: Stage) -> Talk[None]:
    yield from carries(stage)
    line = stage.open_line()
    path = [line.ring.ring_id, line.peer.card.ring_id, stage.liar(1).ring.ring_id]
    sent = draft_onward(stage)
    yield from refuses(stage, Draft(msgspec.structs.replace(sent.order, path=path), sent.box), "not_allowed")


@RULES.rule("between-boxless", "7.12", "an order without the box that it names is refused malformed, not passed on")
def between_boxless(stage: Stage) -> Talk[None]:
    yield from carries(stage)
    yield from refuses(stage, draft_onward(stage)._replace(box=None), "malformed")


@RULES.rule("between-short", "7.12", "an order that leaves no 20 seconds a hop is refused deadline_too_short")
def between_short(stage: Stage) -> Talk[None]:
    yield from carries(stage)
    # Seconds count here: a deadline that passed on the way is refused too, and that is no fault.
    now = stage.now()
    sent = draft_onward(stage, created_at=now - 1, deadline_at=now + 5)
    yield from refuses(stage, sent, "deadline_too_short", "deadline_passed")


@RULES.rule("between-five", "7.1", "a path of more than five rings, or of one ring twice, is nothing that passes")
def between_five(stage: Stage) -> Talk[None]:
    yield from carries(stage)
    line = stage.open_line()
    path = [line.ring.ring_id, line.peer.card.ring_id, line.ring.ring_id, stage.onward().ring.ring_id]
    sent = draft_onward(stage)
    yield from refuses(stage, Draft(msgspec.structs.replace(sent.order, path=path), sent.box), "malformed")


@RULES.rule("offer-forged", "7.12", "an order that its payer's ring did not sign is refused, whoever hands it on")
def offer_forged(stage: Stage) -> Talk[None]:
    yield from carries(stage)
    line, payer = stage.open_line(), stage.found("nobody")
    path = [payer.ring_id, line.ring.ring_id, line.peer.card.ring_id]
    order = msgspec.structs.replace(draft_onward(stage).order, path=path)
    yield from exchange(stage, line, [encode_item(handed_on(stage, order, payer))])
    said = yield from waited(stage, line, Decision, lambda item: item.order_hash == hash_of(order))
    if (said.outcome, said.code) != ("refused", "card_unknown"):
        raise Broken("refused card_unknown", f"{said.outcome} {said.code}")


@RULES.rule("offer-index", "7.12", "an offer that names another place than that of who hands it on is malformed")
def offer_index(stage: Stage) -> Talk[None]:
    yield from carries(stage)
    line, payer = stage.open_line(), stage.found("nobody")
    path = [payer.ring_id, line.ring.ring_id, line.peer.card.ring_id]
    true = handed_on(stage, msgspec.structs.replace(draft_onward(stage).order, path=path), payer)
    yield from rejects(stage, encode_item(msgspec.structs.replace(true, index=BETWEEN + 1)), "malformed")
    other = handed_on(stage, draft_onward(stage).order, line.ring)
    yield from rejects(stage, encode_item(other), "malformed")


@RULES.rule("between-paused", "5.2", "an order over a line that its creditor has paused is refused paused")
def between_paused(stage: Stage) -> Talk[None]:
    yield from carries(stage)
    line = stage.onward()
    yield from exchange(stage, line, [word(line, 2, state="paused")])
    try:
        yield from refuses(stage, draft_onward(stage), "paused")
    except (Broken, Unjudged):
        yield from exchange(stage, line, [word(line, 3)])
        raise
    yield from exchange(stage, line, [word(line, 3)])


@RULES.rule("between-netting", "7.14", "a netting passes from a ring that it owes to one that owes it, and back, paid")
def between_netting(stage: Stage) -> Talk[None]:
    passing = yield from passes(stage)
    yield from decides(stage, passing, "paid")
    yield from goes_round(stage, netting(stage, passing.order.amount_seconds))


@RULES.rule("between-netting-raises", "7.8", "a netting above what the ring owes would raise a debt: no_capacity")
def between_netting_raises(stage: Stage) -> Talk[None]:
    passing = yield from passes(stage)
    yield from decides(stage, passing, "paid")
    yield from is_refused(stage, netting(stage, ABOVE_SECONDS), "no_capacity")


@LAST.rule("between-lies", "7.1", "paid over another amount, too late or by another than the last ring moves nothing")
def between_lies(stage: Stage) -> Talk[None]:
    passing = yield from passes(stage)
    order, line = passing.order, stage.open_line()
    lies: tuple[dict[str, Any], ...] = (
        {"amount_seconds": order.amount_seconds + 1},
        {"decided_at": order.deadline_at + 1},
        {"by": line.peer.card.ring_id, "inbound": line.ring.ring_id, "index": BETWEEN},
    )
    for lie in lies:
        yield from not_taken(stage, order, decision(stage, passing, "paid", **lie), (line, stage.onward()))
    yield from decides(stage, passing, "refused")


@LAST.rule(
    "between-closed", "6.7", "behind a ring that lied no further order is passed on: refused paused",
    needs="between-lies",
)  # fmt: skip
def between_closed(stage: Stage) -> Talk[None]:
    yield from refuses(stage, draft_onward(stage), "paused")
