# SPDX-License-Identifier: AGPL-3.0-or-later
"""What an old copy does not know: who joined, what was spent, what still waited, which terms changed."""

from __future__ import annotations

import shutil
from functools import partial

from ringtausch_node.bootstrap import Ring
from ringtausch_node.members.model import OPERATOR
from tests.federation.copies import Copies, is_lost, pay_both_ways, ready, report_of, sound
from tests.federation.towns import HOUR, Towns, balance, end_of, line_of, pay, talk, until, view_of


async def test_both_rings_from_copies_of_different_days(pair: tuple[Ring, Ring], towns: Towns, copies: Copies) -> None:
    oak, elm = pair
    await talk(oak, elm)
    await copies.take("oak")
    await ready(*towns.network.rings.values())
    await pay_both_ways(towns.network.rings["oak"], elm, 6)
    await copies.take("elm")
    await ready(*towns.network.rings.values())
    known = await balance(towns.network.rings["elm"], "ben")
    await pay_both_ways(towns.network.rings["oak"], towns.network.rings["elm"], 6)
    oak = await copies.put_back("oak", mark=True)
    elm = await copies.put_back("elm", mark=True)
    await oak.federation.start()
    await elm.federation.start()
    await ready(oak, elm)
    await sound(oak, elm)
    assert (await balance(elm, "ben"), await balance(oak, "alma")) == (known, -known)
    await pay_both_ways(oak, elm, 3)
    await sound(oak, elm)


async def test_hours_that_were_spent_meanwhile_stand_on_the_account_recovered(
    pair: tuple[Ring, Ring], towns: Towns, copies: Copies
) -> None:
    oak, elm = pair
    await oak.members.add("arne", "Arne")
    await oak.members.add("ada", "Ada", min_seconds=-HOUR)
    await talk(oak, elm)
    oak = await copies.take("oak")
    await ready(oak)
    assert (await end_of(oak, (await pay(oak, "ada", "ben@elm.example", HOUR)).payment_id)).state == "paid"
    oak = await copies.put_back("oak", mark=False)
    await pay(oak, "ada", "arne", HOUR)  # the copy does not know what is gone
    await oak.federation.start()
    await until(partial(is_lost, oak))
    await oak.federation.recovery.declare_old_copy()
    await ready(oak, elm)
    await sound(oak, elm)
    assert await balance(oak, "ada") == -HOUR
    report = await report_of(oak)
    assert report.recovered_seconds == -HOUR
    assert [(each.place, each.state) for each in report.came_back] == [("payer", "posted")]
    assert report.came_back[0].account != report.came_back[0].booked


async def test_hours_of_somebody_who_joined_after_the_copy_wait_for_the_office(
    pair: tuple[Ring, Ring], towns: Towns, copies: Copies
) -> None:
    oak, elm = pair
    await talk(oak, elm)
    oak = await copies.take("oak")
    await ready(oak)
    await oak.members.add("neu", "Neu")
    assert (await end_of(elm, (await pay(elm, "ben", "neu@oak.example", 600)).payment_id)).state == "paid"
    assert (await end_of(oak, (await pay(oak, "neu", "ben@elm.example", 60)).payment_id)).state == "paid"
    oak = await copies.put_back("oak", mark=True)
    await oak.members.add("anders", "Anders")  # gets the number that Neu's account had
    await oak.federation.start()
    await ready(oak, elm)
    await sound(oak, elm)
    assert await balance(oak, "anders") == 0
    assert (await report_of(oak)).recovered_seconds == 540


async def test_whoever_was_taken_in_again_before_gets_the_hours(
    pair: tuple[Ring, Ring], towns: Towns, copies: Copies
) -> None:
    oak, elm = pair
    await talk(oak, elm)
    oak = await copies.take("oak")
    await ready(oak)
    await oak.members.add("neu", "Neu")
    assert (await end_of(elm, (await pay(elm, "ben", "neu@oak.example", 600)).payment_id)).state == "paid"
    oak = await copies.put_back("oak", mark=True)
    await oak.members.add("anders", "Anders")
    await oak.members.add("neu", "Neu")
    await oak.federation.start()
    await ready(oak, elm)
    assert (await balance(oak, "neu"), await balance(oak, "anders")) == (600, 0)
    await sound(oak, elm)


