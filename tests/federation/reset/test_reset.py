# SPDX-License-Identifier: AGPL-3.0-or-later
"""A line that cannot be continued begins anew over a balance that the operators of both rings sign."""

from __future__ import annotations

from functools import partial

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.federation.line.records import set_peer_state
from ringtausch_node.members.model import OPERATOR
from ringtausch_protocol import limits
from ringtausch_protocol.errors import LocalError, RemoteError
from tests.audit.exports import audited, export
from tests.federation.copies import Copies, pay_both_ways, ready, sound
from tests.federation.towns import (
    HOUR,
    Post,
    Towns,
    balance,
    end_of,
    faults,
    line_of,
    pay,
    row_of,
    talk,
    until,
    view_of,
)


async def has_theirs(ring: Ring, other: Ring) -> bool:
    return (await ring.federation.resets.view(other.config.address)).theirs is not None


async def begin_anew(oak: Ring, elm: Ring) -> None:
    """The first proposes, the second signs; both are open again."""
    await oak.federation.resets.propose(elm.config.address)
    await until(partial(has_theirs, elm, oak))
    await elm.federation.resets.sign(oak.config.address)
    await ready(oak, elm)


async def quarantine(ring: Ring, other: Ring) -> None:
    """As after a fork: the line rests until operators decide."""
    line = line_of(ring, other)
    await ring.store.write(lambda tx: set_peer_state(tx, line.peer.id, "quarantined", "fork"))
    line.peer = line.peer._replace(state="quarantined", reason="fork")
    line.stop()


async def test_a_stopped_line_goes_on_in_a_new_epoch(pair: tuple[Ring, Ring], towns: Towns) -> None:
    oak, elm = pair
    await talk(oak, elm)
    await pay_both_ways(oak, elm, 7)
    await sound(oak, elm)
    before = (await balance(oak, "alma"), await balance(elm, "ben"), (await view_of(oak, elm)).clearing_seconds)
    await quarantine(oak, elm)
    await quarantine(elm, oak)
    old = line_of(oak, elm).names.epoch
    await begin_anew(oak, elm)
    assert line_of(oak, elm).names.epoch == line_of(elm, oak).names.epoch != old
    assert before == (await balance(oak, "alma"), await balance(elm, "ben"), (await view_of(oak, elm)).clearing_seconds)
    await pay_both_ways(oak, elm, 4)
    await sound(oak, elm)
    for name in ("oak", "elm"):  # a restart knows it too
        await towns.close(name)
        await towns.open(name)
    oak, elm = towns.network.rings["oak"], towns.network.rings["elm"]
    await talk(oak, elm)
    await pay_both_ways(oak, elm, 2)
    await begin_anew(oak, elm)
    await pay_both_ways(oak, elm, 3)
    await sound(oak, elm)


async def test_an_order_whose_answer_was_lost_goes_on_and_is_paid_once(pair: tuple[Ring, Ring], towns: Towns) -> None:
    oak, elm = pair
    payment_id = await _held_but_paid(oak, elm, towns)
    assert (await oak.payments.get(payment_id, OPERATOR)).state == "held"
    await oak.federation.resets.propose("elm.example")
    await until(partial(has_theirs, elm, oak))
    shown = (await elm.federation.resets.view("oak.example")).theirs
    assert shown is not None
    assert (shown.difference_seconds, shown.go_on, shown.may_sign) == (0, 1, True)
    await elm.federation.resets.sign("oak.example")
    await ready(oak, elm)
    assert (await end_of(oak, payment_id)).state == "paid"
    await sound(oak, elm)
    assert (await row_of(oak, elm)).held_out_count == 0
    logs = [log for ring in pair for log in await export(ring, towns.root / ring.config.name)]
    assert {each.code for each in audited(*logs).findings} == {"begun_anew"}  # nobody waived anything


async def _has(ring: Ring, handle: str, gained: int) -> bool:
    entries = (await ring.accounts.statement(handle, None, 1, OPERATOR)).entries
    return bool(entries) and entries[0].amount_seconds == gained


