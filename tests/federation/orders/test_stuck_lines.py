# SPDX-License-Identifier: AGPL-3.0-or-later
"""What could keep a line, a payment or a waiting person for ever, or until somebody happens to look."""

from __future__ import annotations

import asyncio
from collections import Counter
from functools import partial
from typing import Any

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.federation.line.lines import OUTBOX_FRAMES
from ringtausch_node.federation.line.model import Reply
from ringtausch_node.federation.orders.payer import QUEUE_SCANNED
from ringtausch_node.federation.orders.probing import PROBE_AGAIN_SECONDS, ensure_probe
from ringtausch_node.members.model import OPERATOR
from ringtausch_protocol import canonical, limits
from ringtausch_protocol.errors import LocalError
from ringtausch_protocol.posts import Have, PostAnswer
from tests.federation.towns import Towns, end_of, faults, line_of, pay, peer, row_of, talk, until, view_of


async def _quiet(oak: Ring, elm: Ring) -> bool:
    here, there = await row_of(oak, elm), await row_of(elm, oak)
    return (here.own_seq, here.peer_seq) == (there.peer_seq, there.own_seq)


async def test_what_waits_in_memory_has_no_gap_so_that_the_rest_is_read_from_the_table(pair: tuple[Ring, Ring]) -> None:
    oak, elm = pair
    await talk(oak, elm)
    await until(partial(_quiet, oak, elm))
    await oak.federation.stop()
    await oak.federation.set_line("elm.example", "paused")
    line = line_of(oak, elm)
    sealed = line.outbox[-1]
    line.put([sealed._replace(seq=sealed.seq + 2), sealed._replace(seq=sealed.seq + 3)])
    assert [each.seq for each in line.outbox] == [sealed.seq]
    assert line.own_seq == sealed.seq + 3


async def test_many_frames_that_were_sealed_while_the_peer_was_away_arrive_in_their_order(
    pair: tuple[Ring, Ring], towns: Towns
) -> None:
    oak, elm = pair
    await talk(oak, elm)
    await until(partial(_quiet, oak, elm))
    towns.network.cut.add("elm")
    for number in range(OUTBOX_FRAMES + 21):
        await oak.federation.set_line("elm.example", ("open", "paused")[number % 2])
    towns.network.heal()
    for number in range(20):
        await oak.federation.set_line("elm.example", ("open", "paused")[number % 2])
        await asyncio.sleep(0.05)
    await until(partial(_quiet, oak, elm))
    assert await faults(oak, elm) == []


async def test_a_long_queue_does_not_keep_the_line_from_opening(pair: tuple[Ring, Ring]) -> None:
    oak, elm = pair
    await asyncio.gather(*(pay(oak, "alma", "ben@elm.example", 1) for _ in range(QUEUE_SCANNED + 1)))
    await talk(oak, elm)
    assert (await view_of(oak, elm)).state == "open"


async def test_before_our_probe_is_paid_no_member_pays_over_the_line(pair: tuple[Ring, Ring]) -> None:
    oak, elm = pair
    await talk(oak, elm)
    await until(partial(_quiet, oak, elm))
    await oak.federation.stop()
    await oak.store.write(lambda tx: tx.execute("UPDATE line SET is_open = 0"))
    assert (await pay(oak, "alma", "ben@elm.example", 60)).state == "queued"


async def test_a_line_that_is_woken_again_and_again_sends_another_probe(pair: tuple[Ring, Ring], towns: Towns) -> None:
    """The first one comes too soon after one before, and is refused."""
    oak, elm = pair
    await talk(oak, elm)
    await until(partial(_quiet, oak, elm))
    await oak.federation.stop()
    await oak.store.write(lambda tx: tx.execute("UPDATE line SET is_open = 0, probe_at = NULL"))
    await oak.federation.start()
    await until(partial(_is_refused, oak))
    towns.clock.jump(PROBE_AGAIN_SECONDS)

    async def is_open() -> bool:
        line_of(oak, elm).wake.set()
        return (await view_of(oak, elm)).state == "open"

    await until(is_open)
    assert {("posted", None): 2, ("released", "busy"): 1} == await _probes(oak)


