# SPDX-License-Identifier: AGPL-3.0-or-later
"""A ring dies with payments under way: its neighbours write off, or honour what was shown (SPEC.md 5.5, 7.6)."""

from __future__ import annotations

from functools import partial

import msgspec
import pytest
from msgspec import structs

from ringtausch_node.bootstrap import Ring
from ringtausch_node.federation.line import records
from ringtausch_node.federation.reset.records import load_kept
from ringtausch_node.federation.reset.shown import SHOWN
from ringtausch_node.members.model import OPERATOR
from ringtausch_node.payments.model import PaymentView
from ringtausch_node.store import Tx
from ringtausch_protocol import canonical, limits
from ringtausch_protocol.audit.auditing.result import Result
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.envelope import parse_envelope, seal
from ringtausch_protocol.errors import LocalError, RemoteError
from ringtausch_protocol.items import SignedItem
from tests.audit.exports import audited, codes, export
from tests.federation.towns import Towns, balance, end_of, faults, until, view_of
from tests.federation.transit.chain import Chain, row_of_rings


async def _is_held_at(ring: Ring) -> bool:
    return "held" in [each.state for each in await ring.federation.carrying.list()]


async def _is_quiet(ring: Ring) -> bool:
    return await ring.store.read(lambda tx: tx.one("SELECT sum(held_in_count + held_out_count) FROM line")) == (0,)


async def under_way(towns: Towns, count: int) -> tuple[Chain, PaymentView]:
    """Ten minutes were paid; another minute is passed on by everybody and not decided, for the last ring is silent."""
    chain = await row_of_rings(towns, count)
    await chain.paid(600)
    for ring in chain.rings:
        await until(partial(_is_quiet, ring))
    await towns.network.fall_silent(chain.last.config.name)
    view = await chain.pay(60)
    for ring in chain.rings[1:-1]:
        await until(partial(_is_held_at, ring))
    return chain, view


async def dies(chain: Chain, name: str) -> None:
    await chain.towns.close(name)
    chain.towns.network.heal()


async def said_written_off(ring: Ring) -> int:
    """How many write-offs stand in its log as documents of its own."""
    sql = "SELECT count(*) FROM leaf WHERE instr(entry, CAST('ringtausch.write-off' AS BLOB))"
    return int((await ring.store.read(lambda tx: tx.one(sql)))[0])


async def _has_paid(chain: Chain) -> bool:
    return await balance(chain.last, "ben") == 660


async def audit_of(chain: Chain, *names: str) -> Result:
    rings = [chain.towns.network.rings[name] for name in names]
    return audited(*[log for ring in rings for log in await export(ring, chain.towns.root / ring.config.name)])


async def test_a_dead_ring_is_written_off_and_both_neighbours_stand_at_zero(towns: Towns) -> None:
    chain, view = await under_way(towns, 4)
    await dies(chain, "ash")
    oak, elm, _, fir = chain.rings
    (given_up,) = await elm.federation.giving_up.give_up("ash.example")
    assert (given_up.written_off, given_up.honoured, given_up.clearing_seconds) == (1, 0, 600)
    assert await elm.federation.carrying.peers() == ["oak.example"]
    ended = await end_of(oak, view.payment_id)
    assert (ended.state, ended.code, await balance(oak, "alma")) == ("refused", "next_hop_down", -600)
    assert await oak.store.read(_evidence) == ["written_off"]
    await elm.federation.giving_up.write_off(given_up.address, None)
    (left,) = await fir.federation.giving_up.give_up("ash.example")
    assert (left.clearing_seconds, left.written_off) == (-600, 0)
    await fir.federation.giving_up.write_off(left.address, None)
    assert [(await _cleared(elm)), (await _cleared(fir))] == [0, 0]
    assert await faults(oak, elm, fir) == []
    result = await audit_of(chain, "oak", "elm", "fir")
    assert result.level == 1
    losses = [each for each in result.findings if each.code == "loss"]
    assert [(each.place.ring, each.evidence) for each in losses] == [
        (fir.identity.ring_id, (("amount_seconds", 600),))
    ]  # fmt: skip
    kept = [(each.place.ring, each.evidence) for each in result.findings if each.code == "kept"]
    assert kept == [(elm.identity.ring_id, (("amount_seconds", 600),))]  # what fir lost
    assert set(codes(result)) <= {"loss", "kept", "ring_not_seen"}
    (written_off,) = [each for each in result.findings if each.code == "written_off"]  # in two logs, in three places
    told = dict(written_off.evidence)
    assert (written_off.place.ring, told["amount_seconds"]) == (elm.identity.ring_id, 60)


