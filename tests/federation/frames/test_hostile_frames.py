# SPDX-License-Identifier: AGPL-3.0-or-later
"""Frames that a ring must not take: each gets its code, nothing is stored that should not be, nobody gains."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.federation.line.records import load_peers
from ringtausch_protocol import frames
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.items import AnyItem, Cancel, Decision, Erase, Message, Order, Reject, encode_item, parse_item
from ringtausch_protocol.keys import SigningKey
from ringtausch_protocol.posts import Beside, Have
from tests.federation.forger import Forger, code_of
from tests.federation.towns import balance, end_of, faults, line_of, pay, row_of, talk, until, view_of

HASH = "A" * 43
ID = "A" * 22
CANCEL = Cancel(order_hash=HASH)


@pytest.fixture
async def forger(pair: tuple[Ring, Ring]) -> Forger:
    """Elm forges, oak is the victim; elm's own sender is silent meanwhile."""
    oak, elm = pair
    await talk(oak, elm)
    await until(lambda: _quiet(oak, elm))
    await elm.federation.stop()
    await oak.federation.stop()
    return Forger(elm, oak)


async def _quiet(oak: Ring, elm: Ring) -> bool:
    """All frames have arrived on both sides."""
    here, there = await row_of(oak, elm), await row_of(elm, oak)
    return (here.own_seq, here.peer_seq) == (there.peer_seq, there.own_seq)


async def evidence(ring: Ring) -> list[str]:
    """The codes of what is kept as evidence."""
    return await ring.store.read(lambda tx: [row[0] for row in tx.execute("SELECT code FROM evidence ORDER BY id")])


async def state_in_table(ring: Ring) -> tuple[str, str | None]:
    """State and reason of the only peer."""
    peer = (await ring.store.read(load_peers))[0]
    return peer.state, peer.reason


async def test_a_right_frame_is_taken_and_acked(forger: Forger) -> None:
    before = await row_of(forger.victim, forger.liar)
    reply = await forger.post(await forger.frame([CANCEL]))
    assert reply.status == 200
    assert (await row_of(forger.victim, forger.liar)).peer_seq == before.peer_seq + 1


async def test_the_same_frame_again_is_a_repeat_and_stored_once(forger: Forger) -> None:
    frame = await forger.frame([CANCEL])
    first, again = await forger.post(frame), await forger.post(frame)
    assert (first.status, again.status) == (200, 200)
    assert await faults(forger.victim) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"net": "other"}, (409, "wrong_net")),
        ({"to": "a" * 52}, (421, "wrong_ring")),
        ({"from_": "a" * 52}, (421, "wrong_ring")),
        ({"epoch": ID}, (409, "wrong_epoch")),
        ({"boot": ID}, (409, "fenced")),
        ({"items_root": HASH}, (400, "bad_proof")),
        ({"count": 2}, (400, "bad_proof")),
    ],
)
async def test_a_header_that_names_something_else_is_refused(
    forger: Forger, changes: dict[str, Any], expected: tuple[int, str]
) -> None:
    before = await row_of(forger.victim, forger.liar)
    assert code_of(await forger.post(await forger.frame([CANCEL], **changes))) == expected
    assert (await row_of(forger.victim, forger.liar)).peer_seq == before.peer_seq


async def test_a_gap_is_answered_with_what_is_held(forger: Forger) -> None:
    row = await row_of(forger.liar, forger.victim)
    reply = await forger.post(await forger.frame([CANCEL], seq=row.own_seq + 2))
    assert code_of(reply) == (409, "gap")
    assert f'"seq":{row.own_seq},'.encode() in reply.body


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"prev": HASH}, "wrong_prev"), ({"ack_seq": 10_000}, "bad_ack"), ({"ack_hash": HASH}, "bad_ack")],
)
async def test_a_broken_chain_is_kept_as_evidence_and_stops_the_line(
    forger: Forger, changes: dict[str, Any], code: str, reached: Counter[str]
) -> None:
    assert code_of(await forger.post(await forger.frame([CANCEL], **changes))) == (422, code)
    assert reached[f"a frame is not taken: {code}"] == 1
    assert await evidence(forger.victim) == [code]
    assert await state_in_table(forger.victim) == ("quarantined", code)


