# SPDX-License-Identifier: Apache-2.0
"""Assignments to which the operator of the ring under test has agreed: what passes, and for how long (SPEC.md 7.16)."""

from __future__ import annotations

import msgspec

from ringtausch_protocol.conformance.claims import (
    CREDITOR,
    KIND,
    SECONDS,
    asked,
    begins,
    is_owed,
    takes_over,
    takes_over_at_home,
    third,
)
from ringtausch_protocol.conformance.model import Broken, Talk, Unjudged
from ringtausch_protocol.conformance.passing import found, hash_of, not_taken
from ringtausch_protocol.conformance.rounds import (
    LAST,
    draft_round,
    goes_back,
    goes_round,
    is_handed_on,
    is_paid,
    is_refused,
    passes_on,
    said_of,
)
from ringtausch_protocol.conformance.rule import RuleBook
from ringtausch_protocol.conformance.stage import Stage
from ringtausch_protocol.conformance.talking import exchange
from ringtausch_protocol.items import Fulfil, Offer, encode_item

RULES = RuleBook(needs="assignment-back")
NOT_AGREED = "needs the operator of the ring under test to agree to assignments: --agree"


@RULES.rule(
    "assignment-back", "7.16", "what was agreed to is handed on; refused behind, it goes back in a release",
    needs="assignment-path",
)  # fmt: skip
def assignment_back(stage: Stage) -> Talk[None]:
    for sent in asked(stage):
        said = yield from passes_on(stage, sent)
        if said is not None and said.code == "not_allowed" and not stage.has_agreed:
            raise Unjudged(NOT_AGREED)
        if said is not None:
            raise Broken("an offer to the next ring", f"{said.outcome} {said.code}")
        yield from goes_back(stage, sent)


@RULES.rule("assignment-more", "7.16", "more than what was agreed to is refused not_allowed")
def assignment_more(stage: Stage) -> Talk[None]:
    yield from is_refused(stage, takes_over_at_home(stage, SECONDS + 1), "not_allowed")


@RULES.rule("assignment-other", "7.16", "an agreement counts for these rings: for another it is not_allowed")
def assignment_other(stage: Stage) -> Talk[None]:
    ends = (stage.onward(), stage.open_line())
    yield from is_refused(stage, draft_round(stage, KIND, ends, SECONDS, CREDITOR), "not_allowed")


@RULES.rule("assignment-only", "7.16", "an agreement lets no netting raise a debt over the same path: no_capacity")
def assignment_only(stage: Stage) -> Talk[None]:
    yield from is_refused(stage, takes_over(stage, purpose="netting"), "no_capacity")


@RULES.rule("assignment-taken", "7.16", "an order that came back leaves the agreement for the next, which goes round")
def assignment_taken(stage: Stage) -> Talk[None]:
    sent = takes_over(stage)
    yield from goes_round(stage, sent)
    yield from exchange(stage, sent.before, [sent.data])
    yield from exchange(stage, sent.behind)
    offers = [*found(sent.behind, Offer, lambda item: bytes(item.order.item) == encode_item(sent.order))]
    if len(offers) > 1:
        raise Broken("one offer", f"{len(offers)} of them")


@RULES.rule(
    "assignment-owes", "7.16", "what was taken over is owed: a netting brings it home from there",
    needs="assignment-taken",
)  # fmt: skip
def assignment_owes(stage: Stage) -> Talk[None]:
    ends = (third(stage), stage.open_line())
    yield from goes_round(stage, draft_round(stage, "netting", ends, SECONDS))


@RULES.rule(
    "assignment-once", "7.16", "an agreement counts once: the next order of the same is not_allowed",
    needs="assignment-taken",
)  # fmt: skip
def assignment_once(stage: Stage) -> Talk[None]:
    yield from begins(stage)
    yield from is_refused(stage, takes_over(stage), "not_allowed")


@RULES.rule(
    "assignment-claimed", "7.16", "a claim on the one that stops becomes one on another ring",
    needs="assignment-owes",
)  # fmt: skip
def assignment_claimed(stage: Stage) -> Talk[None]:
    yield from goes_round(stage, is_owed(stage))


@RULES.rule(
    "assignment-lies", "7.1", "what goes round is paid by who began it, over its amount: else nothing moves",
    needs="assignment-claimed",
)  # fmt: skip
def assignment_lies(stage: Stage) -> Talk[None]:
    # The debt that the assignment made is lowered by a netting, and the ring that came to owe lies about that.
    ends = (stage.onward(), third(stage))
    sent = draft_round(stage, "netting", ends, SECONDS)
    yield from is_handed_on(stage, sent)
    yield from not_taken(stage, sent.order, said_of(stage, sent, sent.place + 1), ends)
    more = msgspec.structs.replace(said_of(stage, sent, LAST), amount_seconds=SECONDS + 1)
    claim = Fulfil(order_hash=hash_of(sent.order), decision=sent.signed(encode_item(more)))
    yield from not_taken(stage, sent.order, claim, ends)
    yield from is_paid(stage, sent)