async def test_a_payment_that_waited_in_the_copy_is_dropped_and_its_member_told(
    pair: tuple[Ring, Ring], towns: Towns, copies: Copies
) -> None:
    oak, elm = pair
    await talk(oak, elm)
    await towns.close("elm")
    line_of(oak, elm).is_away = True
    waits = await pay(oak, "alma", "ben@elm.example", 60)
    assert waits.state == "queued"
    oak = await copies.take("oak")
    assert (await oak.payments.cancel(waits.payment_id, OPERATOR)).state == "cancelled"
    oak = await copies.put_back("oak", mark=True)
    assert (await oak.payments.get(waits.payment_id, OPERATOR)).state == "queued"
    elm = await towns.open("elm")
    await elm.federation.start()
    await oak.federation.start()
    await ready(oak, elm)
    ended = await oak.payments.get(waits.payment_id, OPERATOR)
    assert (ended.state, ended.code) == ("cancelled", "restored")
    assert await balance(elm, "ben") == 0
    assert (await report_of(oak)).dropped == 1
    await sound(oak, elm)


async def test_a_payment_that_waited_in_the_copy_and_was_made_takes_its_row(
    pair: tuple[Ring, Ring], towns: Towns, copies: Copies
) -> None:
    oak, elm = pair
    await talk(oak, elm)
    await towns.close("elm")
    line_of(oak, elm).is_away = True
    waits = await pay(oak, "alma", "ben@elm.example", 60)
    await copies.take("oak")
    elm = await towns.open("elm")
    await elm.federation.start()
    oak = towns.network.rings["oak"]
    assert (await end_of(oak, waits.payment_id)).state == "paid"
    await sound(oak, elm)
    oak = await copies.put_back("oak", mark=True)
    await oak.federation.start()
    await ready(oak, elm)
    assert (await end_of(oak, waits.payment_id)).state == "paid"
    assert await balance(elm, "ben") == 60
    assert (await report_of(oak)).dropped == 0
    await sound(oak, elm)


async def test_terms_changed_since_the_copy_come_back(pair: tuple[Ring, Ring], towns: Towns, copies: Copies) -> None:
    oak, elm = pair
    await talk(oak, elm)
    oak = await copies.take("oak")
    await ready(oak)
    for hours in (20, 30):
        await elm.federation.limit("oak.example", hours * HOUR)
        await until(partial(_proposes, oak, elm, hours))
        await oak.federation.agree("elm.example")
        await until(partial(_allows, elm, oak, hours))
    await oak.federation.limit("elm.example", 5 * HOUR)
    await sound(oak, elm)
    oak = await copies.put_back("oak", mark=True)
    await oak.federation.start()
    await ready(oak, elm)
    view = await view_of(oak, elm)
    assert (view.limit_in, view.limit_out) == (5 * HOUR, 30 * HOUR)
    await sound(oak, elm)


async def _proposes(oak: Ring, elm: Ring, hours: int) -> bool:
    return (await view_of(oak, elm)).proposed_out == hours * HOUR


async def _allows(elm: Ring, oak: Ring, hours: int) -> bool:
    return (await view_of(elm, oak)).limit_in == hours * HOUR


async def test_one_copy_restored_twice_begins_a_log_of_its_own_each_time(
    pair: tuple[Ring, Ring], towns: Towns, copies: Copies
) -> None:
    oak, elm = pair
    await talk(oak, elm)
    await copies.take("oak")
    await ready(towns.network.rings["oak"])
    await pay_both_ways(towns.network.rings["oak"], elm, 3)
    shutil.copytree(towns.root / "oak.copy", towns.root / "oak.again")
    oak = await copies.put_back("oak", mark=True)
    await oak.federation.start()
    await ready(oak, elm)
    await pay_both_ways(oak, elm, 3)
    (towns.root / "oak.again").rename(towns.root / "oak.copy")
    oak = await copies.put_back("oak", mark=True)
    await oak.federation.start()
    await ready(oak, elm)
    await sound(oak, elm)
    assert await oak.store.read(lambda tx: tx.one("SELECT log FROM frontier")[0]) == 3
