# SPDX-License-Identifier: AGPL-3.0-or-later
"""Holes that were found on paper before anything was built, each as the trace that would fall into it.

Each docstring names the rule that closes the hole: with that rule taken out of the code, the test is red.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import msgspec
import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.store import Tx
from ringtausch_protocol import frames
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.documents import Position, Run
from ringtausch_protocol.errors import LocalError
from ringtausch_protocol.items import Cancel, Decision, Order, parse_item
from tests.federation.copies import Copies, is_lost, ready, report_of, sound
from tests.federation.forger import Forger, code_of
from tests.federation.frames.test_hostile_frames import answers, probe
from tests.federation.greeting.test_hello import challenge_of, say
from tests.federation.reset.test_reset import begin_anew
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
from tests.federation.transit.chain import Chain, row_of_rings

HASH = "A" * 43
SECOND, THIRD = b64(b"2" * 16), b64(b"3" * 16)


async def _silent(pair: tuple[Ring, Ring]) -> Forger:
    """Elm speaks by hand to oak; both were in step and are silent now."""
    oak, elm = pair
    await talk(oak, elm)
    await until(partial(_quiet, oak, elm))
    await elm.federation.stop()
    await oak.federation.stop()
    return Forger(elm, oak)


async def _quiet(oak: Ring, elm: Ring) -> bool:
    here, there = await row_of(oak, elm), await row_of(elm, oak)
    return (here.own_seq, here.peer_seq) == (there.peer_seq, there.own_seq)


def _evidence(tx: Tx) -> list[str]:
    return [row[0] for row in tx.execute("SELECT code FROM evidence ORDER BY id")]


async def _sent_order(oak: Ring, elm: Ring) -> Order:
    """The newest order of elm that oak has stored, as it stood in its frame."""
    entry = await oak.store.read(
        lambda tx: tx.one(
            "SELECT l.entry FROM order_in i JOIN frame f ON f.peer = i.peer AND f.direction = 1 AND f.seq = i.seq"
            " JOIN leaf l ON l.idx = f.leaf WHERE i.purpose = 'transfer' ORDER BY i.seq DESC LIMIT 1"
        )[0]
    )
    _, items = frames.frame_of_entry(entry)
    return next(item for item in map(parse_item, items) if isinstance(item, Order))


async def test_a1_a_second_attempt_of_a_paid_payment_is_not_paid(pair: tuple[Ring, Ring]) -> None:
    """Payee's `_refuse_again`: a payment is paid once, whatever attempt asks (SPEC.md 7.1, already_paid)."""
    oak, elm = pair
    await talk(oak, elm)
    paid = await end_of(elm, (await pay(elm, "ben", "alma@oak.example", 60)).payment_id)
    assert paid.state == "paid"
    await until(partial(_quiet, oak, elm))
    await elm.federation.stop()
    await oak.federation.stop()
    second = msgspec.structs.replace(await _sent_order(oak, elm), attempt=2)
    other = msgspec.structs.replace(second, attempt=3, amount_seconds=61)
    given = [each for each in await answers(Forger(elm, oak), second, other) if isinstance(each, Decision)]
    assert [(each.outcome, each.code) for each in given] == [("refused", "already_paid"), ("refused", "id_reused")]
    assert await balance(oak, "alma") == 60


async def test_a2_nothing_is_decided_before_the_inbound_chain_is_in_step(
    pair: tuple[Ring, Ring], towns: Towns, copies: Copies
) -> None:
    """`verify_ready` at `frames`: a restored ring decides and refuses nothing before its replay is over (SPEC.md 6.8).

    Two more gates stand behind it: the token of this boot, and `have` that names frames which the copy lacks.

    The gate of a ring in between (to_boot) comes with rings in between.
    """
    oak, elm = pair
    await talk(oak, elm)
    await ready(await copies.take("oak"))
    paid = await end_of(elm, (await pay(elm, "ben", "alma@oak.example", 60)).payment_id)
    oak = await copies.put_back("oak", mark=True)  # it has forgotten what it paid, and asks nothing yet
    line_of(elm, oak).hand_again_from(0)
    line_of(elm, oak).was_met()
    await until(partial(_refused_recovering, towns))
    assert await balance(oak, "alma") == 0
    await oak.federation.start()
    await ready(oak, elm)
    await sound(oak, elm)
    assert (await balance(oak, "alma"), paid.state) == (60, "paid")


async def _refused_recovering(towns: Towns) -> bool:
    return any(
        post.path.endswith("frames") and post.answer is not None and code_of(post.answer) == (503, "recovering")
        for post in towns.network.posts
    )