async def _held_but_paid(oak: Ring, elm: Ring, towns: Towns) -> str:
    """Alma's 600 s are paid at elm, every answer got lost, and both lines rest. -> the payment's id."""
    await talk(oak, elm)
    await pay_both_ways(oak, elm, 3)
    await sound(oak, elm)
    towns.network.lose_answer = lambda post: post.path.endswith("frames")
    view = await pay(oak, "alma", "ben@elm.example", 600)
    await until(partial(_has, elm, "ben", 600))
    await quarantine(oak, elm)
    await quarantine(elm, oak)
    towns.network.lose_answer = lambda post: False
    return view.payment_id


async def test_an_order_that_the_operators_let_fall_frees_its_member_and_books_the_rest_to_recovered(
    pair: tuple[Ring, Ring], towns: Towns
) -> None:
    oak, elm = pair
    payment_id = await _held_but_paid(oak, elm, towns)
    before = await balance(oak, "alma")
    await elm.federation.resets.propose("oak.example")  # elm does not know what oak still holds
    await until(partial(has_theirs, oak, elm))
    shown = (await oak.federation.resets.view("elm.example")).theirs
    assert shown is not None
    assert (shown.difference_seconds, shown.freed, shown.may_sign) == (600, 1, True)
    await oak.federation.resets.sign("elm.example")
    await ready(oak, elm)
    ended = await oak.payments.get(payment_id, OPERATOR)
    assert (ended.state, ended.code) == ("refused", "reset")
    await sound(oak, elm)
    assert await balance(oak, "alma") == before
    waits = await oak.recovered.waiting()
    assert [(each.rest_seconds, each.peer) for each in waits] == [(-600, "elm.example")]
    await oak.recovered.assign(waits[0].item, "alma", OPERATOR)
    assert await balance(oak, "alma") == before - 600
    assert await oak.recovered.waiting() == []
    await sound(oak, elm)


async def test_a_proposal_is_answered_by_a_better_one_and_only_that_is_signed(
    pair: tuple[Ring, Ring], towns: Towns
) -> None:
    oak, elm = pair
    payment_id = await _held_but_paid(oak, elm, towns)
    await elm.federation.resets.propose("oak.example")
    await until(partial(has_theirs, oak, elm))
    await oak.federation.resets.propose("elm.example")
    with pytest.raises(LocalError, match="ours_counts"):
        await oak.federation.resets.sign("elm.example")
    await until(partial(has_theirs, elm, oak))
    await elm.federation.resets.sign("oak.example")
    await ready(oak, elm)
    assert (await end_of(oak, payment_id)).state == "paid"
    assert await oak.recovered.waiting() == []
    await sound(oak, elm)


async def test_of_two_proposals_that_crossed_one_counts(pair: tuple[Ring, Ring], towns: Towns) -> None:
    oak, elm = pair
    await talk(oak, elm)
    small, large = sorted((oak, elm), key=lambda ring: ring.identity.ring_id)
    towns.network.cut.update(("oak", "elm"))
    await small.federation.resets.propose(large.config.address)
    await large.federation.resets.propose(small.config.address)
    towns.network.heal()
    line_of(small, large).was_met()
    line_of(large, small).was_met()
    await until(partial(has_theirs, small, large))
    await until(partial(has_theirs, large, small))
    with pytest.raises(LocalError, match="ours_counts"):
        await small.federation.resets.sign(large.config.address)
    await large.federation.resets.sign(small.config.address)
    await ready(oak, elm)
    await sound(oak, elm)


