# SPDX-License-Identifier: Apache-2.0
"""Items that cannot be used, and decisions that are none (SPEC.md 5.3, 6.7, 7.10, 7.11, 7.13)."""

from __future__ import annotations

import msgspec

from ringtausch_protocol import settlement
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.conformance.model import Broken, Talk, Unjudged
from ringtausch_protocol.conformance.ordering import NOBODY, draft, rejects
from ringtausch_protocol.conformance.passing import found
from ringtausch_protocol.conformance.rule import RuleBook
from ringtausch_protocol.conformance.rules.chain import filler
from ringtausch_protocol.conformance.stage import Stage
from ringtausch_protocol.conformance.talking import exchange, items_of
from ringtausch_protocol.items import Decision, Erase, Message, Order, Reject, encode_item, item_hash

RULES = RuleBook()
UNKNOWN = b'{"kind":"zebra","stripes":12}'


@RULES.rule("item-kind", "7.10", "an item of an unknown kind is rejected, and its frame counts all the same")
def item_kind(stage: Stage) -> Talk[None]:
    yield from rejects(stage, UNKNOWN, "malformed", "unsupported")


@RULES.rule("reject-silent", "7.10", "a reject is never answered, whatever it is about")
def reject_silent(stage: Stage) -> Talk[None]:
    line = stage.open_line()
    seq = line.own().seq + 1
    yield from exchange(stage, line, [encode_item(Reject(seq=line.theirs().seq + 1_000, index=0, code="malformed"))])
    # What comes to the next one shows that this one was read.
    yield from rejects(stage, UNKNOWN, "malformed", "unsupported")
    for said in found(line, Reject, lambda item: item.seq == seq):
        raise Broken("nothing", f"reject {said.code} of frame {seq}, which holds a reject")


@RULES.rule("item-form", "7.10", "an item with a field that no table names is rejected malformed")
def item_form(stage: Stage) -> Talk[None]:
    yield from rejects(stage, filler(stage)[:-1] + b',"more":1}', "malformed", "not_canonical")


@RULES.rule("message-topic", "7.11", "a message of an unknown topic is rejected unsupported")
def message_topic(stage: Stage) -> Talk[None]:
    message = Message(id=b64(stage.chance(16)), topic="zebra", body_hash=b64(stage.chance(32)))
    yield from rejects(stage, encode_item(message), "unsupported")


@RULES.rule("message-box", "7.11", "a message without its box is rejected malformed")
def message_box(stage: Stage) -> Talk[None]:
    message = Message(id=b64(stage.chance(16)), topic="payment_note", body_hash=b64(stage.chance(32)))
    yield from rejects(stage, encode_item(message), "malformed")


@RULES.rule("erase-unknown", "7.13", "an erase of a payment that never was is rejected unknown_order")
def erase_unknown(stage: Stage) -> Talk[None]:
    yield from rejects(stage, encode_item(Erase(payment_id=b64(stage.chance(16)))), "unknown_order")


@RULES.rule("own-probe", "5.3", "the first order that a ring sends on a line is its probe, in the shape of one")
def own_probe(stage: Stage) -> Talk[None]:
    order, _ = yield from _their_probe(stage)
    if (code := settlement.refuse_shape(order)) or order.purpose != "probe":
        raise Broken("a probe of amount 0 without optional fields", f"{order.purpose} ({code})")


@RULES.rule("decision-twice", "7.10", "a second decision of an order that has its end is rejected already_decided")
def decision_twice(stage: Stage) -> Talk[None]:
    order, digest = yield from _their_probe(stage)
    paid = _decision(stage, order, digest)
    yield from exchange(stage, stage.open_line(), [encode_item(paid)])
    refusal = msgspec.structs.replace(paid, outcome="refused", code="busy")
    yield from rejects(stage, encode_item(refusal), "already_decided")


@RULES.rule("decision-unknown", "6.7", "a decision of an order that never was is rejected unknown_order")
def decision_unknown(stage: Stage) -> Talk[None]:
    sent = draft(stage, NOBODY).order
    line = stage.open_line()
    backwards = msgspec.structs.replace(sent, path=[line.peer.card.ring_id, line.ring.ring_id])
    false = _decision(stage, backwards, b64(stage.chance(32)))
    yield from rejects(stage, encode_item(false), "unknown_order")


def _their_probe(stage: Stage) -> Talk[tuple[Order, str]]:
    """The first order that came, and its hash. Raises Unjudged where none comes."""
    line = stage.open_line()
    for pause in stage.patience.pauses():
        for frame in line.came:
            for each in items_of(frame):
                if isinstance(each.item, Order):
                    return each.item, item_hash(each.data)
        yield from exchange(stage, line, after_seconds=pause)
    raise Unjudged("the ring under test sent no order")


def _decision(stage: Stage, order: Order, digest: str) -> Decision:
    line = stage.open_line()
    return Decision(
        order_hash=digest, payment_id=order.payment_id, outcome="paid", by=line.ring.ring_id, index=1,
        inbound=line.peer.card.ring_id, amount_seconds=order.amount_seconds, decided_at=stage.now(),
    )  # fmt: skip