async def test_a3_a_frame_of_the_first_boot_does_not_pass_the_list_of_the_third(pair: tuple[Ring, Ring]) -> None:
    """`Fence.boot_at` below `last`: which boot signed which seq is told and kept for every one that is not acked."""
    forger = await _silent(pair)
    row = await row_of(forger.liar, forger.victim)
    held = await forger.frame([Cancel(order_hash=HASH)])  # boot 1 signs this seq; the network holds it back
    assert await say(forger, await challenge_of(forger), boot=SECOND) == (200, "")
    runs = [Run(boot=SECOND, card=HASH, first_seq=row.own_seq + 1)]
    told: dict[str, Any] = {"own": Position(seq=row.own_seq + 1, hash=HASH), "runs": runs}
    assert await say(forger, await challenge_of(forger), boot=THIRD, **told) == (200, "")
    line_of(forger.liar, forger.victim).token_to_show = line_of(forger.victim, forger.liar).token_to_ask
    assert code_of(await forger.post(held)) == (409, "fenced")
    assert (await row_of(forger.victim, forger.liar)).peer_seq == row.own_seq


async def test_a3_the_promise_is_kept_over_a_crash(pair: tuple[Ring, Ring], towns: Towns) -> None:
    """`_take` asks for the peer's list of this process, and `peer_boot` keeps who is replaced (SPEC.md 6.4)."""
    forger = await _silent(pair)
    held = await forger.frame([Cancel(order_hash=HASH)])
    assert await say(forger, await challenge_of(forger), boot=SECOND) == (200, "")
    await towns.close("oak")
    forger.victim = await towns.open("oak")
    line = line_of(forger.victim, forger.liar)
    forger.victim.federation.lines.expect_token(line, HASH)
    assert code_of(await forger.post(held, token=HASH)) == (401, "hello_needed")
    assert await say(forger, await challenge_of(forger)) == (409, "fenced")  # the boot that signed it is replaced


async def test_a3_a_hello_that_comes_late_changes_nothing(pair: tuple[Ring, Ring]) -> None:
    """`_spend_challenge` takes each challenge once: a hello over one of the past moves no fence (SPEC.md 6.4)."""
    forger = await _silent(pair)
    assert await say(forger, await challenge_of(forger), boot=SECOND) == (200, "")
    early = await challenge_of(forger)
    assert await say(forger, early, boot=SECOND) == (200, "")
    assert await say(forger, early, boot=THIRD) == (401, "bad_challenge")
    fence = line_of(forger.victim, forger.liar).fence
    assert fence is not None
    assert fence.boot == SECOND


async def test_a4_two_boots_at_one_place_are_a_restore_and_no_fork(pair: tuple[Ring, Ring]) -> None:
    """`_judge_known` compares boots: a frame of another boot is fenced, kept, and convicts nobody (SPEC.md 6.3)."""
    forger = await _silent(pair)
    first = await forger.frame([Cancel(order_hash=HASH)])
    assert (await forger.post(first)).status == 200
    assert await say(forger, await challenge_of(forger), boot=SECOND) == (200, "")
    line_of(forger.liar, forger.victim).token_to_show = line_of(forger.victim, forger.liar).token_to_ask
    again = await forger.frame([Cancel(order_hash="B" * 43)], boot=SECOND)
    assert code_of(await forger.post(again)) == (409, "fenced")
    assert await forger.victim.store.read(_evidence) == ["fenced"]
    assert line_of(forger.victim, forger.liar).peer.state == "confirmed"


async def test_a5_a_recovered_payment_is_booked_to_its_member_and_no_floor_is_broken(
    pair: tuple[Ring, Ring], towns: Towns, copies: Copies
) -> None:
    """`Bookings._bearer`: what was spent meanwhile stands on `recovered`; `notes`: what was not, on its member."""
    oak, elm = pair
    await oak.members.add("arne", "Arne")
    await oak.members.add("ada", "Ada", min_seconds=-HOUR)
    await talk(oak, elm)
    oak = await copies.take("oak")
    await ready(oak)
    for payer in ("ada", "arne"):
        assert (await end_of(oak, (await pay(oak, payer, "ben@elm.example", HOUR)).payment_id)).state == "paid"
    oak = await copies.put_back("oak", mark=False)
    await pay(oak, "ada", "alma", HOUR)
    await oak.federation.start()
    await until(partial(is_lost, oak))
    await oak.federation.recovery.declare_old_copy()
    await ready(oak, elm)
    await sound(oak, elm)
    assert (await balance(oak, "ada"), await balance(oak, "arne")) == (-HOUR, -HOUR)
    assert (await report_of(oak)).recovered_seconds == -HOUR