def _evidence(tx: Tx) -> list[str]:
    return [row[0] for row in tx.execute("SELECT code FROM evidence")]


async def _cleared(ring: Ring) -> int:
    return sum(view.clearing_seconds for view in await ring.federation.peers() if view.state == "given_up")


async def decided_and_lost(towns: Towns, count: int, dead: str) -> tuple[Chain, PaymentView, bytes]:
    """The last ring pays, and the ring before it dies before it tells anybody. -> also the decision, as Ben has it."""
    chain, view = await under_way(towns, count)
    before = chain.rings[-3].config.name
    chain.towns.network.heal()
    await chain.towns.network.fall_silent(before)
    await until(partial(_has_paid, chain))
    await dies(chain, dead)
    receipt = await chain.last.receipts.receipt(view.payment_id, OPERATOR)
    assert receipt.decision is not None
    return chain, view, receipt.decision.encode()


async def test_a_receipt_stands_for_the_ring_between_that_is_gone(towns: Towns) -> None:
    chain, view, decision = await decided_and_lost(towns, 3, "elm")
    oak, _, ash = chain.rings
    shown = await oak.federation.giving_up.shown.take(decision)
    assert (shown.address, shown.state, shown.counts) == ("elm.example", "held", True)
    assert (await oak.payments.get(view.payment_id, OPERATOR)).state == "held"  # it ends nothing by itself
    (given_up,) = await oak.federation.giving_up.give_up("elm.example")
    assert (given_up.honoured, given_up.freed, given_up.clearing_seconds) == (1, 0, 660)
    assert (await end_of(oak, view.payment_id)).state == "paid"
    assert await chain.balances() == (-660, 660)
    await oak.federation.giving_up.write_off(given_up.address, None)
    (left,) = await ash.federation.giving_up.give_up("elm.example")
    await ash.federation.giving_up.write_off(left.address, None)
    assert [(await _cleared(oak)), (await _cleared(ash))] == [0, 0]
    assert await faults(oak, ash) == []
    assert set(codes(await audit_of(chain, "oak", "ash"))) == {"loss", "kept", "ring_not_seen"}


async def test_a_ring_between_hands_on_what_was_shown_to_it(towns: Towns) -> None:
    chain, view, decision = await decided_and_lost(towns, 4, "ash")
    oak, elm, _, fir = chain.rings
    await elm.federation.giving_up.shown.take(decision)
    (given_up,) = await elm.federation.giving_up.give_up("ash.example")
    assert (given_up.written_off, given_up.honoured, given_up.clearing_seconds) == (0, 1, 660)
    assert (await end_of(oak, view.payment_id)).state == "paid"
    assert await faults(oak, elm, fir) == []
    assert set(codes(await audit_of(chain, "oak", "elm", "fir"))) <= {"ring_not_seen", "order_open"}


async def test_a_receipt_that_comes_too_late_or_says_something_else_moves_nothing(towns: Towns) -> None:
    chain, view, decision = await decided_and_lost(towns, 3, "elm")
    oak, _, ash = chain.rings
    changed = decision.replace(b'"amount_seconds":60', b'"amount_seconds":61')
    with pytest.raises(RemoteError, match="bad_proof"):
        await oak.federation.giving_up.shown.take(changed)
    with pytest.raises(LocalError, match="not_a_decision"):
        await oak.federation.giving_up.shown.take(b"{}")
    with pytest.raises(LocalError, match="not_found"):
        await ash.federation.giving_up.shown.take(decision)
    await oak.federation.giving_up.give_up("elm.example")
    ended = await end_of(oak, view.payment_id)
    assert (ended.state, ended.is_paid_there) == ("refused", False)
    shown = await oak.federation.giving_up.shown.take(decision)
    assert (shown.state, shown.counts) == ("released", False)
    later = await end_of(oak, view.payment_id)
    assert (later.state, later.is_paid_there) == ("refused", True)
    assert await balance(oak, "alma") == -600
    assert "late_decision" in await oak.store.read(_evidence)
    assert await faults(oak) == []


async def test_what_a_dead_ring_had_sent_through_us_must_end_before_it_is_given_up(towns: Towns) -> None:
    chain, _ = await under_way(towns, 3)
    await chain.towns.close("oak")
    elm, ash = chain.rings[1:]
    with pytest.raises(LocalError, match="orders_pass"):
        await elm.federation.giving_up.give_up("oak.example")
    chain.towns.network.heal()
    await until(partial(_has_paid, chain))
    await until(partial(_is_ended, elm))
    (given_up,) = await elm.federation.giving_up.give_up("oak.example")
    assert given_up.clearing_seconds == -660
    assert await faults(elm, ash) == []


