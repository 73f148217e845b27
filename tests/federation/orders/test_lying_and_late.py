# SPDX-License-Identifier: AGPL-3.0-or-later
"""Half of an order, a peer that hides or invents frames of a restored ring, hellos lost, late or said again."""

from __future__ import annotations

import shutil
from functools import partial
from typing import Any

import msgspec
import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.members.model import OPERATOR
from ringtausch_node.store import Tx
from ringtausch_protocol import frames
from ringtausch_protocol.items import Cancel, Decision, Offer, SignedItem, encode_item
from ringtausch_protocol.posts import Kept, RecoverAnswer
from tests.federation.copies import Copies, pay_both_ways, ready, sound
from tests.federation.forger import Forger, code_of
from tests.federation.frames.test_hostile_frames import probe
from tests.federation.reset.test_reset import begin_anew
from tests.federation.towns import (
    Towns,
    balance,
    end_of,
    line_of,
    pay,
    row_of,
    talk,
    until,
    view_of,
)

HASH = "A" * 43


async def _quiet(oak: Ring, elm: Ring) -> bool:
    here, there = await row_of(oak, elm), await row_of(elm, oak)
    return (here.own_seq, here.peer_seq) == (there.peer_seq, there.own_seq)


async def test_a9_an_order_that_came_back_with_one_edge_closes_the_line_until_a_reset(
    pair: tuple[Ring, Ring], towns: Towns, copies: Copies
) -> None:
    """`Replay._own_item`: an order that we passed on, without its other edge, sets `edge_missing` (SPEC.md 6.8)."""
    oak, elm = pair
    await talk(oak, elm)
    oak = await copies.take("oak")
    await ready(oak)
    await until(partial(_quiet, oak, elm))
    await oak.federation.stop()
    sender = Forger(oak, elm)
    order = probe(sender, path=["a" * 52, oak.identity.ring_id, elm.identity.ring_id], purpose="transfer")
    inner = await sender.frame([msgspec.structs.replace(order, amount_seconds=60)])
    signed = SignedItem(header=msgspec.Raw(inner.envelope), index=0, path=[], item=msgspec.Raw(inner.items[0]))
    assert (await sender.post(await sender.frame([Offer(index=1, order=signed)]))).status == 200
    oak = await copies.put_back("oak", mark=True)
    await oak.federation.start()
    await until(partial(_is_closed, oak, elm))
    view = await pay(oak, "alma", "ben@elm.example", 60)
    assert (await oak.payments.get(view.payment_id, OPERATOR)).state == "queued"
    await begin_anew(oak, elm)
    assert (await end_of(oak, view.payment_id)).state == "paid"
    await sound(oak, elm)


async def _is_closed(oak: Ring, elm: Ring) -> bool:
    return not oak.federation.recovery.is_active and (await view_of(oak, elm)).reason == "edge_missing"


async def test_both_ends_from_copies_of_one_moment_agree_and_lose_the_same(
    pair: tuple[Ring, Ring], towns: Towns, copies: Copies
) -> None:
    """What both rings of a line lost at once is lost on both sides: no book gains what the other does not miss."""
    oak, elm = pair
    await talk(oak, elm)
    await pay_both_ways(oak, elm, 3)
    await sound(oak, elm)
    before = (await balance(oak, "alma"), await balance(elm, "ben"))
    for name in ("oak", "elm"):
        await copies.take(name)
        await ready(*towns.network.rings.values())
    await pay_both_ways(towns.network.rings["oak"], towns.network.rings["elm"], 3)
    await towns.close_all()
    for name in ("oak", "elm"):
        shutil.rmtree(towns.root / name)
        shutil.copytree(towns.root / f"{name}.copy", towns.root / name)
    oak, elm = await copies.put_back("oak", mark=True), await copies.put_back("elm", mark=True)
    await oak.federation.start()
    await elm.federation.start()
    await ready(oak, elm)
    await sound(oak, elm)
    assert before == (await balance(oak, "alma"), await balance(elm, "ben"))


