# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a reset changes is a loss and a gain where operators waived it; where hours were lost the office is asked."""

from __future__ import annotations

from functools import partial

import msgspec
import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.federation.line import records
from ringtausch_node.federation.line.model import EDGE_MISSING
from ringtausch_node.federation.orders.own_cost import WRITTEN_OFF_KEY
from ringtausch_node.federation.reset.records import load_epochs
from ringtausch_node.ledger import service as ledger
from ringtausch_node.store import Tx
from ringtausch_protocol.reset_bodies import ResetAsk
from tests.audit.exports import audited, export
from tests.federation.copies import Copies, is_lost, pay_both_ways, ready, sound
from tests.federation.reset.test_reset import begin_anew, has_theirs, quarantine
from tests.federation.towns import HOUR, Towns, balance, end_of, line_of, pay, talk, until, view_of


async def _owing(oak: Ring, elm: Ring) -> None:
    """Oak owes elm one hour; both books say so."""
    await talk(oak, elm)
    view = await pay(oak, "alma", "ben@elm.example", HOUR)
    assert (await end_of(oak, view.payment_id)).state == "paid"
    await sound(oak, elm)


async def _written_off(ring: Ring) -> int:
    def use_case(tx: Tx) -> int:
        found = ledger.account_by_key(tx, WRITTEN_OFF_KEY)
        return found.balance_seconds if found else 0

    return await ring.store.read(use_case)


async def _waives(ring: Ring, other: Ring) -> tuple[str | None, int]:
    """Who gives up what by the other ring's proposal, as this one is shown it."""
    theirs = (await ring.federation.resets.view(other.config.address)).theirs
    assert theirs is not None
    return theirs.waives, theirs.difference_seconds


async def _noted(towns: Towns, *rings: Ring) -> tuple[int, list[tuple[str, int]]]:
    """What an audit says: its exit code, and who waived how much."""
    result = audited(*[log for ring in rings for log in await export(ring, towns.root / ring.config.name)])
    found = [each for each in result.findings if each.code == "waived"]
    return result.level, [(each.place.ring, int(dict(each.evidence)["amount_seconds"])) for each in found]


async def _waits(ring: Ring) -> list[int]:
    return [each.rest_seconds for each in await ring.recovered.waiting()]


@pytest.mark.parametrize("proposer", ["the debtor", "the creditor"])
async def test_a_waiver_is_the_creditors_loss_and_the_debtors_gain_and_nobodys_hours(
    pair: tuple[Ring, Ring], towns: Towns, proposer: str
) -> None:
    oak, elm = pair
    await _owing(oak, elm)
    asks, signs = (oak, elm) if proposer == "the debtor" else (elm, oak)
    assert (await asks.federation.resets.view(signs.config.address)).is_whole
    asked = await asks.federation.resets.propose(signs.config.address, 0)
    assert asked.ours is not None
    assert asked.ours.waives == ("them" if asks is oak else "us")
    await until(partial(has_theirs, signs, asks))
    assert await _waives(signs, asks) == (("us", HOUR) if signs is elm else ("them", -HOUR))
    await signs.federation.resets.sign(asks.config.address)
    await ready(oak, elm)
    assert [await _written_off(ring) for ring in pair] == [HOUR, -HOUR]
    assert [await _waits(ring) for ring in pair] == [[], []]
    assert [
        (await ring.federation.resets.view(other.config.address)).kept_seconds for ring, other in (pair, pair[::-1])
    ] == [HOUR, -HOUR]
    assert [await balance(oak, "alma"), await balance(elm, "ben")] == [-HOUR, HOUR]
    assert await _noted(towns, *pair) == (0, [(elm.identity.ring_id, HOUR)])
    await pay_both_ways(oak, elm, 2)
    await sound(oak, elm)


async def test_of_a_line_that_was_stopped_for_a_fault_the_office_is_asked(pair: tuple[Ring, Ring]) -> None:
    oak, elm = pair
    await _owing(oak, elm)
    await quarantine(elm, oak)
    assert not (await elm.federation.resets.view("oak.example")).is_whole
    proposed = await elm.federation.resets.propose("oak.example", 0)
    proposed = await elm.federation.resets.propose("oak.example", 0)  # the fault is not forgotten
    assert (proposed.is_whole, proposed.ours and proposed.ours.waives) == (False, None)
    await until(partial(has_theirs, oak, elm))
    await oak.federation.resets.sign("elm.example")
    await ready(oak, elm)
    assert (await _written_off(elm), await _waits(elm)) == (0, [-HOUR])
    await sound(oak, elm)


async def _copy_proposes(elm: Ring, copies: Copies, we_owe_seconds: int | None = None) -> Ring:
    """Oak begins again from its copy, does not know that, is stopped, and proposes a new beginning."""
    oak = await copies.put_back("oak", mark=False)
    await oak.federation.start()
    await until(partial(is_lost, oak))
    await oak.federation.resets.propose("elm.example", we_owe_seconds)
    await until(partial(has_theirs, elm, oak))
    return oak


@pytest.mark.parametrize("whose_figure", ["the copy's", "the other's"])
async def test_hours_that_a_copy_without_a_mark_lost_are_no_waiver(
    pair: tuple[Ring, Ring], copies: Copies, whose_figure: str
) -> None:
    oak, elm = pair
    await talk(oak, elm)
    oak = await copies.take("oak")
    await ready(oak, elm)
    await _owing(oak, elm)
    oak = await _copy_proposes(elm, copies, None if whose_figure == "the copy's" else HOUR)
    who, difference = await _waives(elm, oak)
    await elm.federation.resets.sign("oak.example")
    await ready(oak, elm)
    expected = (HOUR, [], [-HOUR]) if whose_figure == "the copy's" else (0, [-HOUR], [])
    assert (difference, await _waits(oak), await _waits(elm)) == expected
    assert (who, await _written_off(oak), await _written_off(elm)) == (None, 0, 0)