async def _is_ended(ring: Ring) -> bool:
    return {each.state for each in await ring.federation.carrying.list()} == {"posted"}


async def _paid_behind_and_never_told(towns: Towns) -> tuple[Chain, PaymentView]:
    """Oak went away, and ash paid what it had sent. Elm is in step with nobody: what it has for oak is in no frame."""
    chain, view = await under_way(towns, 3)
    for name in ("oak", "elm"):
        await towns.close(name)
    chain.rings[1] = elm = await towns.open("elm")
    await elm.federation.start()
    towns.network.heal()
    await until(partial(_has_paid, chain))
    await until(partial(_is_ended, elm))
    return chain, view


async def test_what_was_paid_for_a_ring_that_died_before_it_could_hear_so_is_owed_by_it(towns: Towns) -> None:
    chain, _ = await _paid_behind_and_never_told(towns)
    elm, ash = chain.rings[1:]
    (given_up,) = await elm.federation.giving_up.give_up("oak.example")
    assert given_up.clearing_seconds == -660
    await elm.federation.giving_up.write_off(given_up.address, None)
    assert await faults(elm, ash) == []
    result = await audit_of(chain, "elm", "ash")
    losses = [each.evidence for each in result.findings if each.code == "loss"]
    assert losses == [(("amount_seconds", 660),)]
    assert set(codes(result)) == {"loss", "ring_not_seen"}


async def test_a_line_that_begins_anew_counts_what_was_paid_for_the_other_and_never_told(towns: Towns) -> None:
    chain, view = await _paid_behind_and_never_told(towns)
    elm, ash = chain.rings[1:]
    await elm.federation.resets.propose("oak.example")
    oak = await towns.open("oak")
    await oak.federation.start()
    await until(partial(_is_asked, oak))
    await oak.federation.resets.sign("elm.example")
    await until(partial(_has_begun_anew, elm))
    assert (await end_of(oak, view.payment_id)).state == "refused"  # alma is free; the office sees the minute
    assert [each.rest_seconds for each in await oak.recovered.waiting()] == [-60]
    assert [(await view_of(one, two)).clearing_seconds for one, two in ((oak, elm), (elm, oak))] == [660, -660]
    assert await faults(oak, elm, ash) == []
    assert codes(await audit_of(chain, "oak", "elm", "ash")) == []


async def _is_asked(oak: Ring) -> bool:
    return (await oak.federation.resets.view("elm.example")).theirs is not None


async def _has_begun_anew(elm: Ring) -> bool:
    return (await elm.federation.resets.view("oak.example")).ours is None


def signed_again(signed: SignedItem, ring: Ring) -> bytes:
    """The same decision in another frame, as whoever was paid could send without end."""
    header = msgspec.json.decode(parse_envelope(bytes(signed.header)).body())
    payload = canonical.encode(header | {"seq": header["seq"] + 1})
    signer = (ring.identity.frame_key_id, ring.identity.frame_signer)
    return canonical.encode(structs.replace(signed, header=msgspec.Raw(seal("frame", payload, [signer]))))


async def test_a_receipt_counts_however_many_were_shown_before(towns: Towns) -> None:
    chain, view, decision = await decided_and_lost(towns, 3, "elm")
    oak, line = chain.first, chain.first.federation.lines.agreed("elm.example")
    signed = canonical.parse(decision, SignedItem, limits.ITEM_BYTES)

    def fill(tx: Tx) -> None:
        for number in range(records.EVIDENCE_KEPT):
            item = msgspec.json.decode(signed.item) | {"order_hash": b64(number.to_bytes(32))}
            other = structs.replace(signed, item=msgspec.Raw(canonical.encode(item)))
            records.keep_evidence(tx, line.peer.id, SHOWN, canonical.encode(other), number)

    await oak.store.write(fill)
    for said in (decision, signed_again(signed, chain.last)):
        assert (await oak.federation.giving_up.shown.take(said)).counts
    count = await oak.store.read(lambda tx: len(load_kept(tx, line.peer.id, SHOWN)))
    assert count == records.EVIDENCE_KEPT + 1
    (given_up,) = await oak.federation.giving_up.give_up("elm.example")
    assert (given_up.honoured, given_up.freed) == (1, 0)
    assert (await oak.payments.get(view.payment_id, OPERATOR)).state == "paid"
