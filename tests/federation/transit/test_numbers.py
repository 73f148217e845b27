# SPDX-License-Identifier: AGPL-3.0-or-later
"""The numbers of a ring between, of ways and of netting, each just below and just at its bound (SPEC.md 7.5, 7.12)."""

from __future__ import annotations

from functools import partial

import msgspec
import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.clock import SystemClock
from ringtausch_node.federation.line.records import load_line, save_line
from ringtausch_node.federation.netting import circles
from ringtausch_node.federation.netting.circles import find_circles, guess_circles
from ringtausch_node.federation.orders import between_records
from ringtausch_node.federation.orders.between import Between
from ringtausch_node.federation.orders.between_records import Carried
from ringtausch_node.federation.orders.between_rules import Offered, order_of, refuse_at_once, signed_of
from ringtausch_node.federation.routes import crowd
from ringtausch_node.federation.routes.adverts import Adverts
from ringtausch_node.federation.routes.atlas import Atlas
from ringtausch_node.federation.routes.buckets import BUCKETS
from ringtausch_node.ids import SystemIds
from ringtausch_node.store import Tx
from ringtausch_protocol import canonical
from ringtausch_protocol.advert_bodies import AdvertsAnswer
from ringtausch_protocol.frames import parse_header
from tests.federation.towns import HOUR, Towns, end_of, line_of, until
from tests.federation.transit.chain import Chain, holds, row_of_rings

#: A line of ten hours.
FIFTH_SECONDS = 2 * HOUR


