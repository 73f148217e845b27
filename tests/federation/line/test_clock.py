# SPDX-License-Identifier: AGPL-3.0-or-later
"""A clock that jumps: nobody is paid and nothing given back by it, until it is right again or confirmed."""

from __future__ import annotations

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.control.operations import carry_out
from ringtausch_node.errors import LocalError
from ringtausch_node.members.model import OPERATOR
from tests.federation.forger import Forger, code_of
from tests.federation.towns import HOUR, Towns, balance, end_of, faults, pay, row_of, talk, until, view_of

YEAR = 365 * 24 * HOUR


@pytest.fixture
async def open_pair(pair: tuple[Ring, Ring]) -> tuple[Ring, Ring]:
    oak, elm = pair
    await talk(oak, elm)
    return pair


async def state(ring: Ring) -> tuple[str, str | None]:
    found = await carry_out(ring, "state", b"{}")
    return found["state"], found["clock"]["doubt"]


@pytest.mark.parametrize(("seconds", "doubt"), [(-HOUR - 60, "behind"), (YEAR, "ahead"), (-YEAR, "behind")])
async def test_a_clock_that_jumped_pays_nobody_and_says_so(
    open_pair: tuple[Ring, Ring], towns: Towns, seconds: int, doubt: str
) -> None:
    oak, elm = open_pair
    await towns.network.fall_silent("elm")
    started = await pay(oak, "alma", "ben@elm.example", 60)
    before = await row_of(elm, oak)
    towns.clock.jump(seconds)
    towns.network.heal()

    assert ("clock_doubtful", doubt) == await state(elm)
    await until(lambda: _was_refused(towns))
    with pytest.raises(LocalError, match="clock_doubtful"):
        await pay(oak, "alma", "ben@elm.example", 60)
    assert before.peer_seq == (await row_of(elm, oak)).peer_seq
    assert (await oak.payments.get(started.payment_id, OPERATOR)).state in ("held", "queued")

    towns.clock.jump(-seconds)  # and back again: nobody needs to confirm what is right
    assert ("ready", None) == await state(elm)
    assert "paid" == (await end_of(oak, started.payment_id)).state
    assert [] == await faults(oak, elm)


async def _was_refused(towns: Towns) -> bool:
    return any(post.answer is not None and b"clock_doubtful" in post.answer.body for post in towns.network.posts)


async def test_frames_with_orders_wait_and_others_are_taken(open_pair: tuple[Ring, Ring], towns: Towns) -> None:
    from ringtausch_protocol.items import Cancel
    from tests.federation.frames.test_hostile_frames import probe

    oak, elm = open_pair
    await oak.federation.stop()
    await elm.federation.stop()
    forger = Forger(elm, oak)
    towns.clock.jump(YEAR)
    row = await row_of(oak, elm)
    order = await forger.frame([probe(forger)], seq=row.peer_seq + 1, prev=row.peer_hash)
    assert (503, "clock_doubtful") == code_of(await forger.post(order))
    assert row.peer_seq == (await row_of(oak, elm)).peer_seq
    other = await forger.frame([Cancel(order_hash="A" * 43)], seq=row.peer_seq + 1, prev=row.peer_hash)
    assert 200 == (await forger.post(other)).status


async def test_the_operators_word_makes_the_time_true(open_pair: tuple[Ring, Ring], towns: Towns) -> None:
    oak, elm = open_pair
    towns.clock.jump(-3 * HOUR)
    assert "clock_doubtful" == (await state(oak))[0]
    for ring in (oak, elm):
        assert None is (await carry_out(ring, "clock.confirm", b"{}"))["doubt"]
    assert ("ready", None) == await state(oak)
    await until(lambda: _is_open(oak, elm))
    assert "paid" == (await end_of(oak, (await pay(oak, "alma", "ben@elm.example", 60)).payment_id)).state


async def _is_open(oak: Ring, elm: Ring) -> bool:
    return (await view_of(oak, elm)).state == "open"


@pytest.fixture
async def cut_off(open_pair: tuple[Ring, Ring], towns: Towns) -> Ring:
    """Oak, which has noticed that elm does not answer: what it pays to elm waits at home."""
    towns.network.cut.add("elm")
    await until(lambda: _is_away(open_pair[0]))
    return open_pair[0]


async def test_what_waits_at_home_is_not_given_back_by_a_clock_that_jumped(cut_off: Ring, towns: Towns) -> None:
    oak = cut_off
    waiting = await pay(oak, "alma", "ben@elm.example", 60)
    towns.clock.jump(YEAR)
    await oak.store.write(oak.federation._sweep_once)
    assert "queued" == (await oak.payments.get(waiting.payment_id, OPERATOR)).state
    towns.clock.jump(-YEAR)
    towns.network.heal()
    assert "paid" == (await end_of(oak, waiting.payment_id)).state
    assert -60 == await balance(oak, "alma")