async def test_a_line_looks_again_when_its_next_probe_is_due(pair: tuple[Ring, Ring]) -> None:
    """Half a second too early, it would have waited for as long once more."""
    oak, elm = pair
    await talk(oak, elm)
    await until(partial(_quiet, oak, elm))
    await oak.federation.stop()
    now, line = oak.clock.now(), line_of(oak, elm)
    await oak.store.write(lambda tx: tx.execute("UPDATE line SET is_open = 0, probe_at = ?", (now,)))
    ensure = partial(ensure_probe, line=line, payer=oak.federation._payer)
    waits = [await oak.store.write(partial(ensure, now=now + each)) for each in (0, PROBE_AGAIN_SECONDS - 1)]

    assert [PROBE_AGAIN_SECONDS, 1] == waits
    assert {("posted", None): 1} == await _probes(oak)
    assert PROBE_AGAIN_SECONDS == await oak.store.write(partial(ensure, now=now + PROBE_AGAIN_SECONDS))
    assert {("posted", None): 1, ("held", None): 1} == await _probes(oak)


async def _is_refused(oak: Ring) -> bool:
    return ("released", "busy") in await _probes(oak)


async def _probes(ring: Ring) -> Counter[tuple[str, str | None]]:
    """How its probes ended."""
    sql = "SELECT state, code FROM order_out WHERE purpose = 'probe'"
    return await ring.store.read(lambda tx: Counter((row[0], row[1]) for row in tx.execute(sql)))


async def test_one_member_with_many_payments_does_not_hold_up_the_others(pair: tuple[Ring, Ring]) -> None:
    oak, elm = pair
    await oak.members.add("carl", "Carl")
    await talk(oak, elm)
    await until(partial(_quiet, oak, elm))
    await oak.federation.stop()
    await asyncio.gather(
        *(pay(oak, "alma", "ben@elm.example", 1) for _ in range(QUEUE_SCANNED + limits.MEMBER_OPEN_MAX))
    )
    assert (await pay(oak, "carl", "ben@elm.example", 60)).state == "held"


async def test_a_member_whose_payments_ended_on_one_line_pays_on_the_other(oak: Ring, elm: Ring, towns: Towns) -> None:
    ash = await towns.found("ash")
    await ash.members.add("cleo", "Cleo")
    await peer(oak, elm)
    await peer(oak, ash)
    await talk(oak, elm, ash)
    await until(partial(_quiet, oak, elm))
    await until(partial(_quiet, oak, ash))
    await oak.federation.stop()
    held = [await pay(oak, "alma", "ben@elm.example", 1) for _ in range(limits.MEMBER_OPEN_MAX)]
    waits = await pay(oak, "alma", "cleo@ash.example", 1)
    assert ({view.state for view in held}, waits.state) == ({"held"}, "queued")
    await oak.federation.start()
    assert (await end_of(oak, waits.payment_id)).state == "paid"


async def test_who_waits_for_a_payment_hears_that_it_was_cancelled(pair: tuple[Ring, Ring]) -> None:
    oak, _ = pair
    queued = await pay(oak, "alma", "ben@elm.example", 60)
    waiting = asyncio.create_task(oak.payments.wait(queued.payment_id, 60, OPERATOR))
    await asyncio.sleep(0.05)
    await oak.payments.cancel(queued.payment_id, OPERATOR)
    async with asyncio.timeout(5):
        assert (await waiting).state == "cancelled"


async def test_a_sender_survives_what_nobody_foresaw(pair: tuple[Ring, Ring], monkeypatch: pytest.MonkeyPatch) -> None:
    oak, elm = pair
    await talk(oak, elm)
    wire: Any = oak.federation._transport
    right = wire.post

    async def broken(*_args: Any, **_named: Any) -> Reply:
        monkeypatch.setattr(wire, "post", right)
        raise ZeroDivisionError

    monkeypatch.setattr(wire, "post", broken)
    assert (await end_of(oak, (await pay(oak, "alma", "ben@elm.example", 60)).payment_id)).state == "paid"


