# SPDX-License-Identifier: AGPL-3.0-or-later
"""Two rings that do not say the same of their line, and statements that are not what they seem."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.federation.line.model import OUT, STATEMENT_DIFFERS
from ringtausch_node.federation.line.records import load_hash
from ringtausch_node.federation.statements import records, service
from ringtausch_node.federation.statements.reading import KIND
from ringtausch_node.store import Tx
from ringtausch_protocol import canonical, envelope
from ringtausch_protocol.documents import Head, Statement
from ringtausch_protocol.errors import LocalError
from ringtausch_protocol.items import Cancel, DocumentItem, Item, Reject, parse_item
from ringtausch_protocol.keys import SigningKey
from tests.federation.contents import contents_of
from tests.federation.forger import Forger
from tests.federation.frames.test_flip_and_swap import flipped
from tests.federation.reset.test_reset import begin_anew
from tests.federation.stating import a_day_later, are_signed, by_id, newest, quiet
from tests.federation.towns import Towns, end_of, line_of, pay, row_of, until, view_of

MEMBERS = {"oak": "alma", "elm": "ben"}


def by_a_second(ring: Ring) -> None:
    """From now on the ring's statements say a second too much."""
    statements = ring.federation._statements
    true = statements._seal

    def lie(document: Statement) -> bytes:
        return true(msgspec.structs.replace(document, balance_seconds=document.balance_seconds + 1))

    statements._seal = lie  # type: ignore[method-assign]


async def both_closed(one: Ring, other: Ring) -> None:
    async def is_so() -> bool:
        return [(await row_of(one, other)).closed, (await row_of(other, one)).closed] == [STATEMENT_DIFFERS] * 2

    await until(is_so)


async def differ(towns: Towns, small: Ring, large: Ring) -> None:
    """The smaller one says a second too much."""
    await quiet(small, large)
    by_a_second(small)
    await a_day_later(towns, small, large)
    await both_closed(small, large)
    del small.federation._statements._seal


async def pays(payer: Ring, payee: Ring, seconds: int = 60) -> str:
    """-> how a payment ends."""
    target = f"{MEMBERS[payee.config.name]}@{payee.config.address}"
    view = await pay(payer, MEMBERS[payer.config.name], target, seconds)
    return str((await end_of(payer, view.payment_id)).state)


async def test_a_difference_of_one_second_pauses_the_line_and_both_operators_see_what_each_says(
    open_pair: tuple[Ring, Ring], towns: Towns
) -> None:
    small, large = by_id(*open_pair)
    await pays(small, large)
    await differ(towns, small, large)
    here, there = await newest(small, large), await newest(large, small)
    assert here.they_say is not None
    assert there.they_say is not None
    assert (here.state, here.said.we_owe_seconds, here.they_say.we_owe_seconds) == ("differs", 61, 60)
    assert (there.state, there.said.we_owe_seconds, there.they_say.we_owe_seconds) == ("differs", -60, -61)
    for ring, other in ((small, large), (large, small)):
        view = await view_of(ring, other)
        assert (view.state, view.reason) == ("paused", STATEMENT_DIFFERS)
        kept = await ring.store.read(
            lambda tx: tx.one("SELECT count(*) FROM evidence WHERE code = 'statement_differs'")
        )
        assert kept == (1,)
        with pytest.raises(LocalError, match="paused"):
            await pays(ring, other)


async def test_a_ring_that_pays_over_a_paused_line_all_the_same_is_refused(
    open_pair: tuple[Ring, Ring], towns: Towns
) -> None:
    small, large = by_id(*open_pair)
    await differ(towns, small, large)
    await small.store.write(lambda tx: tx.change("UPDATE line SET closed = NULL"))
    target = f"{MEMBERS[large.config.name]}@{large.config.address}"
    ended = await end_of(small, (await pay(small, MEMBERS[small.config.name], target, 60)).payment_id)
    assert (ended.state, ended.code) == ("refused", "paused")


async def test_a_difference_never_resolves_itself(open_pair: tuple[Ring, Ring], towns: Towns) -> None:
    small, large = by_id(*open_pair)
    await differ(towns, small, large)
    for name in ("oak", "elm"):
        await towns.close(name)
        await towns.open(name)
    small, large = by_id(*towns.network.rings.values())
    for ring in (small, large):
        await ring.federation.start()
    await until(lambda: _in_step(small, large))
    await small.federation.set_line(large.config.address, "open")  # something new stands in the chains
    await quiet(small, large)
    await a_day_later(towns, small, large)
    await both_closed(small, large)
    assert [each.state for each in await small.federation.statements(large.config.address)] == ["differs"]