class Stopped(SystemClock):
    """A clock that a test sets by hand, to the second."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds

    def now(self) -> int:
        """Unix seconds."""
        return self.seconds

    def monotonic(self) -> float:
        """The same."""
        return float(self.seconds)


# -- the ring between ----------------------------------------------------------------------------------------------


async def test_from_the_second_hold_on_a_destination_has_a_fifth_of_the_line(towns: Towns) -> None:
    chain = await row_of_rings(towns, 3)
    await towns.network.fall_silent("ash")
    first = await chain.pay(HOUR)
    await until(partial(holds, chain.rings[1]))
    above = await chain.paid(FIFTH_SECONDS - HOUR + 1)
    assert (above.state, above.code) == ("refused", "no_capacity")
    full = await chain.pay(FIFTH_SECONDS - HOUR)
    await until(partial(_holds_so_many, chain.rings[1], 2))
    one_second = await chain.paid(1)
    assert (one_second.state, one_second.code) == ("refused", "no_capacity")
    towns.network.heal()
    assert [(await end_of(chain.first, each.payment_id)).state for each in (first, full)] == ["paid", "paid"]


async def test_the_only_hold_towards_a_destination_may_take_the_whole_line(towns: Towns) -> None:
    chain = await row_of_rings(towns, 3)
    assert (await chain.paid(10 * HOUR)).state == "paid"


async def _holds_so_many(ring: Ring, count: int) -> bool:
    return [each.state for each in await ring.federation.carrying.list()].count("held") == count


@pytest.mark.parametrize(("waited_seconds", "state"), [(59, "waiting"), (60, "released")])
async def test_a_silent_next_ring_is_waited_for_to_the_sixtieth_second(
    towns: Towns, waited_seconds: int, state: str
) -> None:
    chain = await row_of_rings(towns, 3)
    await chain.paid(60)
    for ring in chain.rings:
        await ring.federation.stop()
    elm, ash = chain.rings[1], chain.last
    line_of(elm, ash).is_away = True
    arrived = await elm.store.write(partial(_make_wait, elm))
    clock = Stopped(arrived + waited_seconds)
    between = Between(elm.identity, clock, SystemIds(clock), elm.federation.lines)
    await elm.store.write(between.look)
    assert (await elm.store.read(_newest)).state == state


def _make_wait(ring: Ring, tx: Tx) -> int:
    """The order that passed is on its way again: it waits for the next ring. -> when it came."""
    carried = _newest(tx)
    waiting = carried._replace(
        state="waiting", answer=None, transfer_id=None, ended_at=None, order_hash="w" * 43, boot=ring.identity.boot
    )
    between_records.insert(tx, waiting)
    row = load_line(tx, carried.peer_in)
    row.held_in_seconds += carried.amount_seconds
    row.held_in_count += 1
    save_line(tx, row)
    return carried.arrived_at


def _newest(tx: Tx) -> Carried:
    sql = "SELECT order_hash FROM order_between ORDER BY order_hash = ? DESC LIMIT 1"
    found = between_records.load(tx, tx.one(sql, ("w" * 43,))[0])
    assert found is not None
    return found


@pytest.mark.parametrize(("count", "seconds"), [(3, 20), (4, 40)])
async def test_each_hop_behind_a_ring_between_has_twenty_seconds_of_the_deadline(
    towns: Towns, count: int, seconds: int
) -> None:
    chain = await row_of_rings(towns, count)
    await chain.paid(60)
    elm = chain.rings[1]
    asked = partial(_refused_with_left, chain)
    left = [seconds - 1, seconds]
    assert [await elm.store.read(partial(asked, each)) for each in left] == ["deadline_too_short", None]


def _refused_with_left(chain: Chain, left_seconds: int, tx: Tx) -> str | None:
    """What elm says to the order that passed if so much were left of its deadline."""
    oak, elm = chain.rings[:2]
    carried, line = _newest(tx), line_of(elm, oak)
    signed, box = signed_of(carried), b"a box"
    order = msgspec.structs.replace(order_of(carried), sealed_hash=canonical.sha256_b64(box))
    header = parse_header(bytes(signed.header), oak.identity.own.frame_keys)[0]
    offered = Offered(order, carried.order_hash, signed, carried.place, header, box)
    return refuse_at_once(tx, line, load_line(tx, line.peer.id), offered, order.deadline_at - left_seconds)


# -- ways ----------------------------------------------------------------------------------------------------------


def test_a_line_that_failed_rests_ten_minutes_to_the_second() -> None:
    clock = Stopped(1_800_000_000)
    atlas = Atlas(clock)
    atlas.rest("elm", "ash")
    rests = []
    for seconds in (599, 600):
        clock.seconds = 1_800_000_000 + seconds
        rests.append(atlas.rests("elm", "ash"))
    assert rests == [True, False]


def test_the_steps_in_which_room_is_told() -> None:
    assert BUCKETS == (0, 1_800, 3_600, 7_200, 18_000, 36_000, 72_000)


def test_an_advert_counts_as_five_lines_at_least() -> None:
    assert [crowd.lines_of(count) for count in (0, 4, 5, 6)] == [5, 5, 5, 6]


class Said:
    """What oak says of its lines, on a clock that stands still."""

    def __init__(self, ring: Ring) -> None:
        self.ring, self.start = ring, ring.clock.now() + 10
        self.clock, ways = Stopped(self.start), ring.federation.ways
        self.adverts = Adverts(
            store=ring.store, clock=self.clock, identity=ring.identity, lines=ring.federation.lines,
            strangers=ring.federation.between.strangers, atlas=ways.atlas,
        )  # fmt: skip

    async def seq_after(self, seconds: int) -> int:
        """The number of its advert, so long after it began."""
        self.clock.seconds = self.start + seconds
        await self.ring.store.write(self.adverts.refresh)
        return self.adverts._held[self.ring.identity.ring_id] - self.start


@pytest.fixture
async def said(towns: Towns) -> Said:
    """Oak has a line to elm; nothing goes by itself."""
    chain = await row_of_rings(towns, 2)
    for ring in chain.rings:
        await ring.federation.stop()
    await chain.first.store.write(_forget_adverts)
    return Said(chain.first)


def _forget_adverts(tx: Tx) -> None:
    tx.execute("DELETE FROM advert")


async def test_an_advert_counts_a_day_and_is_said_again_after_six_hours(said: Said) -> None:
    assert [await said.seq_after(seconds) for seconds in (0, 21_599, 21_600)] == [0, 0, 21_600]
    until_then = said.adverts._atlas._until[said.ring.identity.ring_id]
    assert until_then - said.clock.seconds == 86_400


async def test_a_changed_line_is_said_after_a_minute(said: Said) -> None:
    assert await said.seq_after(0) == 0
    await said.ring.federation.carrying.set("elm.example", carries=True)
    assert [await said.seq_after(seconds) for seconds in (59, 60)] == [0, 60]


async def test_what_a_peer_was_told_it_is_told_again_after_five_minutes(said: Said) -> None:
    await said.seq_after(0)
    (line,) = said.ring.federation.lines.all()
    await said.adverts.take(line, AdvertsAnswer(have=[], cards=[], adverts=[]))
    assert len((await said.adverts.ask(line)).adverts) == 1
    is_due = []
    for seconds in (299, 300):
        said.clock.seconds = said.start + seconds
        is_due.append(said.adverts.is_due(line))
    assert is_due == [False, True]


async def test_a_clock_that_leaps_more_than_ten_minutes_has_neighbours_asked_anew(said: Said) -> None:
    await said.seq_after(0)
    (line,) = said.ring.federation.lines.all()
    is_asked = []
    for seconds in (600, 1_201):
        await said.adverts.take(line, AdvertsAnswer(have=[], cards=[], adverts=[]))
        await said.seq_after(seconds)
        is_asked.append(said.adverts._there == {})
    assert is_asked == [False, True]


# -- netting -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("seconds", "count"), [(299, 0), (300, 1)])
def test_less_than_five_minutes_is_not_walked(seconds: int, count: int) -> None:
    claims = {"a": {"b": HOUR}, "b": {"c": seconds}, "c": {"a": HOUR}}
    assert (len(find_circles(claims, "a")), len(guess_circles({}, claims, "a"))) == (count, count)


def test_a_plan_has_sixteen_circles() -> None:
    names = [f"r{number:02}" for number in range(30)]
    claims = {one: {other: HOUR for other in names if other != one} for one in names}
    assert len(find_circles(claims, "r00")) == 16


def test_a_day_guesses_sixteen_circles_of_ten_thousand_that_are_looked_at() -> None:
    assert (circles.GUESSES_MAX, circles.SEEN_MAX) == (16, 10_000)
