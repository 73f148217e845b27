# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the kit does with a frame that does not follow: the fault of one rule, and of no other."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from contextlib import nullcontext

import msgspec
import pytest

from ringtausch_protocol import canonical, envelope, frames
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.conformance import ending, talking
from ringtausch_protocol.conformance.model import Answer, Broken, Request, Unjudged
from ringtausch_protocol.conformance.rule import Outcome, play
from ringtausch_protocol.conformance.rules import chain, orders, proposals
from ringtausch_protocol.conformance.stage import Stage
from ringtausch_protocol.conformance.talking import FRAMES
from ringtausch_protocol.documents import Statement
from ringtausch_protocol.frames import Frame
from ringtausch_protocol.items import Cancel, Decision, DocumentItem, Order, encode_item, item_hash, parse_item
from ringtausch_protocol.posts import Have, Post, PostAnswer, wire_frame
from tests.vectors import payloads
from tests.vectors.cast import EICHE, NOON, chance, hash32, header_for


@pytest.fixture
def stage() -> Stage:
    numbers = itertools.count()
    asked = [payloads.invitation()]
    found = Stage(asked, EICHE.card, lambda size: chance(f"kit {next(numbers)}", size), lambda: NOON, "http://nowhere")
    found.main.their_boot, found.main.their_token = EICHE.boot, hash32("token")
    return found


def sent(stage: Stage, count: int, item: bytes = b"") -> list[Frame]:
    """So many frames of the ring under test, one after the other, each with an item."""
    line, found = stage.main, list[Frame]()
    for seq in range(1, count + 1):
        items = [item or encode_item(Cancel(order_hash=hash32(f"order {seq}")))]
        prev = found[-1].hash if found else line.first
        names = {"from_": EICHE.id, "to": line.ring.ring_id, "epoch": line.agreement.epoch}
        place = {"seq": seq, "prev": prev, "ack_seq": 0, "ack_hash": line.first, "head": payloads.head_of(EICHE, seq)}
        header = header_for(EICHE, EICHE, items, **names, **place)
        found.append(frames.seal_frame(header, items, *EICHE.named(EICHE.frame)))
    return found


def take(stage: Stage, came: Sequence[Frame]) -> list[int]:
    """-> the frames whose items the kit goes on with."""
    return [each.header.seq for each in talking.take(stage, stage.main, [wire_frame(frame) for frame in came])]


def asks_nothing(request: Request) -> Answer:
    """These rules look at what has come."""
    raise AssertionError(request)


def broken(stage: Stage) -> list[str]:
    """The rules about frames that do not hold, by what came."""
    told = [play(rule, stage, asks_nothing) for rule in chain.LAST]
    return [result.rule.id for result in told if result.outcome is Outcome.BROKEN]


def test_a_frame_behind_a_gap_is_not_taken_and_what_is_missing_comes_with_the_next_answer(stage: Stage) -> None:
    one, two, three, four = sent(stage, 4)

    assert [1] == take(stage, [one])
    assert [] == take(stage, [three, four])
    assert 1 == stage.main.theirs().seq
    assert [2, 3, 4] == take(stage, [two, three, four])

    assert [("frames-chain", f"seq 2, prev {one.hash}", f"seq 3, prev {two.hash}")] == stage.faults
    assert ["frames-chain"] == broken(stage)


def test_what_stands_behind_a_gap_for_good_is_no_fault_of_the_rule_that_waits_for_it(stage: Stage) -> None:
    one, _, three = sent(stage, 3)

    take(stage, [one])
    assert isinstance(talking.none_came(stage, stage.main, "a decision"), Broken)
    take(stage, [three])
    assert isinstance(talking.none_came(stage, stage.main, "a decision"), Unjudged)


@pytest.mark.parametrize("said", [payloads.statement(), payloads.last_statement()])
def test_the_statement_of_a_day_is_not_taken_for_the_last_one(stage: Stage, said: Statement) -> None:
    signed = envelope.seal("statement", canonical.encode(said), [EICHE.named(EICHE.frame)])
    take(stage, sent(stage, 1, encode_item(DocumentItem(type_="statement", envelope=msgspec.Raw(signed)))))
    assert stage.main.ring.ring_id > EICHE.id  # so the kit waits for what the other ring proposes

    talk = ending.signs_last(stage, stage.main)

    if said.state == "ended":
        with pytest.raises(Broken):
            next(talk)
    else:
        assert FRAMES == next(talk).path


@pytest.mark.parametrize(
    ("balance_seconds", "signers", "is_good"),
    [(60, "one", True), (61, "one", False), (60, "both", False), (61, "both", False)],
)
def test_false_figures_are_answered_by_other_ones_that_the_ring_under_test_alone_has_signed(
    stage: Stage, balance_seconds: int, signers: str, is_good: bool
) -> None:
    lie = msgspec.structs.replace(payloads.statement(), balance_seconds=61)
    said = canonical.encode(msgspec.structs.replace(lie, balance_seconds=balance_seconds))
    keys = [EICHE.named(EICHE.frame), (stage.main.ring.frame_key_id, stage.main.ring.frame)]
    signed = envelope.seal("statement", said, keys[: 1 if signers == "one" else 2])

    with nullcontext() if is_good else pytest.raises(Broken):
        proposals.verify_own(stage.main, signed, canonical.encode(lie))


@pytest.mark.parametrize(("code", "outcome"), [("busy", Outcome.UNJUDGED), ("no_route", Outcome.BROKEN)])
def test_an_order_that_has_no_room_just_now_accuses_nobody(stage: Stage, code: str, outcome: Outcome) -> None:
    stage.payee, stage.main.has_greeted = "alma", True

    def refuse(request: Request) -> Answer:
        """The answer to an order: refused."""
        post = canonical.parse(request.body, Post, 100_000)
        order = parse_item(bytes(post.frames[0].items[0]))
        assert isinstance(order, Order)
        said = Decision(
            order_hash=item_hash(encode_item(order)), payment_id=order.payment_id, outcome="refused", by=EICHE.id,
            index=1, inbound=order.path[0], amount_seconds=order.amount_seconds, decided_at=NOON, code=code,
        )  # fmt: skip
        digest = b64(envelope.document_hash("frame", envelope.parse_envelope(bytes(post.frames[0].header)).body()))
        have, frame = Have(epoch=post.have.epoch, seq=1, hash=digest), sent(stage, 1, encode_item(said))[0]
        answer = PostAnswer(have=have, frames=[wire_frame(frame)], boxes=[], notes=[])
        return Answer(200, {}, canonical.encode(answer))

    transfer = next(rule for rule in orders.RULES if rule.id == "transfer")
    assert outcome is play(transfer, stage, refuse).outcome
