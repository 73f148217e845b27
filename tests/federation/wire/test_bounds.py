# SPDX-License-Identifier: AGPL-3.0-or-later
"""How much one peer may make us keep, compute and repeat."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.federation.line import records
from ringtausch_node.federation.line.model import Reply
from ringtausch_node.federation.orders import quotes
from ringtausch_node.members.model import OPERATOR
from ringtausch_node.store import Tx
from ringtausch_protocol import canonical, limits
from ringtausch_protocol.errors import LocalError, RemoteError
from ringtausch_protocol.items import Decision, Order
from tests.federation.forger import Forger, code_of
from tests.federation.towns import Towns, end_of, line_of, pay, row_of, talk, until


async def _quiet(oak: Ring, elm: Ring) -> bool:
    here, there = await row_of(oak, elm), await row_of(elm, oak)
    return (here.own_seq, here.peer_seq) == (there.peer_seq, there.own_seq)


@pytest.fixture
async def rings(pair: tuple[Ring, Ring]) -> tuple[Ring, Ring]:
    """Oak and elm, talking."""
    await talk(*pair)
    await until(lambda: _quiet(*pair))
    return pair


def count(table: str, where: str = "1") -> Any:
    """A reading that counts rows."""
    return lambda tx: tx.execute(f"SELECT count(*) FROM {table} WHERE {where}").fetchone()[0]


async def test_a_peer_can_have_only_so_many_unpaid_invoices(
    rings: tuple[Ring, Ring], towns: Towns, monkeypatch: pytest.MonkeyPatch
) -> None:
    oak, elm = rings
    monkeypatch.setattr(quotes, "INVOICES_MAX", 3)
    found = [await oak.payments.quote("ben@elm.example", 60, OPERATOR) for _ in range(5)]
    assert [view.code for view in found] == [None, None, None, "busy", "busy"]
    assert await elm.store.read(count("invoice")) == 3
    towns.clock.ahead_seconds += quotes.INVOICE_SECONDS + 1
    assert (await oak.payments.quote("ben@elm.example", 60, OPERATOR)).code is None
    assert await elm.store.read(count("invoice")) == 1


async def test_a_paid_invoice_is_kept_and_does_not_count(
    rings: tuple[Ring, Ring], towns: Towns, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ringtausch_node.payments.model import PayRequest

    oak, elm = rings
    monkeypatch.setattr(quotes, "INVOICES_MAX", 1)
    quote = await oak.payments.quote("ben@elm.example", 60, OPERATOR)
    request = PayRequest(quote.payment_id, "alma", "ben@elm.example", 60, "", quote.invoice)
    assert (await end_of(oak, (await oak.payments.pay(request, OPERATOR)).payment_id)).state == "paid"
    towns.clock.ahead_seconds += quotes.INVOICE_SECONDS + 1
    assert (await oak.payments.quote("ben@elm.example", 60, OPERATOR)).code is None
    assert await elm.store.read(count("invoice")) == 2


async def test_questions_of_members_leave_room_for_the_line_itself(
    rings: tuple[Ring, Ring], monkeypatch: pytest.MonkeyPatch
) -> None:
    oak, _ = rings
    wire: Any = oak.federation._transport
    open_now = most = 0

    async def slow(url: str, path: str, body: bytes, **named: Any) -> Reply:
        nonlocal open_now, most
        open_now, most = open_now + 1, max(most, open_now + 1)
        await asyncio.sleep(0.01)
        open_now -= 1
        raise RemoteError("unreachable")

    monkeypatch.setattr(wire, "post", slow)
    views = await asyncio.gather(*(oak.payments.quote("ben@elm.example", 60, OPERATOR) for _ in range(10)))
    assert {view.code for view in views} == {"unreachable"}
    assert most <= quotes.QUESTIONS_OPEN_MAX


async def test_worthless_evidence_does_not_push_out_the_proof_of_a_fork(oak: Ring) -> None:
    def fill(tx: Tx) -> None:
        for number in range(records.EVIDENCE_KEPT + 10):
            records.keep_evidence(tx, None, "rejected", number.to_bytes(4), 0)
        records.keep_evidence(tx, None, "fork", b"proof", 0)

    await oak.store.write(fill)
    assert await oak.store.read(count("evidence", "code = 'rejected'")) == records.EVIDENCE_KEPT
    assert await oak.store.read(count("evidence", "code = 'fork'")) == 1


async def test_one_payment_has_sixteen_attempts(rings: tuple[Ring, Ring]) -> None:
    oak, elm = rings
    await oak.federation.stop()
    await elm.federation.stop()
    forger, line, now = Forger(elm, oak), line_of(elm, oak), oak.clock.now()

    def order(number: int) -> Order:
        return Order(
            payment_id="A" * 22, attempt=1, purpose="transfer", path=[line.names.me, line.names.peer],
            amount_seconds=60, created_at=now + number, deadline_at=now + 600,
        )  # fmt: skip

    await forger.post(await forger.frame([order(number) for number in range(limits.ATTEMPT_MAX + 2)]))
    codes = await oak.store.read(
        lambda tx: [row[0] for row in tx.execute("SELECT code FROM order_in WHERE purpose = 'transfer' ORDER BY idx")]
    )
    assert codes == ["malformed"] * limits.ATTEMPT_MAX + ["id_reused"] * 2


async def test_a_limit_beyond_all_numbers_is_not_invited(oak: Ring) -> None:
    for limit_in, limit_out in ((2**53, 0), (0, 2**53), (-1, 0)):
        with pytest.raises(LocalError, match="limits"):
            await oak.federation.invite(limit_in, limit_out)


async def test_the_secret_of_an_invitation_is_kept_by_its_hash_only(oak: Ring) -> None:
    import json

    secret = json.loads(await oak.federation.invite())["secret"].encode()
    kept = await oak.store.read(lambda tx: tx.execute("SELECT terms FROM invitation").fetchone()[0])
    assert secret not in kept


async def test_our_own_failure_is_no_fault_of_the_peer(rings: tuple[Ring, Ring]) -> None:
    oak, elm = rings
    await oak.federation.stop()
    await elm.federation.stop()
    oak.store.failed.set()
    reply = await Forger(elm, oak).raw(_poll(oak, elm))
    assert code_of(reply) == (503, "storage_failed")


def _poll(oak: Ring, elm: Ring) -> bytes:
    from ringtausch_protocol.posts import Have, Post

    line = line_of(elm, oak)
    have = Have(epoch=line.names.epoch, seq=0, hash=line.peer.agreement_hash)
    return canonical.encode(Post(token=line.token_to_show or "", have=have, frames=[], boxes=[], notes=[]))


@pytest.mark.parametrize("code", ["internal", "a" * 41, "Not A Code", "nobody_knows_this"])
async def test_words_that_a_peer_makes_up_become_a_code_of_ours(
    rings: tuple[Ring, Ring], code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    oak, _ = rings
    wire: Any = oak.federation._transport

    async def answers(url: str, path: str, body: bytes, **named: Any) -> Reply:
        return Reply(400, b'{"code":"%s"}' % code.encode(), {})

    invitation = await rings[1].federation.invite()
    monkeypatch.setattr(wire, "post", answers)
    assert (await oak.payments.quote("ben@elm.example", 60, OPERATOR)).code == "bad_answer"
    with pytest.raises(RemoteError, match="bad_answer"):
        await oak.federation.accept(invitation)


async def test_a_refusal_in_words_that_we_do_not_know_is_shown_as_one_that_we_know(rings: tuple[Ring, Ring]) -> None:
    oak, elm = rings
    await oak.federation.stop()
    await elm.federation.stop()
    held = await pay(oak, "alma", "ben@elm.example", 60)
    order_hash = await oak.store.read(
        lambda tx: tx.execute("SELECT order_hash FROM order_out WHERE state = 'held'").fetchone()[0]
    )
    decision = Decision(
        order_hash=order_hash, payment_id=held.payment_id, outcome="refused", by=elm.identity.ring_id, index=1,
        inbound=oak.identity.ring_id, amount_seconds=60, decided_at=1, code="of_another_version",
    )  # fmt: skip
    forger = Forger(elm, oak)
    assert (await forger.post(await forger.frame([decision]))).status == 200
    view = await oak.payments.get(held.payment_id, OPERATOR)
    assert (view.state, view.code) == ("refused", "payee_refuses")