async def test_two_frames_of_one_seq_and_boot_are_a_fork(forger: Forger) -> None:
    await forger.post(await forger.frame([CANCEL]))
    reply = await forger.post(await forger.frame([Cancel(order_hash="B" + "A" * 42)]))
    assert code_of(reply) == (422, "fork")
    assert await evidence(forger.victim) == ["fork"]
    assert (await view_of(forger.victim, forger.liar)).state == "quarantined"


async def test_a_frame_signed_by_another_key_is_refused(forger: Forger) -> None:
    frame = await forger.frame([CANCEL], signer=SigningKey(b"\x07" * 32))
    assert code_of(await forger.post(frame)) == (401, "bad_signature")


async def test_without_the_token_there_is_no_answer(forger: Forger) -> None:
    assert code_of(await forger.post(token=HASH)) == (401, "hello_needed")


@pytest.mark.parametrize("seq", [1, 10_000])
async def test_an_untrue_have_is_unsigned_and_costs_a_hello_no_more(forger: Forger, seq: int) -> None:
    line, state = line_of(forger.liar, forger.victim), await state_in_table(forger.victim)
    untrue = Have(epoch=line.names.epoch, seq=seq, hash=HASH)
    assert code_of(await forger.post(have=untrue)) == (401, "hello_needed")
    assert await state_in_table(forger.victim) == state


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{}", b"null", b"\x00", b"\xff", b"[" * 100_000, b'{"token":1}', b'{"token":"a","token":"b"}',
        b'{"round":"ask"}', b"{" + b" " * 300_000 + b"}", b'{"a":' * 50_000,
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", ["frames", "hello", "peering", "quote", "nothing", "../frames"])
async def test_any_bytes_get_a_code_and_never_a_500(forger: Forger, path: str, body: bytes) -> None:
    reply = await forger.raw(body, path)
    assert reply.status in {400, 404, 413}
    assert code_of(reply)[1] in {"malformed", "too_large", "not_found", "not_canonical"}


# -- items in frames that are in order --------------------------------------------------------------------------------


async def answers(forger: Forger, *items: AnyItem | bytes) -> list[AnyItem]:
    """What the victim answers to items."""
    data = [item if isinstance(item, bytes) else encode_item(item) for item in items]
    header = await forger.header(data)
    identity = forger.liar.identity
    frame = frames.seal_frame(header, data, identity.frame_key_id, identity.frame_signer)
    before = (await row_of(forger.victim, forger.liar)).own_seq
    assert (await forger.post(frame)).status == 200
    sent = [each for each in line_of(forger.victim, forger.liar).outbox if each.seq > before]
    return [parse_item(bytes(item)) for each in sent for item in each.frame.items]


def probe(forger: Forger, **changes: Any) -> Order:
    """A probe of the liar's."""
    fields: dict[str, Any] = {
        "payment_id": ID, "attempt": 1, "purpose": "probe",
        "path": [forger.liar.identity.ring_id, forger.victim.identity.ring_id], "amount_seconds": 0,
        "created_at": forger.victim.clock.now(), "deadline_at": forger.victim.clock.now() + 1000,
    }  # fmt: skip
    return Order(**{**fields, **changes})


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"purpose": "transfer", "amount_seconds": 0}, "amount"),
        ({"purpose": "transfer", "amount_seconds": 60}, "malformed"),
        ({"amount_seconds": 60}, "malformed"),
        ({"purpose": "refund", "amount_seconds": 60}, "malformed"),
        ({"purpose": "refund", "amount_seconds": 60, "refund_of": ID}, "malformed"),
        ({"deadline_at": 2}, "malformed"),
        ({"created_at": 1, "deadline_at": 2}, "deadline_passed"),
        ({"deadline_at": 2_000_000_000_0}, "deadline_too_long"),
        ({}, "busy"),
    ],
)
async def test_an_order_that_cannot_be_paid_is_refused_with_its_code(
    forger: Forger, changes: dict[str, Any], code: str
) -> None:
    answer = (await answers(forger, probe(forger, **changes)))[0]
    assert isinstance(answer, Decision)
    assert (answer.outcome, answer.code) == ("refused", code)


async def test_an_order_that_leads_on_without_its_box_is_malformed(forger: Forger) -> None:
    path = [forger.liar.identity.ring_id, forger.victim.identity.ring_id, "a" * 52]
    answer = (await answers(forger, probe(forger, path=path, purpose="transfer", amount_seconds=60)))[0]
    assert isinstance(answer, Decision)
    assert (answer.outcome, answer.code) == ("refused", "malformed")


