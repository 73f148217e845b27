# SPDX-License-Identifier: AGPL-3.0-or-later
"""Debts that run in a circle end, and nobody's member notices (SPEC.md 7.14)."""

from __future__ import annotations

from functools import partial

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.federation.orders import between_records, round_trip
from ringtausch_node.federation.orders.between_records import NEWEST, Carried
from ringtausch_node.federation.orders.between_rules import order_of
from ringtausch_node.federation.orders.round_trip import ACCOUNT_KEY
from ringtausch_node.ledger import service as ledger
from ringtausch_node.store import Tx
from ringtausch_protocol.items import Order, encode_item, item_hash
from tests.audit.exports import audited, codes, export
from tests.federation.copies import Copies, ready
from tests.federation.towns import HOUR, Towns, end_of, faults, pay, row_of, until
from tests.federation.transit.circle import Circle, circle_of_rings, netting_of, owe


async def tell(circle: Circle) -> None:
    """Every ring says anew what room it has, and every other one hears it."""
    circle.towns.clock.ahead_seconds += 61
    for ring in circle.rings:
        await ring.store.write(ring.federation.ways.adverts.refresh)
    for ring in circle.rings:
        for other in circle.rings:
            await until(partial(_knows_newest, ring, other))


async def _knows_newest(ring: Ring, other: Ring) -> bool:
    held, said = ring.federation.ways.adverts._held, other.federation.ways.adverts._held
    return held.get(other.identity.ring_id) == said.get(other.identity.ring_id)


async def test_a_circle_of_three_is_netted_and_no_member_touched(towns: Towns) -> None:
    circle = await circle_of_rings(towns, 3)
    await circle.owe([2, 2, 2])
    members = await circle.members()
    await tell(circle)
    starter, others = circle.starter, [ring for ring in circle.rings if ring is not circle.starter]

    plans = [await netting_of(ring).plan() for ring in circle.rings]
    assert [[(each.amount_seconds, each.starter) for each in plan.circles] for plan in plans] == [
        [(2 * HOUR, starter.config.address)]
    ] * 3
    assert (await netting_of(others[0]).run(only_ours=True)).walked == []
    run = await netting_of(starter).run(only_ours=True)

    assert [(each.wanted_seconds, each.freed_seconds, each.code) for each in run.walked] == [(2 * HOUR, 2 * HOUR, None)]
    await until(partial(_is_even, circle))
    assert await circle.members() == members
    for ring in circle.rings:
        assert [each.freed_seconds for each in (await netting_of(ring).plan()).lines] == [2 * HOUR, 2 * HOUR]
        assert await ring.store.read(_netting_balance) in (0, None)
    await _nothing_is_left(circle)
    logs = [log for ring in circle.rings for log in await export(ring, towns.root / ring.config.name)]
    assert codes(audited(*logs)) == []


async def test_what_is_not_told_is_found_by_halves(towns: Towns) -> None:
    """The smallest debt of a circle is another ring's: no ring between can be made to owe more for a larger one."""
    circle = await circle_of_rings(towns, 4)
    least = (circle.rings.index(circle.starter) + 1) % 4  # the edge behind the starter's own
    hours = [3.0, 3.0, 3.0, 3.0]
    hours[least] = 1.0
    await circle.owe(hours)
    await tell(circle)

    run = await netting_of(circle.starter).run()

    assert sum(each.freed_seconds for each in run.walked) == pytest.approx(HOUR, abs=450)
    assert min(await circle.debts()) >= 0
    await _nothing_is_left(circle)


async def test_a_debt_that_is_small_beside_its_line_is_found_by_trying(towns: Towns) -> None:
    """Of lines as wide as a hundred hours adverts tell no debt at all: five minutes go round first, then the rest."""
    circle = await circle_of_rings(towns, 3, limit_seconds=100 * HOUR)
    await circle.owe([2, 2, 2])
    await tell(circle)
    starter = netting_of(circle.starter)
    assert (await starter.plan()).circles == []
    assert (await starter.run()).walked == []

    run = await starter.run(only_ours=True)

    assert [(each.wanted_seconds, each.freed_seconds, each.code) for each in run.walked] == [(2 * HOUR, 2 * HOUR, None)]
    await until(partial(_is_even, circle))
    await _nothing_is_left(circle)


async def test_where_a_guess_is_wrong_nobody_comes_to_owe_more(towns: Towns) -> None:
    circle = await circle_of_rings(towns, 3, limit_seconds=100 * HOUR)
    behind = (circle.rings.index(circle.starter) + 1) % 3  # the edge that the starter does not see
    hours = [2.0, 2.0, 2.0]
    hours[behind] = 0
    await circle.owe(hours)
    one, other = circle.edges[behind]
    await owe(other, one, HOUR)
    await tell(circle)
    before = await circle.debts()

    assert (await netting_of(circle.starter).run(only_ours=True)).walked == []

    assert await circle.debts() == before
    await _nothing_is_left(circle)