async def test_a6_frames_in_our_name_that_we_never_signed_are_not_replayed(
    pair: tuple[Ring, Ring], towns: Towns
) -> None:
    """`Greeter._is_fault`: without mark or word more frames of ours than we hold stop the line (SPEC.md 6.4, 6.8)."""
    oak, elm = pair
    await talk(oak, elm)
    await until(partial(_quiet, oak, elm))
    await oak.federation.stop()
    await elm.federation.stop()
    thief = Forger(oak, elm)  # a thief of oak's frame key; oak itself knows nothing of it
    assert (await thief.post(await thief.frame([Cancel(order_hash=HASH)]))).status == 200
    await towns.close("oak")
    oak = await towns.open("oak")
    await oak.federation.start()
    await until(partial(is_lost, oak))
    with pytest.raises(LocalError, match="paused"):
        await pay(oak, "alma", "ben@elm.example", 60)
    assert (await row_of(oak, elm)).own_seq < (await row_of(elm, oak)).peer_seq
    assert not oak.federation.recovery.is_active


async def test_a7_the_same_payment_id_of_two_rings_is_two_payments(pair: tuple[Ring, Ring], towns: Towns) -> None:
    """`load_same_payment` and `load_paid` ask for (payer's ring, payment id): nobody squats on another's id."""
    oak, elm = pair
    ash = await towns.found("ash")
    await ash.members.add("cem", "Cem")
    await peer(ash, elm)
    await talk(oak, elm, ash)
    payment_id = b64(b"i" * 16)
    for ring, payer, seconds in ((ash, "cem", 1), (oak, "alma", 60)):
        await pay(ring, payer, "ben@elm.example", seconds, payment_id)
        assert (await end_of(ring, payment_id)).state == "paid"
    assert await balance(elm, "ben") == 61
    await until(partial(_quiet, oak, elm))
    assert await faults(oak, elm, ash) == []


async def test_a8_an_order_there_and_back_is_refused_and_holds_nothing(pair: tuple[Ring, Ring]) -> None:
    """`_refuse_kind`: one line is no circle, and one hold on it cannot stand on both of its sides."""
    forger = await _silent(pair)
    liar, victim = forger.liar.identity.ring_id, forger.victim.identity.ring_id
    orders = [
        probe(forger, purpose="netting", path=path, amount_seconds=60, payment_id=b64(bytes([number]) * 16))
        for number, path in enumerate(([liar, victim, liar], [liar, victim]))
    ]
    given = await answers(forger, *orders)
    assert [answer.code for answer in given if isinstance(answer, Decision)] == ["not_allowed", "malformed"]
    assert (await row_of(forger.victim, forger.liar)).held_in_count == 0
    assert (await view_of(forger.victim, forger.liar)).clearing_seconds == 0


async def test_a9_what_two_neighbours_lost_together_has_both_edges_and_their_line_rests_until_operators_sign(
    towns: Towns, copies: Copies
) -> None:
    """`BetweenAgain`: an edge seen alone stands for both; `close_half`: no new offers on the other (SPEC.md 6.8)."""
    chain = await _lost_together(towns, copies)
    _, elm, ash, _ = chain.rings
    assert (await view_of(ash, elm)).reason == "edge_missing"
    refused = await chain.paid(120)
    assert (refused.state, refused.code) == ("refused", "paused")
    await begin_anew(elm, ash)
    assert (await chain.paid(180)).state == "paid"
    assert (await chain.balances(), await chain.clearings()) == ((-240, 240), [240, 240, 240])
    assert await faults(*chain.rings) == []


async def test_a9_a_ring_that_gives_the_other_up_finds_its_own_books_sound(towns: Towns, copies: Copies) -> None:
    """`load_unseen_seconds`: no frame shows that an order went on which came back with both edges."""
    chain = await _lost_together(towns, copies)
    _, elm, ash, _ = chain.rings
    await ash.federation.stop()
    await elm.federation.giving_up.give_up(ash.config.address)
    assert await faults(elm) == []


async def _lost_together(towns: Towns, copies: Copies) -> Chain:
    """Four in a row: the two between are put back from copies older than a payment through both."""
    chain = await row_of_rings(towns, 4)
    for name in ("elm", "ash"):
        await copies.take(name)
    chain.rings[:] = [towns.network.rings[ring.config.name] for ring in chain.rings]
    await ready(*chain.rings)
    assert (await chain.paid(60)).state == "paid"
    chain.rings[1:3] = elm, ash = [await copies.put_back(name, mark=True) for name in ("elm", "ash")]
    for ring in (elm, ash):  # to each other they are in step: both have forgotten the same
        await ring.federation.start()
    await ready(*chain.rings)
    await until(partial(_has_both_edges, chain))
    return chain


async def _has_both_edges(chain: Chain) -> bool:
    return await chain.clearings() == [60, 60, 60]