async def test_a_line_that_begins_anew_with_a_copy_that_lacks_much_of_its_log_goes_on(
    pair: tuple[Ring, Ring], copies: Copies
) -> None:
    oak, elm = pair
    await talk(oak, elm)
    oak = await copies.take("oak")
    await ready(oak, elm)
    await pay_both_ways(oak, elm, 12)
    oak = await _copy_proposes(elm, copies)

    await elm.federation.resets.sign("oak.example")

    await ready(oak, elm)
    await pay_both_ways(oak, elm, 2)
    await sound(oak, elm)
    assert ["open", "open"] == [(await view_of(*each)).state for each in ((oak, elm), (elm, oak))]


async def test_a_payment_of_ours_that_falls_may_have_been_paid_there(pair: tuple[Ring, Ring], towns: Towns) -> None:
    oak, elm = pair
    await _owing(oak, elm)
    towns.network.lose_answer = lambda post: post.path.endswith("frames")
    await pay(oak, "alma", "ben@elm.example", 600)
    await until(partial(_has, elm, "ben", HOUR + 600))
    await elm.federation.resets.propose("oak.example")  # it cannot know what oak still holds
    await until(partial(has_theirs, oak, elm))
    assert await _waives(oak, elm) == (None, 600)
    await oak.federation.resets.sign("elm.example")
    towns.network.lose_answer = lambda post: False
    await ready(oak, elm)
    assert (await _written_off(oak), await _waits(oak), await balance(oak, "alma")) == (0, [-600], -HOUR)


async def test_of_a_line_that_takes_no_orders_for_a_fault_the_office_is_asked(pair: tuple[Ring, Ring]) -> None:
    """`LineRow.closed`: the line itself goes on, and what is wrong with it may be somebody's hours."""
    oak, elm = pair
    await _owing(oak, elm)
    await elm.store.write(partial(_close, line_of(elm, oak).peer.id))
    await oak.federation.resets.propose("elm.example", 0)
    await until(partial(has_theirs, elm, oak))
    assert (await _waives(elm, oak))[0] is None


def _close(peer: int, tx: Tx) -> None:
    row = records.load_line(tx, peer)
    row.closed = EDGE_MISSING
    records.save_line(tx, row)


async def _has(ring: Ring, handle: str, seconds: int) -> bool:
    return await balance(ring, handle) == seconds


async def test_a_ring_whose_copy_forgot_what_it_got_is_not_taken_to_waive(
    pair: tuple[Ring, Ring], copies: Copies
) -> None:
    """It lost frames of its own only; its last hello tells."""
    oak, elm = pair
    await talk(oak, elm)
    oak = await copies.take("oak")
    await ready(oak, elm)
    view = await pay(elm, "ben", "alma@oak.example", 600)
    assert (await end_of(elm, view.payment_id)).state == "paid"
    oak = await _copy_proposes(elm, copies)
    assert await _waives(elm, oak) == (None, -600)


async def test_a_copy_from_before_a_waiver_books_it_with_what_it_lost_to_the_office(
    pair: tuple[Ring, Ring], copies: Copies
) -> None:
    """It cannot tell the two apart: its last payments and the waiver came after the copy."""
    oak, elm = pair
    await _owing(oak, elm)
    oak = await copies.take("oak")
    await ready(oak, elm)
    await pay_both_ways(oak, elm, 1)
    await oak.federation.resets.propose("elm.example", 0)
    await until(partial(has_theirs, elm, oak))
    await elm.federation.resets.sign("oak.example")
    await ready(oak, elm)
    oak = await copies.put_back("oak", mark=True)
    await oak.federation.start()
    await ready(oak, elm)
    assert (await _written_off(oak), await _waits(oak)) == (0, [HOUR])
    await sound(oak, elm)


@pytest.mark.parametrize("is_told", [False, True])
@pytest.mark.parametrize("times", [1, 2, 3])
async def test_what_passed_between_two_new_beginnings_since_a_copy_is_nobodys_gain(
    pair: tuple[Ring, Ring], towns: Towns, copies: Copies, times: int, *, is_told: bool
) -> None:
    """Each is shown to the copy, one after the other: its member's hour waits for the office, in whatever epoch."""
    oak, elm = pair
    await talk(oak, elm)
    elm = await copies.take("elm")
    await ready(oak, elm)
    await begin_anew(oak, elm)
    for _ in range(1, times):
        view = await pay(oak, "alma", "ben@elm.example", HOUR)
        assert (await end_of(oak, view.payment_id)).state == "paid"
        await ready(oak, elm)
        await begin_anew(oak, elm)
    elm = await copies.put_back("elm", mark=True)
    towns.clock.ahead_seconds += 60  # the new epochs begin here after the recovery did
    if is_told:
        await _tell_all(oak, elm)
    await elm.federation.start()
    await ready(oak, elm)
    await sound(oak, elm)
    assert [HOUR] * (times - 1) == [each.rest_seconds for each in await elm.recovered.waiting()]
    assert 0 == await _written_off(elm)


async def _tell_all(oak: Ring, elm: Ring) -> None:
    """Oak shows each new beginning of the line before elm asks for it."""
    for row in await oak.store.read(partial(load_epochs, peer=line_of(oak, elm).peer.id)):
        if row.document is not None:
            names = line_of(elm, oak).names
            ask = ResetAsk(
                net=names.net, from_=names.peer, to=names.me, epoch=names.epoch, reset=[msgspec.Raw(row.document)]
            )
            assert row.document == bytes((await elm.federation.resets.answer(ask)).reset[0])
