# SPDX-License-Identifier: AGPL-3.0-or-later
"""A ring that acts for another, or gets more out of its own line than our operators agreed to."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

import msgspec
import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.federation.line.lines import agreement_in
from ringtausch_protocol import canonical, envelope, frames
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.documents import OrderBox, PeerAgreement
from ringtausch_protocol.items import (
    AnyItem,
    Cancel,
    Decision,
    DocumentItem,
    Item,
    Order,
    Reject,
    encode_item,
    item_hash,
    parse_item,
)
from ringtausch_protocol.posts import Beside, Have
from ringtausch_protocol.sealing import box_info
from ringtausch_protocol.settlement import commit
from tests.federation.forger import Forger, code_of
from tests.federation.towns import (
    HOUR,
    Towns,
    balance,
    end_of,
    faults,
    line_of,
    pay,
    peer,
    row_of,
    talk,
    until,
    view_of,
)

HASH = "A" * 43


async def _quiet(oak: Ring, elm: Ring) -> bool:
    here, there = await row_of(oak, elm), await row_of(elm, oak)
    return (here.own_seq, here.peer_seq) == (there.peer_seq, there.own_seq)


async def silence(*pairs: tuple[Ring, Ring]) -> None:
    """Let rings talk until all has arrived, then stop them."""
    for oak, elm in pairs:
        await until(partial(_quiet, oak, elm))
    for ring in {id(ring): ring for pair in pairs for ring in pair}.values():
        await ring.federation.stop()


@pytest.fixture
async def three(oak: Ring, elm: Ring, towns: Towns) -> tuple[Ring, Ring, Ring]:
    """Oak with lines to elm and ash; all in step, all silent."""
    ash = await towns.found("ash")
    await ash.members.add("cleo", "Cleo")
    await peer(oak, elm)
    await peer(oak, ash)
    await talk(oak, elm, ash)
    await silence((oak, elm), (oak, ash))
    return oak, elm, ash


@pytest.fixture
async def forger(pair: tuple[Ring, Ring]) -> Forger:
    """Elm speaks by hand to oak."""
    oak, elm = pair
    await talk(oak, elm)
    await silence((oak, elm))
    return Forger(elm, oak)


async def answers(forger: Forger, *items: Item, **posted: Any) -> list[AnyItem]:
    """What the victim answers to items."""
    before = (await row_of(forger.victim, forger.liar)).own_seq
    frame = await forger.frame(list(items))
    assert (await forger.post(frame, **posted)).status == 200
    await follow(forger, frame)
    sealed = [each for each in line_of(forger.victim, forger.liar).outbox if each.seq > before]
    return [parse_item(bytes(item)) for each in sealed for item in each.frame.items]


@pytest.mark.parametrize("outcome", ["paid", "refused"])
async def test_another_peer_cannot_decide_an_order_that_was_not_sent_to_it(
    three: tuple[Ring, Ring, Ring], outcome: str
) -> None:
    oak, elm, ash = three
    assert (await pay(oak, "alma", "cleo@ash.example", 60)).state == "held"  # so that ash's own line holds as much
    held = await pay(oak, "alma", "ben@elm.example", 60)
    assert held.state == "held"
    order = await order_to(oak, elm)
    decision = Decision(
        order_hash=item_hash(encode_item(order)), payment_id=order.payment_id,
        outcome=outcome, by=ash.identity.ring_id, index=1,  # type: ignore[arg-type]
        inbound=oak.identity.ring_id, amount_seconds=60, decided_at=1, code=None if outcome == "paid" else "busy",
    )  # fmt: skip
    answer = (await answers(Forger(ash, oak), decision))[0]
    assert isinstance(answer, Reject)
    assert answer.code == "unknown_order"
    assert (await view_of(oak, ash)).clearing_seconds == 0
    assert ((await row_of(oak, elm)).held_out_seconds, (await row_of(oak, ash)).held_out_seconds) == (60, 60)
    assert await faults(oak) == []


async def order_to(ring: Ring, other: Ring) -> Order:
    """The open order on its way to another ring."""
    line = line_of(ring, other)
    seq, idx = await ring.store.read(
        lambda tx: tx.execute(
            "SELECT seq, idx FROM order_out WHERE state = 'held' AND peer = ?", (line.peer.id,)
        ).fetchone()
    )
    item = parse_item(bytes(next(each for each in line.outbox if each.seq == seq).frame.items[idx]))
    assert isinstance(item, Order)
    return item


async def test_an_order_shown_first_by_another_ring_is_refused_to_it_and_paid_to_its_own(
    three: tuple[Ring, Ring, Ring],
) -> None:
    oak, elm, ash = three
    held = await pay(elm, "ben", "alma@oak.example", 60)
    order = await order_to(elm, oak)
    answer = (await answers(Forger(ash, oak), order))[0]
    assert isinstance(answer, Decision)
    assert (answer.outcome, answer.code) == ("refused", "malformed")
    squat = msgspec.structs.replace(order, amount_seconds=1)
    assert (await answers(Forger(ash, oak), squat))[0].code == "malformed"  # type: ignore[union-attr]
    await oak.federation.start()
    await elm.federation.start()
    assert (await end_of(elm, held.payment_id)).state == "paid"
    assert await balance(oak, "alma") == 60
    again = (await answers(Forger(ash, oak), order))[0]
    assert isinstance(again, Decision)
    assert again.outcome == "refused"
    assert await faults(oak, elm) == []


def half(forger: Forger, **changes: Any) -> DocumentItem:
    """A proposal of the liar: the agreement in force with changes of its own choice."""
    line = line_of(forger.liar, forger.victim)
    digest = b64(envelope.document_hash("peer-agreement", envelope.parse_envelope(line.peer.agreement).body()))
    proposed = msgspec.structs.replace(agreement_in(line.peer.agreement), prev=digest, **changes)
    signed = envelope.seal("peer-agreement", canonical.encode(proposed), forger.liar.identity.operator_signers)
    return DocumentItem(type_="peer-agreement", envelope=msgspec.Raw(signed))


def raised(forger: Forger, debtor: Ring, seconds: int) -> dict[str, Any]:
    """The change of an agreement that raises the limit of one debtor."""
    agreement: PeerAgreement = agreement_in(line_of(forger.liar, forger.victim).peer.agreement)
    name = "a_owes" if agreement.a == debtor.identity.ring_id else "b_owes"
    return {name: msgspec.structs.replace(getattr(agreement, name), limit_seconds=seconds, version=2)}


async def test_a_proposal_may_change_nothing_but_what_we_may_owe(forger: Forger) -> None:
    ours, theirs = raised(forger, forger.victim, 20 * HOUR), raised(forger, forger.liar, 10**9)
    for changes in ({**ours, **theirs}, theirs, {**ours, "deadline_seconds": 1}, {**ours, "bytes_per_day": 2**40}):
        answer = (await answers(forger, half(forger, **changes)))[0]
        assert isinstance(answer, Reject)
        assert answer.code == "terms"
    assert (await view_of(forger.victim, forger.liar)).proposed_out is None
    await answers(forger, half(forger, **ours))
    assert (await view_of(forger.victim, forger.liar)).proposed_out == 20 * HOUR


async def test_a_payer_of_another_town_than_the_sender_is_refused(forger: Forger) -> None:
    assert (await paid_by(forger, "ben@elm.example"))[0] == "paid"
    for name in ("alma@oak.example", "eve@third.example", "ben", "ben@elm.example.org"):
        assert await paid_by(forger, name) == ("refused", "malformed")


async def paid_by(forger: Forger, payer: str) -> tuple[str, str | None]:
    """Pay alma a minute in the name of somebody. -> outcome and code."""
    line, now = line_of(forger.liar, forger.victim), forger.victim.clock.now()
    payment_id = b64(forger.liar.ids.uuid7())
    box = OrderBox(payee="alma", payer=payer, memo="", payer_salt="A" * 22, memo_salt="A" * 22)
    info = box_info(line.names.net, line.names.me, line.names.peer, payment_id)
    sealed = line.seal(canonical.encode(box), info)
    order = Order(
        payment_id=payment_id, attempt=1, purpose="transfer", path=[line.names.me, line.names.peer], amount_seconds=60,
        created_at=now, deadline_at=now + 600, payer_commit=commit("payer", bytes(16), payer),
        memo_commit=commit("memo", bytes(16), ""), sealed_hash=canonical.sha256_b64(sealed),
    )  # fmt: skip
    frame = await forger.frame([order])
    beside = Beside(seq=frame.header.seq, index=0, sealed=b64(sealed))
    assert (await forger.post(frame, boxes=[beside])).status == 200
    answer = parse_item(bytes(line_of(forger.victim, forger.liar).outbox[-1].frame.items[0]))
    assert isinstance(answer, Decision)
    await follow(forger, frame)
    return answer.outcome, answer.code


async def follow(forger: Forger, frame: frames.Frame) -> None:
    """Write the forged frame and its answer into the liar's own row, so that the next one can be forged."""
    there = await row_of(forger.victim, forger.liar)
    await forger.liar.store.write(
        lambda tx: tx.execute(
            "UPDATE line SET own_seq = ?, own_hash = ?, peer_seq = ?, peer_hash = ?",
            (there.peer_seq, frame.hash, there.own_seq, there.own_hash),
        )
    )