async def _in_step(one: Ring, other: Ring) -> bool:
    return line_of(one, other).in_step and line_of(other, one).in_step


async def test_a_new_beginning_ends_the_difference(open_pair: tuple[Ring, Ring], towns: Towns) -> None:
    small, large = by_id(*open_pair)
    await pays(small, large)
    await differ(towns, small, large)
    await begin_anew(*open_pair)
    assert await pays(small, large) == "paid"
    await a_day_later(towns, small, large)
    here, _ = await are_signed(small, large)
    assert here.said.we_owe_seconds == 120


async def test_the_one_that_answers_may_be_the_liar(open_pair: tuple[Ring, Ring], towns: Towns) -> None:
    small, large = by_id(*open_pair)
    await quiet(small, large)
    by_a_second(large)
    statements = large.federation._statements

    def judged(tx: Tx, _log: object, row: Any, asked: Any, *_: object) -> bytes:
        half = statements._seal(asked.document)
        statements._differs(tx, asked.line, row, asked.document, half, asked.signed)
        return half

    statements._judged = judged  # type: ignore[method-assign, assignment]
    await a_day_later(towns, small, large)
    await both_closed(small, large)
    assert (await newest(small, large)).state == "differs"


# -- what is not taken -------------------------------------------------------------------------------------------------


async def silent(small: Ring, large: Ring) -> None:
    await quiet(small, large)
    for ring in (small, large):
        await ring.federation.stop()


async def true_one(small: Ring, large: Ring, **changes: Any) -> Statement:
    """What the smaller one would propose in the next frame of a `Forger`."""
    row, line = await row_of(small, large), line_of(small, large)
    epoch, there = line.names.epoch, line_of(large, small)
    theirs = await large.store.read(lambda tx: records.load_header(tx, there.peer.id, OUT, epoch, row.peer_seq))
    assert theirs is not None
    fields: dict[str, Any] = {
        "v": 1, "net": line.names.net, "a": line.names.me, "b": line.names.peer, "epoch": epoch, "a_seq": row.own_seq,
        "b_seq": row.peer_seq, "balance_seconds": 0, "holds_ab": [], "holds_ba": [],
        "a_head": Head(log=1, size=99, root="A" * 43), "b_head": theirs.head,
    }  # fmt: skip
    return Statement(**{**fields, **changes})


def signed_by(ring: Ring, document: Statement, seed: bytes = b"") -> bytes:
    signer = SigningKey(seed) if seed else ring.identity.frame_signer
    return envelope.seal(KIND, canonical.encode(document), [(ring.identity.frame_key_id, signer)])


def item_of(signed: bytes) -> DocumentItem:
    return DocumentItem(type_=KIND, envelope=msgspec.Raw(signed))


async def said_to(liar: Ring, victim: Ring, items: list[Item]) -> list[Any]:
    """-> what the victim answers in its chain."""
    forger = Forger(liar, victim)
    assert (await forger.post(await forger.frame(items))).status == 200
    outbox = line_of(victim, liar).outbox
    return [parse_item(bytes(item)) for item in outbox[-1].frame.items] if outbox else []


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("wrong_net", lambda _: {"net": "live"}),
        ("wrong_epoch", lambda _: {"epoch": "A" * 22}),
        ("wrong_ring", lambda _: {"a": "a" * 52}),
        ("replay", lambda true: {"a_seq": true.a_seq - 1}),
        ("replay", lambda true: {"a_seq": true.a_seq + 1}),
        ("replay", lambda true: {"b_seq": true.b_seq - 1}),
        ("bad_proof", lambda true: {"a_head": true.b_head}),
        ("bad_proof", lambda true: {"b_head": true.a_head}),
        ("terms", lambda _: {"state": "ended"}),
    ],
)
async def test_a_statement_of_another_place_is_rejected(
    open_pair: tuple[Ring, Ring], code: str, change: Callable[[Statement], dict[str, Any]]
) -> None:
    small, large = by_id(*open_pair)
    await silent(small, large)
    document = await true_one(small, large, **change(await true_one(small, large)))
    (answer,) = await said_to(small, large, [item_of(signed_by(small, document))])
    assert isinstance(answer, Reject)
    assert answer.code == code
    assert await large.federation.statements(small.config.address) == []
    assert (await row_of(large, small)).closed is None


