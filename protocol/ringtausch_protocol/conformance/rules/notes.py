# SPDX-License-Identifier: Apache-2.0
"""Messages with something in them: a note about a payment, and an id that is used again (SPEC.md 7.11)."""

from __future__ import annotations

from ringtausch_protocol import canonical
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.conformance.model import Broken, Talk, Unjudged
from ringtausch_protocol.conformance.ordering import draft, pays
from ringtausch_protocol.conformance.passing import found, waited
from ringtausch_protocol.conformance.rule import RuleBook
from ringtausch_protocol.conformance.stage import Stage
from ringtausch_protocol.conformance.talking import exchange
from ringtausch_protocol.items import Message, Reject, encode_item
from ringtausch_protocol.letters import TOPICS, PaymentNote
from ringtausch_protocol.posts import Beside
from ringtausch_protocol.sealing import BoxSealer, message_info

RULES = RuleBook()
TOPIC = TOPICS[PaymentNote]


@RULES.rule("note-unknown", "7.11", "a note about a payment that never was is rejected unknown_order")
def note_unknown(stage: Stage) -> Talk[None]:
    seq = yield from _told(stage, *_note(stage, b64(stage.chance(16)), b64(stage.chance(16)), "Probe"))
    yield from _is_rejected(stage, seq, "unknown_order")


@RULES.rule("note-id", "7.11", "a note about a payment is taken once; another one under its id is rejected id_reused")
def note_id(stage: Stage) -> Talk[None]:
    sent, name = draft(stage, stage.member()), b64(stage.chance(16))
    yield from pays(stage, sent)
    first = _note(stage, sent.order.payment_id, name, "Probe")
    taken = [(yield from _told(stage, *first)), (yield from _told(stage, *first))]
    other = yield from _told(stage, *_note(stage, sent.order.payment_id, name, "andere Probe"))
    yield from _is_rejected(stage, other, "id_reused")
    # It came in the order in which it was asked for: what the first was told stands before it.
    for reject in found(stage.main, Reject, lambda item: item.seq in taken):
        _verify_time(reject)
        raise Broken("nothing: a note about this payment is taken", f"reject {reject.code}")


def _note(stage: Stage, payment_id: str, name: str, text: str) -> tuple[Message, bytes]:
    """A note of the payer's side, and its box."""
    line = stage.open_line()
    info = message_info(line.ring.net, line.ring.ring_id, line.peer.card.ring_id, TOPIC, name)
    body = canonical.encode(PaymentNote(payment_id=payment_id, writer="payer", text=text))
    box = BoxSealer(line.peer.seal_public, stage.chance(32)).seal(body, info)
    return Message(id=name, topic=TOPIC, body_hash=canonical.sha256_b64(box)), box


def _told(stage: Stage, message: Message, box: bytes) -> Talk[int]:
    """Say it. -> the seq of its frame."""
    line = stage.open_line()
    seq = line.own().seq + 1
    yield from exchange(stage, line, [encode_item(message)], [Beside(seq=seq, index=0, sealed=b64(box))])
    return seq


def _is_rejected(stage: Stage, seq: int, code: str) -> Talk[None]:
    """The message in this frame is answered by a reject. Raises Broken, Unjudged."""
    reject = yield from waited(stage, stage.open_line(), Reject, lambda item: (item.seq, item.index) == (seq, 0))
    _verify_time(reject)
    if reject.code != code:
        raise Broken(f"reject {code}", f"reject {reject.code}")


def _verify_time(reject: Reject) -> None:
    """Raises Unjudged where the ring has taken too many messages, as it may say at any time."""
    if reject.code == "busy":
        raise Unjudged("the ring under test takes no more messages now: busy")