async def test_after_a_fork_nothing_of_the_peer_is_decided_not_even_in_the_same_commit(forger: Forger) -> None:
    first = await forger.frame([Cancel(order_hash=HASH)])
    assert (await forger.post(first)).status == 200
    before = await row_of(forger.victim, forger.liar)
    fork = await forger.frame([Cancel(order_hash="B" + "A" * 42)])
    following = await forger.frame(
        [probe(forger)], seq=before.peer_seq + 1, prev=first.hash, ack_seq=before.own_seq, ack_hash=before.own_hash
    )
    replies = await asyncio.gather(forger.post(fork), forger.post(following))
    assert [code_of(reply) for reply in replies] == [(422, "fork"), (409, "quarantined")]
    after = await row_of(forger.victim, forger.liar)
    assert (after.peer_seq, after.own_seq) == (before.peer_seq, before.own_seq)


async def test_who_says_that_we_lost_something_is_not_decided_for_before_a_hello_says_so(forger: Forger) -> None:
    line, before = line_of(forger.liar, forger.victim), await row_of(forger.victim, forger.liar)
    lost = Have(epoch=line.names.epoch, seq=10_000, hash=HASH)
    assert code_of(await forger.post(await forger.frame([probe(forger)]), have=lost)) == (401, "hello_needed")
    assert (await row_of(forger.victim, forger.liar)).peer_seq == before.peer_seq
    assert not line_of(forger.victim, forger.liar).in_step


def probe(forger: Forger) -> Order:
    """An order that asks for a decision and moves nothing."""
    line, now = line_of(forger.liar, forger.victim), forger.victim.clock.now()
    return Order(
        payment_id=b64(forger.liar.ids.uuid7()), attempt=1, purpose="probe", path=[line.names.me, line.names.peer],
        amount_seconds=0, created_at=now, deadline_at=now + 600,
    )  # fmt: skip


async def test_a_false_decision_does_not_make_our_own_books_look_false(forger: Forger) -> None:
    decision = Decision(
        order_hash=HASH, payment_id="A" * 22, outcome="paid", by=forger.liar.identity.ring_id, index=1,
        inbound=forger.victim.identity.ring_id, amount_seconds=60, decided_at=1,
    )  # fmt: skip
    assert (await forger.post(await forger.frame([decision]))).status == 200
    assert await faults(forger.victim) == []