async def test_no_round_trip_raises_a_debt_whatever_is_under_way(towns: Towns) -> None:
    """A hold of a payment takes its part of a debt first (holes, A8)."""
    circle = await circle_of_rings(towns, 3)
    await circle.owe([2, 2, 2])
    await tell(circle)
    path = netting_of(circle.starter)._circles
    route = (await circle.starter.store.read(partial(path, is_for_now=True)))[0].path
    between, behind = (next(ring for ring in circle.rings if ring.identity.ring_id == each) for each in route[1:3])
    await towns.network.fall_silent(behind.config.name)
    under_way = await pay(between, between.config.name, f"{behind.config.name}@{behind.config.address}", HOUR)
    assert (await row_of(between, behind)).held_out_seconds == HOUR

    assert await netting_of(circle.starter)._try(route, 2 * HOUR) == "no_capacity"

    towns.network.heal()
    assert (await end_of(between, under_way.payment_id)).state == "paid"
    assert (await netting_of(circle.starter).run()).walked[0].freed_seconds == HOUR
    assert sorted(await circle.debts()) == [0, HOUR, HOUR]
    await _nothing_is_left(circle)


async def test_a_round_trip_that_is_not_ours_or_has_ended_is_not_paid(towns: Towns) -> None:
    """`refuse_end`: a neighbour offers us an order under our signature again, after it was given up (holes, A8)."""
    circle = await circle_of_rings(towns, 3)
    await circle.owe([2, 2, 2])
    await tell(circle)
    starter = circle.starter
    route = (await starter.store.read(partial(netting_of(starter)._circles, is_for_now=True)))[0].path
    await circle.owe([1, 1, 1])  # for later
    assert await netting_of(starter)._try(route, 2 * HOUR) is None
    (carried,) = {
        each for ring in circle.rings for each in await ring.store.read(_carried) if ring.identity.ring_id == route[-2]
    }
    order = order_of(carried)
    before = await starter.store.read(partial(_refused, order))
    assert before == "not_allowed"


async def test_the_starter_and_a_ring_between_come_back_from_old_copies(towns: Towns, copies: Copies) -> None:
    circle = await circle_of_rings(towns, 3)
    await circle.owe([2, 2, 2])
    await tell(circle)
    names = [circle.starter.config.name, *(each.config.name for each in circle.rings if each is not circle.starter)]
    for name in names[:2]:
        await copies.take(name)
    _renew(circle)
    await ready(*circle.rings)
    await tell(circle)
    assert (await netting_of(circle.starter).run()).walked[0].freed_seconds == 2 * HOUR
    for name in names[:2]:
        ring = await copies.put_back(name, mark=True)
        _renew(circle)
        await ring.federation.start()
        await ready(*circle.rings)
        await until(partial(_is_settled, circle, ring))
    await _nothing_is_left(circle)


async def _is_settled(circle: Circle, ring: Ring) -> bool:
    return await circle.debts() == [0, 0, 0] and await ring.store.read(_netting_balance) in (0, None)


def _renew(circle: Circle) -> None:
    """Rings that were opened again."""
    circle.rings[:] = [circle.towns.network.rings[ring.config.name] for ring in circle.rings]


def _carried(tx: Tx) -> list[Carried]:
    return [*between_records.load_open(tx, NEWEST, 10), *between_records.load_ended(tx, NEWEST, 10)]


def _refused(order: Order, tx: Tx) -> str | None:
    return round_trip.refuse_end(tx, order, item_hash(encode_item(order)))


async def _is_even(circle: Circle) -> bool:
    return await circle.debts() == [0] * len(circle.rings)


async def _nothing_is_left(circle: Circle) -> None:
    """Nothing is held on any line, and a replay of all books and lines finds nothing."""
    for one, other in circle.edges:
        for ring, peer in ((one, other), (other, one)):
            await until(partial(_is_free, ring, peer))
    assert await faults(*circle.rings) == []


async def _is_free(ring: Ring, peer: Ring) -> bool:
    row = await row_of(ring, peer)
    return (row.held_in_seconds, row.held_in_count, row.held_out_seconds, row.held_out_count) == (0, 0, 0, 0)


def _netting_balance(tx: Tx) -> int | None:
    found = ledger.account_by_key(tx, ACCOUNT_KEY)
    return None if found is None else found.balance_seconds