async def test_an_order_in_the_name_of_another_ring_is_refused(forger: Forger) -> None:
    path = ["a" * 52, forger.victim.identity.ring_id]
    answer = (await answers(forger, probe(forger, path=path)))[0]
    assert isinstance(answer, Decision)
    assert (answer.outcome, answer.code) == ("refused", "malformed")


@pytest.mark.parametrize(
    ("item", "code"),
    [
        (Erase(payment_id=ID), "unknown_order"),
        (Message(id=ID, topic="market", body_hash=HASH), "unsupported"),
        (b'{"kind":"nothing"}', "malformed"),
        (b'{"kind":"cancel","order_hash":"' + b"A" * 43 + b'","x":1}', "malformed"),
        (b'{"kind":"cancel","kind":"cancel","order_hash":"' + b"A" * 43 + b'"}', "not_canonical"),
        (b'{"kind": "cancel","order_hash":"' + b"A" * 43 + b'"}', "not_canonical"),
        (b"1", "malformed"),
    ],
)
async def test_an_unusable_item_is_rejected_and_the_line_goes_on(
    forger: Forger, item: AnyItem | bytes, code: str
) -> None:
    answer = (await answers(forger, item))[0]
    assert isinstance(answer, Reject)
    assert (answer.index, answer.code) == (0, code)
    assert (await view_of(forger.victim, forger.liar)).state == "open"


async def test_a_reject_is_never_answered(forger: Forger) -> None:
    assert await answers(forger, Reject(seq=1, index=0, code="whatever")) == []


async def test_a_decision_of_an_unknown_order_is_rejected_and_closes_the_line(forger: Forger) -> None:
    decision = Decision(
        order_hash=HASH, payment_id=ID, outcome="paid", by=forger.liar.identity.ring_id, index=1,
        inbound=forger.victim.identity.ring_id, amount_seconds=60, decided_at=1,
    )  # fmt: skip
    answer = (await answers(forger, decision))[0]
    assert isinstance(answer, Reject)
    assert answer.code == "unknown_order"
    assert (await row_of(forger.victim, forger.liar)).closed == "unknown_order"
    queued = await pay(forger.victim, "alma", "ben@elm.example", 60)
    assert queued.state == "queued"


@pytest.mark.parametrize("outcome", ["paid", "refused"])
async def test_a_second_decision_moves_nothing(pair: tuple[Ring, Ring], outcome: str) -> None:
    oak, elm = pair
    await talk(oak, elm)
    paid = await end_of(oak, (await pay(oak, "alma", "ben@elm.example", 60)).payment_id)
    await until(lambda: _quiet(oak, elm))
    await elm.federation.stop()
    await oak.federation.stop()
    order_hash = await elm.store.read(
        lambda tx: tx.execute("SELECT order_hash FROM order_in WHERE purpose = 'transfer'").fetchone()[0]
    )
    decision = Decision(
        order_hash=order_hash, payment_id=paid.payment_id, outcome=outcome,  # type: ignore[arg-type]
        by=elm.identity.ring_id, index=1, inbound=oak.identity.ring_id, amount_seconds=60, decided_at=1,
        code=None if outcome == "paid" else "busy",
    )  # fmt: skip
    answer = (await answers(Forger(elm, oak), decision))[0]
    assert isinstance(answer, Reject)
    assert answer.code == "already_decided"
    assert await balance(oak, "alma") == -60
    assert (await oak.payments.get(paid.payment_id, _operator())).state == "paid"


def _operator() -> Any:
    from ringtausch_node.members.model import OPERATOR

    return OPERATOR


async def test_a_replayed_box_of_another_order_is_refused(forger: Forger) -> None:
    sealed = b64(b"x" * 100)
    order = probe(forger, purpose="transfer", amount_seconds=60, sealed_hash=HASH, payer_commit=HASH, memo_commit=HASH)
    data = [encode_item(order)]
    header = await forger.header(data)
    identity = forger.liar.identity
    frame = frames.seal_frame(header, data, identity.frame_key_id, identity.frame_signer)
    reply = await forger.post(frame, boxes=[Beside(seq=header.seq, index=0, sealed=sealed)])
    assert reply.status == 200
    answer = parse_item(bytes(line_of(forger.victim, forger.liar).outbox[-1].frame.items[0]))
    assert isinstance(answer, Decision)
    assert (answer.outcome, answer.code) == ("refused", "malformed")