async def test_the_true_one_is_signed_and_the_same_bytes_again_are_a_replay(open_pair: tuple[Ring, Ring]) -> None:
    small, large = by_id(*open_pair)
    await silent(small, large)
    signed = signed_by(small, await true_one(small, large))
    (answer,) = await said_to(small, large, [item_of(signed)])
    assert isinstance(answer, DocumentItem)
    assert (await newest(large, small)).document == bytes(answer.envelope).decode()
    line, row = line_of(large, small), await row_of(large, small)
    theirs = await large.store.read(lambda tx: records.load_header(tx, line.peer.id, 1, line.names.epoch, row.peer_seq))
    assert theirs is not None
    later = msgspec.structs.replace(theirs, seq=theirs.seq + 1)
    said = await large.store.write(lambda tx: large.federation._statements.heard(tx, line, row, later, 0, signed))
    assert said == "replay"


async def test_a_statement_behind_another_item_is_a_replay(open_pair: tuple[Ring, Ring]) -> None:
    small, large = by_id(*open_pair)
    await silent(small, large)
    item = item_of(signed_by(small, await true_one(small, large)))
    (answer,) = await said_to(small, large, [Cancel(order_hash="A" * 43), item])
    assert isinstance(answer, Reject)
    assert (answer.index, answer.code) == (1, "replay")


async def test_when_too_much_is_under_way_the_answer_is_busy(
    open_pair: tuple[Ring, Ring], monkeypatch: pytest.MonkeyPatch
) -> None:
    small, large = by_id(*open_pair)
    oak, elm = open_pair
    for ring, payer, payee in ((oak, "alma", "ben@elm.example"), (elm, "ben", "alma@oak.example")):
        await end_of(ring, (await pay(ring, payer, payee, 60)).payment_id)  # so that there is a frame before the newest
    await silent(small, large)
    monkeypatch.setattr(service, "BEHIND_FRAMES_MAX", 0)
    document = await true_one(small, large)
    forger = Forger(small, large)
    row = await row_of(small, large)
    before = await small.store.read(lambda tx: load_hash(tx, row.peer, 1, document.epoch, row.peer_seq - 1) or "")
    theirs = await large.store.read(
        lambda tx: records.load_header(tx, line_of(large, small).peer.id, OUT, document.epoch, row.peer_seq - 1)
    )
    assert theirs is not None
    older = msgspec.structs.replace(document, b_seq=row.peer_seq - 1, b_head=theirs.head)
    frame = await forger.frame([item_of(signed_by(small, older))], ack_seq=row.peer_seq - 1, ack_hash=before)
    line, header = line_of(large, small), frame.header
    heard, there = large.federation._statements.heard, await row_of(large, small)
    signed = signed_by(small, older)
    assert await large.store.write(lambda tx: heard(tx, line, there, header, 0, signed)) == "busy"


async def test_the_larger_ring_proposes_nothing(open_pair: tuple[Ring, Ring]) -> None:
    small, large = by_id(*open_pair)
    await silent(small, large)
    document = await true_one(small, large)
    (answer,) = await said_to(large, small, [item_of(signed_by(large, document))])
    assert isinstance(answer, Reject)
    assert answer.code == "replay"


async def test_no_flipped_bit_of_a_statement_is_taken(open_pair: tuple[Ring, Ring]) -> None:
    small, large = by_id(*open_pair)
    await silent(small, large)
    signed = signed_by(small, await true_one(small, large))
    line, row = line_of(large, small), await row_of(large, small)
    header = await Forger(small, large).header([b"{}"])
    heard, before = large.federation._statements.heard, await contents_of(large)

    def offer_all(tx: Tx) -> int:
        count = 0
        for path, data in flipped(signed):
            assert heard(tx, line, row, header, 0, data), path
            count += 1
        return count

    assert await large.store.write(offer_all) > 400
    assert before == await contents_of(large)
    assert await large.store.write(lambda tx: heard(tx, line, row, header, 0, signed)) is None


async def test_a_statement_under_a_strangers_key_is_rejected(open_pair: tuple[Ring, Ring]) -> None:
    small, large = by_id(*open_pair)
    await silent(small, large)
    document = await true_one(small, large)
    (answer,) = await said_to(small, large, [item_of(signed_by(small, document, b"x" * 32))])
    assert isinstance(answer, Reject)
    assert answer.code == "bad_signature"