async def test_a_figure_that_the_operators_agree_on_is_booked_in_both_books(
    pair: tuple[Ring, Ring], towns: Towns
) -> None:
    oak, elm = pair
    await talk(oak, elm)
    await pay_both_ways(oak, elm, 3)
    await sound(oak, elm)
    await oak.federation.resets.propose("elm.example", HOUR)
    with pytest.raises(LocalError, match="paused"):
        await pay(oak, "alma", "ben@elm.example", 60)
    await until(partial(has_theirs, elm, oak))
    await elm.federation.resets.sign("oak.example")
    await ready(oak, elm)
    assert ((await view_of(oak, elm)).clearing_seconds, (await view_of(elm, oak)).clearing_seconds) == (HOUR, -HOUR)
    await sound(oak, elm)
    with pytest.raises(LocalError, match="no_proposal"):
        await elm.federation.resets.sign("oak.example")
    with pytest.raises(LocalError, match="unknown_peer"):
        await elm.federation.resets.propose("nirgends.example")


async def test_more_boots_than_a_hello_can_tell_need_a_new_beginning(
    pair: tuple[Ring, Ring], towns: Towns, monkeypatch: pytest.MonkeyPatch
) -> None:
    oak, elm = pair
    await talk(oak, elm)
    monkeypatch.setattr(limits, "RUNS_MAX", 0)
    await towns.close("oak")
    oak = await towns.open("oak")
    await oak.federation.start()
    await until(partial(_is_full, oak, elm))
    monkeypatch.setattr(limits, "RUNS_MAX", 300)
    await begin_anew(oak, elm)
    await pay_both_ways(oak, elm, 2)
    await sound(oak, elm)


async def _is_full(oak: Ring, elm: Ring) -> bool:
    return (await view_of(oak, elm)).reason == "too_many_runs" or (await view_of(elm, oak)).reason == "too_many_runs"


async def test_a_copy_from_before_the_reset_learns_of_it(pair: tuple[Ring, Ring], towns: Towns, copies: Copies) -> None:
    oak, elm = pair
    await talk(oak, elm)
    await pay_both_ways(oak, elm, 3)
    oak = await copies.take("oak")
    await ready(oak)
    await pay_both_ways(oak, elm, 3)
    await begin_anew(oak, elm)
    await pay_both_ways(oak, elm, 3)
    await sound(oak, elm)
    oak = await copies.put_back("oak", mark=True)
    await oak.federation.start()
    await ready(oak, elm)
    await sound(oak, elm)


async def test_an_order_that_survives_two_resets_is_paid_once(pair: tuple[Ring, Ring], towns: Towns) -> None:
    """Both epochs end before the payer's ring hears the answer; the order goes on over both."""
    oak, elm = pair
    payment_id = await _held_but_paid(oak, elm, towns)
    before = await balance(oak, "alma")
    towns.network.change = _nothing_but_resets
    epochs = [line_of(oak, elm).names.epoch]
    for _ in range(2):
        await oak.federation.resets.propose("elm.example")
        line_of(oak, elm).was_met()
        await until(partial(has_theirs, elm, oak))
        shown = (await elm.federation.resets.view("oak.example")).theirs
        assert shown is not None
        assert (shown.difference_seconds, shown.go_on, shown.may_sign) == (0, 1, True)
        await elm.federation.resets.sign("oak.example")
        epochs.append(line_of(elm, oak).names.epoch)
        await until(partial(_is_in, oak, elm, epochs[-1]))
        assert (await oak.payments.get(payment_id, OPERATOR)).state == "held"
        assert await faults(oak, elm) == []
    assert len(set(epochs)) == 3
    towns.network.change = lambda post: post.body
    line_of(oak, elm).was_met()
    line_of(elm, oak).was_met()
    await ready(oak, elm)
    assert (await end_of(oak, payment_id)).state == "paid"
    assert (before - 600, 0) == (await balance(oak, "alma"), len(await oak.recovered.waiting()))
    await pay_both_ways(oak, elm, 2)
    await sound(oak, elm)


def _nothing_but_resets(post: Post) -> bytes:
    if not post.path.endswith("reset"):
        raise RemoteError("unreachable", post.path)
    return post.body


async def _is_in(ring: Ring, other: Ring, epoch: str) -> bool:
    return line_of(ring, other).names.epoch == epoch