async def test_what_was_ordered_by_a_clock_that_ran_ahead_has_its_time_from_when_it_is_right(
    cut_off: Ring, towns: Towns
) -> None:
    """Twenty hours are believed for a while: they are less than a day."""
    oak, longest = cut_off, cut_off.config.lines.deadline_hours * HOUR
    towns.clock.stop()
    towns.clock.jump(20 * HOUR)
    waiting = await pay(oak, "alma", "ben@elm.example", 60)
    ahead = oak.clock.now()
    assert (ahead, ahead + longest) == await _waiting_times(oak)
    towns.clock.jump(-20 * HOUR)
    await oak.store.write(oak.federation._sweep_once)  # in doubt, it may be that it was right before
    assert (ahead, ahead + longest) == await _waiting_times(oak)
    await carry_out(oak, "clock.confirm", b"{}")
    for _ in range(2):  # it begins once
        await oak.store.write(oak.federation._sweep_once)
        assert (ahead - 20 * HOUR, ahead - 20 * HOUR + longest) == await _waiting_times(oak)

    towns.clock.jump(longest)
    await carry_out(oak, "clock.confirm", b"{}")
    await oak.store.write(oak.federation._sweep_once)

    ended = await end_of(oak, waiting.payment_id)
    assert ("refused", "deadline_passed", 0) == (ended.state, ended.code, await balance(oak, "alma"))


async def test_what_was_ordered_by_a_clock_that_was_ahead_by_minutes_stays_as_it_is(
    cut_off: Ring, towns: Towns
) -> None:
    """Rings' clocks may differ by that; whoever is asked takes it."""
    towns.clock.jump(600)
    await pay(cut_off, "alma", "ben@elm.example", 60)
    before = await _waiting_times(cut_off)
    towns.clock.jump(-600)
    await cut_off.store.write(cut_off.federation._sweep_once)

    assert before == await _waiting_times(cut_off)


async def _waiting_times(ring: Ring) -> tuple[int, int]:
    """When the one order that waits unsigned was made, and when it must be decided."""
    sql = "SELECT created_at, deadline_at FROM order_out WHERE state = 'queued'"
    created_at, deadline_at = await ring.store.read(lambda tx: tx.one(sql))
    return created_at, deadline_at


@pytest.mark.parametrize(("is_confirmed", "kept"), [(False, True), (True, False)])
async def test_notes_to_self_are_not_dropped_by_a_clock_that_jumped(
    open_pair: tuple[Ring, Ring], towns: Towns, *, is_confirmed: bool, kept: bool
) -> None:
    """They name whose hours came back after a loss: only a clock that is believed says that they are old."""
    oak, elm = open_pair
    assert "paid" == (await end_of(oak, (await pay(oak, "alma", "ben@elm.example", 60)).payment_id)).state
    await elm.federation.stop()
    await oak.federation.stop()
    towns.clock.jump(YEAR)
    if is_confirmed:
        await oak.timekeeping.confirm()
    await oak.store.write(oak.federation._sweep_once)
    count = await oak.store.read(lambda tx: tx.one("SELECT count(*) FROM note_to_self")[0])
    assert kept == bool(count)


async def _is_away(oak: Ring) -> bool:
    await oak.store.write(lambda tx: None)
    for line in oak.federation.lines.all():
        line.owes_have = True
        line.wake.set()
    return all(line.is_away for line in oak.federation.lines.all())


@pytest.mark.parametrize(
    ("away_seconds", "doubt"), [(HOUR, None), (20 * 24 * HOUR, None), (YEAR, "ahead"), (-2 * HOUR, "behind")]
)
async def test_a_start_compares_with_the_last_commit(
    oak: Ring, towns: Towns, away_seconds: int, doubt: str | None
) -> None:
    """A ring may have been off for weeks; the clock of a machine without a battery begins in another year."""
    towns.clock.waited_seconds = 120.0
    towns.clock.ahead_seconds += 120
    await oak.members.add("cleo", "Cleo")
    await towns.close("oak")
    towns.clock.jump(away_seconds)
    again = await towns.open("oak")
    assert doubt == (await state(again))[1]


async def test_at_home_one_pays_whatever_the_clock_says(oak: Ring, towns: Towns) -> None:
    await oak.members.add("cleo", "Cleo")
    towns.clock.jump(YEAR)
    assert "paid" == (await pay(oak, "alma", "cleo", 60)).state