async def test_a_peer_that_hides_our_frames_keeps_us_recovering(
    pair: tuple[Ring, Ring], towns: Towns, copies: Copies, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`Sender._recover`: as long as it names more of ours than it gives back, we pay nobody."""
    oak = await _lost_some(pair, towns, copies)
    monkeypatch.setattr("ringtausch_node.federation.messages.page_for", _hide)
    await oak.federation.start()
    await until(partial(_asked, towns))
    assert oak.federation.recovery.is_active
    assert await oak.store.read(_own_frames) == 0
    monkeypatch.undo()
    line_of(oak, pair[1]).was_met()
    await ready(oak, pair[1])
    await sound(oak, pair[1])


async def test_a_peer_that_invents_our_frames_is_not_believed(
    pair: tuple[Ring, Ring], towns: Towns, copies: Copies, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`read_page`: what comes back as ours is signed by us, or nothing of it is taken."""
    oak, elm = await _lost_some(pair, towns, copies), pair[1]
    items = [encode_item(Cancel(order_hash=HASH))]
    header = await Forger(oak, elm).header(items)  # in our name, at the right place, under its own key
    forged = frames.seal_frame(header, items, elm.identity.frame_key_id, elm.identity.frame_signer)
    monkeypatch.setattr("ringtausch_node.federation.messages.page_for", partial(_invent, forged))
    await oak.federation.start()
    await until(partial(_asked, towns))
    assert oak.federation.recovery.is_active
    assert (await row_of(oak, elm)).own_seq == header.seq - 1
    monkeypatch.undo()
    line_of(oak, elm).was_met()
    await ready(oak, elm)
    await sound(oak, elm)


async def _lost_some(pair: tuple[Ring, Ring], towns: Towns, copies: Copies) -> Ring:
    """Oak from a copy that lacks three payments; it does not talk yet."""
    oak, elm = pair
    await talk(oak, elm)
    await ready(await copies.take("oak"))
    await pay_both_ways(towns.network.rings["oak"], elm, 3)
    await sound(towns.network.rings["oak"], elm)
    towns.network.posts.clear()
    return await copies.put_back("oak", mark=True)


def _hide(_tx: object, _line: object, _ask: object) -> RecoverAnswer:
    return RecoverAnswer(frames=[])


def _invent(forged: frames.Frame, _tx: object, _line: object, _ask: object) -> RecoverAnswer:
    items = [msgspec.Raw(item) for item in forged.items]
    kept = Kept(whose="yours", header=msgspec.Raw(forged.envelope), items=items, boxes=[], notes=[])
    return RecoverAnswer(frames=[kept])


async def _asked(towns: Towns) -> bool:
    return any(post.path.endswith("recover") and post.answer is not None for post in towns.network.posts)


def _own_frames(tx: Tx) -> int:
    """Frames that this boot has signed or taken back: none with a later seq than the copy had."""
    found: int = tx.one("SELECT count(*) FROM recovered_order")[0]
    return found


@pytest.mark.parametrize("lost", [1, 2, 3])
async def test_answers_to_hello_that_get_lost_cost_time_only(
    pair: tuple[Ring, Ring], towns: Towns, copies: Copies, lost: int
) -> None:
    """The same hello again, or a new one: a lost hello-ack leaves both sides where a next hello brings them in step."""
    oak, elm = await _lost_some(pair, towns, copies), pair[1]
    left = [lost]

    def lose(post: Any) -> bool:
        if post.path.endswith("hello") and left[0]:
            left[0] -= 1
            return True
        return False

    towns.network.lose_answer = lose
    await oak.federation.start()
    await until(partial(_is_zero, left))
    line_of(oak, elm).was_met()
    await ready(oak, elm)
    await sound(oak, elm)


async def _is_zero(left: list[int]) -> bool:
    return left == [0]


async def test_a_hello_replayed_later_is_refused(pair: tuple[Ring, Ring], towns: Towns) -> None:
    """`_spend_challenge`: every recorded hello of the past is void."""
    oak, elm = pair
    await talk(oak, elm)
    await towns.close("oak")
    oak = await towns.open("oak")
    await oak.federation.start()
    await ready(oak, elm)
    spoken = [post for post in towns.network.posts if post.path.endswith("hello") and b'"round":"hello"' in post.body]
    assert spoken
    for post in spoken:
        to = elm if post.sender == "oak" else oak
        reply = await to.federation.receiver.handle("hello", post.body)
        assert code_of(reply)[1] in {"bad_challenge", "fenced"}
    assert (await end_of(oak, (await pay(oak, "alma", "ben@elm.example", 60)).payment_id)).state == "paid"
    await sound(oak, elm)


async def test_a7_that_a_payment_was_paid_before_is_no_receipt(pair: tuple[Ring, Ring], towns: Towns) -> None:
    """`read_end`: only the paid decision on an order of ours is success; nobody gains by squatting on its number."""
    oak, elm = pair
    await talk(oak, elm)
    await until(partial(_quiet, oak, elm))
    await towns.network.fall_silent("elm")
    held = await pay(oak, "alma", "ben@elm.example", 60)
    await oak.federation.stop()
    await elm.federation.stop()
    order_hash = await oak.store.read(lambda tx: tx.one("SELECT order_hash FROM order_out WHERE state = 'held'")[0])
    said = Decision(
        order_hash=order_hash, payment_id=held.payment_id, outcome="refused", by=elm.identity.ring_id, index=1,
        inbound=oak.identity.ring_id, amount_seconds=60, decided_at=oak.clock.now(), code="already_paid",
    )  # fmt: skip
    liar = Forger(elm, oak)
    assert (await liar.post(await liar.frame([said]))).status == 200
    ended = await oak.payments.get(held.payment_id, OPERATOR)
    assert (ended.state, ended.code, await balance(oak, "alma")) == ("refused", "already_paid", 0)