@pytest.mark.parametrize("shows", ["nothing taken", "the same frames for ever"])
async def test_a_peer_that_gets_nowhere_is_not_asked_without_a_pause(
    pair: tuple[Ring, Ring], shows: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    oak, elm = pair
    await talk(oak, elm)
    assert (await end_of(oak, (await pay(oak, "alma", "ben@elm.example", 60)).payment_id)).state == "paid"
    await until(partial(_quiet, oak, elm))
    await elm.federation.stop()
    row, line = await row_of(elm, oak), line_of(elm, oak)
    line.hand_again_from(0)
    have = Have(epoch=line.names.epoch, seq=row.peer_seq, hash=row.peer_hash)
    kept = [(await elm.store.read(_first_frame))] if shows.startswith("the") else []
    answer = canonical.encode(PostAnswer(have=have, frames=kept, boxes=[], notes=[]))
    posts = 0

    async def lie(_path: str, _body: bytes) -> Reply:
        nonlocal posts
        posts += 1
        await asyncio.sleep(0)
        return Reply(200, answer, {})

    monkeypatch.setattr(elm.federation.receiver, "handle", lie)
    if kept:
        line_of(oak, elm).owes_have = True
        line_of(oak, elm).wake.set()
    else:
        await oak.federation.set_line("elm.example", "paused")
    await asyncio.sleep(1)
    assert posts <= 10


def _first_frame(tx: Any) -> Any:
    import msgspec

    from ringtausch_protocol.frames import frame_of_entry
    from ringtausch_protocol.posts import WireFrame

    entry = tx.execute(
        "SELECT l.entry FROM frame f JOIN leaf l ON l.idx = f.leaf WHERE f.direction = 0 ORDER BY f.seq LIMIT 1"
    ).fetchone()[0]
    envelope, items = frame_of_entry(entry)
    return WireFrame(header=msgspec.Raw(envelope), items=[msgspec.Raw(item) for item in items])


async def test_an_agreement_that_nobody_confirmed_gives_way_to_a_newer_one(oak: Ring, elm: Ring, towns: Towns) -> None:
    first = await oak.federation.invite(3600, 3600)
    await elm.federation.accept(first)  # and the words were read wrong
    accepted = await elm.federation.accept(await oak.federation.invite(7200, 7200))
    assert accepted.words == await oak.federation.words("elm.example")
    await oak.federation.confirm("elm.example", accepted.words)
    await elm.federation.confirm("oak.example", accepted.words)
    await talk(oak, elm)
    assert (await view_of(oak, elm)).limit_in == 7200
    with pytest.raises(Exception, match="known_peer"):
        await elm.federation.accept(await oak.federation.invite(60, 60))
    assert await faults(oak, elm) == []


async def test_invitations_that_cross_do_not_keep_two_rings_apart_for_ever(oak: Ring, elm: Ring) -> None:
    to_elm, to_oak = await oak.federation.invite(3600, 3600), await elm.federation.invite(7200, 7200)
    await asyncio.gather(elm.federation.accept(to_elm), oak.federation.accept(to_oak))
    accepted = await elm.federation.accept(await oak.federation.invite(60, 60))
    assert accepted.words == await oak.federation.words("elm.example")


async def test_a_payment_asked_again_is_answered_whatever_became_of_the_line(pair: tuple[Ring, Ring]) -> None:
    oak, elm = pair
    queued = await pay(oak, "alma", "ben@elm.example", 60, "A" * 22)
    line = line_of(oak, elm)
    line.take_up(line.peer._replace(state="quarantined"))
    assert await pay(oak, "alma", "ben@elm.example", 60, "A" * 22) == queued
    with pytest.raises(LocalError, match="id_reused"):
        await pay(oak, "alma", "ben@elm.example", 61, "A" * 22)
    with pytest.raises(LocalError, match="paused"):
        await pay(oak, "alma", "ben@elm.example", 60, "B" + "A" * 21)
