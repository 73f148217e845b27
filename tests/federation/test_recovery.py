# SPDX-License-Identifier: AGPL-3.0-or-later
"""An old copy finds its way back: nothing between rings is lost or booked twice, and nobody pays meanwhile."""

from __future__ import annotations

import asyncio
import shutil
from functools import partial

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.federation.recovery import RecoveryReport
from ringtausch_node.members.model import OPERATOR
from ringtausch_node.store.lock_database import FolderMarks, Mark
from ringtausch_protocol.errors import LocalError
from tests.federation.towns import HOUR, Towns, balance, end_of, faults, line_of, pay, row_of, talk, until, view_of

COPY_AT = 1_700_000_000


class Copies:
    """Folders of rings as they once were."""

    def __init__(self, towns: Towns) -> None:
        self._towns, self._count = towns, 0

    async def take(self, name: str) -> None:
        """Copy a ring's folder as it lies there, with the ring off for a moment."""
        await self._towns.close(name)
        shutil.copytree(self._towns.root / name, self._towns.root / f"{name}.copy")
        ring = await self._towns.open(name)
        await ring.federation.start()

    async def put_back(self, name: str, *, mark: bool) -> Ring:
        """The disk is lost: the ring begins again from the copy."""
        if name in self._towns.network.rings:
            await self._towns.close(name)
        shutil.rmtree(self._towns.root / name)
        (self._towns.root / f"{name}.copy").rename(self._towns.root / name)
        if mark:
            self._count += 1
            marks = FolderMarks(self._towns.root / name / "lock.sqlite")
            marks.set(Mark(bytes([self._count]) * 16, "restored", COPY_AT, COPY_AT))
        return await self._towns.open(name)


@pytest.fixture
def copies(towns: Towns) -> Copies:
    """Where copies are kept."""
    return Copies(towns)


async def pay_both_ways(oak: Ring, elm: Ring, count: int) -> None:
    """`count` payments, two of three from oak; all decided."""
    for number in range(count):
        if number % 3:
            view = await pay(oak, "alma", "ben@elm.example", 60 + number)
            assert (await end_of(oak, view.payment_id)).state == "paid"
        else:
            view = await pay(elm, "ben", "alma@oak.example", 90 + number)
            assert (await end_of(elm, view.payment_id)).state == "paid"


async def ready(*rings: Ring) -> None:
    """Wait until rings pay again and their lines are open."""
    for ring in rings:
        await until(partial(_is_ready, ring))


async def _is_ready(ring: Ring) -> bool:
    views = await ring.federation.peers()
    return not ring.federation.recovery.is_active and all(view.state == "open" for view in views)


async def sound(oak: Ring, elm: Ring) -> None:
    """Both books and logs replay, both sides say the same of the line, and nothing is held for nobody."""
    await until(partial(_mirrored, oak, elm))
    assert await faults(oak, elm) == []
    for ring, other in ((oak, elm), (elm, oak)):
        held = await ring.store.read(
            lambda tx: tx.one("SELECT count(*), coalesce(sum(amount_seconds), 0) FROM hold WHERE state = 'open'")
        )
        row = await row_of(ring, other)
        assert held == (row.held_out_count, row.held_out_seconds) == (0, 0)


async def _mirrored(oak: Ring, elm: Ring) -> bool:
    here, there = await row_of(oak, elm), await row_of(elm, oak)
    is_quiet = (here.own_seq, here.peer_seq) == (there.peer_seq, there.own_seq)
    return is_quiet and (await view_of(oak, elm)).clearing_seconds == -(await view_of(elm, oak)).clearing_seconds


async def report_of(ring: Ring) -> RecoveryReport:
    """What the operator is shown."""
    report = await ring.store.read(ring.federation.recovery.report)
    assert report is not None
    return report


@pytest.mark.parametrize("lost", ["oak", "elm"])
@pytest.mark.parametrize("count", [1, 10, 100])
async def test_a_copy_is_healed_to_the_last_second(
    pair: tuple[Ring, Ring], towns: Towns, copies: Copies, lost: str, count: int
) -> None:
    oak, elm = pair
    await talk(oak, elm)
    await pay_both_ways(oak, elm, 3)
    await copies.take(lost)
    rings = towns.network.rings
    await ready(*rings.values())
    await pay_both_ways(rings["oak"], rings["elm"], count)
    await sound(rings["oak"], rings["elm"])
    before = [await balance(rings["oak"], "alma"), await balance(rings["elm"], "ben")]
    restored = await copies.put_back(lost, mark=True)
    assert restored.federation.recovery.is_active
    await restored.federation.start()
    await ready(*rings.values())
    await sound(rings["oak"], rings["elm"])
    assert before == [await balance(rings["oak"], "alma"), await balance(rings["elm"], "ben")]
    assert await report_of(restored)
    assert (await report_of(restored)).recovered_seconds == 0
    assert len((await report_of(restored)).came_back) == count
    await pay_both_ways(rings["oak"], rings["elm"], 3)
    await sound(rings["oak"], rings["elm"])


async def test_a_raw_copy_signs_nothing_until_its_operator_says_what_it_is(
    pair: tuple[Ring, Ring], towns: Towns, copies: Copies
) -> None:
    oak, elm = pair
    await talk(oak, elm)
    await copies.take("oak")
    oak = towns.network.rings["oak"]
    await ready(oak)
    await pay_both_ways(oak, elm, 9)
    before = await balance(oak, "alma")
    oak = await copies.put_back("oak", mark=False)
    await oak.federation.start()
    await until(partial(_is_lost, oak))
    seq = (await row_of(oak, elm)).own_seq
    with pytest.raises(LocalError, match="paused"):
        await pay(oak, "alma", "ben@elm.example", 60)
    await asyncio.sleep(0.1)
    assert (await row_of(oak, elm)).own_seq == seq
    await oak.federation.recovery.declare_old_copy()
    await ready(oak, elm)
    await sound(oak, elm)
    assert await balance(oak, "alma") == before
    assert (await report_of(oak)).code == "old_copy"


async def _is_lost(ring: Ring) -> bool:
    views = await ring.federation.peers()
    return [(view.state, view.reason) for view in views] == [("quarantined", "lost")]


async def test_while_it_recovers_a_ring_pays_nobody_and_shows_everything(
    pair: tuple[Ring, Ring], towns: Towns, copies: Copies
) -> None:
    oak, elm = pair
    await oak.members.add("arne", "Arne")
    await talk(oak, elm)
    await copies.take("oak")
    await ready(towns.network.rings["oak"])
    await pay_both_ways(towns.network.rings["oak"], elm, 3)
    oak = await copies.put_back("oak", mark=True)
    towns.network.cut.add("elm")
    await oak.federation.start()
    for payee in ("arne", "ben@elm.example"):
        with pytest.raises(LocalError, match="recovering"):
            await pay(oak, "alma", payee, 60)
    assert (await oak.accounts.account("alma", OPERATOR)).balance_seconds == 0
    assert (await view_of(oak, elm)).state == "recovering"
    towns.network.cut.clear()
    line_of(oak, elm).was_met()
    await ready(oak, elm)
    assert (await end_of(oak, (await pay(oak, "alma", "arne", 60)).payment_id)).state == "paid"
    await sound(oak, elm)


async def test_frames_and_questions_of_a_peer_wait_until_the_replay_is_over(
    pair: tuple[Ring, Ring], towns: Towns, copies: Copies
) -> None:
    oak, elm = pair
    await talk(oak, elm)
    await copies.take("oak")
    await ready(towns.network.rings["oak"])
    await pay_both_ways(towns.network.rings["oak"], elm, 3)
    oak = await copies.put_back("oak", mark=True)  # it answers, but asks nothing yet
    view = await pay(elm, "ben", "alma@oak.example", 77)
    await until(partial(_was_answered, towns, 503))
    assert (await elm.payments.get(view.payment_id, OPERATOR)).state in ("queued", "held")
    await oak.federation.start()
    assert (await end_of(elm, view.payment_id)).state == "paid"
    await sound(oak, elm)


async def _was_answered(towns: Towns, status: int) -> bool:
    return any(post.answer is not None and post.answer.status == status for post in towns.network.posts)


async def test_a_ring_goes_on_without_a_peer_and_heals_when_it_comes(
    pair: tuple[Ring, Ring], towns: Towns, copies: Copies
) -> None:
    oak, elm = pair
    await talk(oak, elm)
    await copies.take("oak")
    await ready(towns.network.rings["oak"])
    await pay_both_ways(towns.network.rings["oak"], elm, 6)
    before = await balance(towns.network.rings["oak"], "alma")
    await towns.close("elm")
    oak = await copies.put_back("oak", mark=True)
    await oak.federation.start()
    await oak.federation.recovery.go_without(oak.federation.lines.all()[0])
    assert not oak.federation.recovery.is_active
    with pytest.raises(LocalError, match="not_awaited"):
        await oak.federation.recovery.go_without(oak.federation.lines.all()[0])
    elm = await towns.open("elm")
    await elm.federation.start()
    await until(partial(_is_lost, oak))
    await oak.federation.recovery.declare_old_copy()
    await ready(oak, elm)
    await sound(oak, elm)
    assert await balance(oak, "alma") == before


async def test_a_restart_in_the_middle_goes_on_where_it_was(
    pair: tuple[Ring, Ring], towns: Towns, copies: Copies
) -> None:
    oak, elm = pair
    await talk(oak, elm)
    await copies.take("oak")
    await ready(towns.network.rings["oak"])
    await pay_both_ways(towns.network.rings["oak"], elm, 6)
    oak = await copies.put_back("oak", mark=True)
    for _ in range(3):
        await towns.close("oak")
        oak = await towns.open("oak")
        assert oak.federation.recovery.is_active
    logs = await oak.store.read(lambda tx: tx.one("SELECT log FROM frontier")[0])
    assert logs == 2
    await oak.federation.start()
    await ready(oak, elm)
    await sound(oak, elm)
    await towns.close("oak")
    oak = await towns.open("oak")
    assert not oak.federation.recovery.is_active


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
    await copies.take("oak")
    oak = towns.network.rings["oak"]
    await ready(oak)
    assert (await end_of(oak, (await pay(oak, "ada", "ben@elm.example", HOUR)).payment_id)).state == "paid"
    oak = await copies.put_back("oak", mark=False)
    await pay(oak, "ada", "arne", HOUR)  # the copy does not know what is gone
    await oak.federation.start()
    await until(partial(_is_lost, oak))
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
    await copies.take("oak")
    oak = towns.network.rings["oak"]
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
    await copies.take("oak")
    oak = towns.network.rings["oak"]
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
    await copies.take("oak")
    oak = towns.network.rings["oak"]
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
    assert (await oak.payments.get(waits.payment_id, OPERATOR)).state == "paid"
    assert await balance(elm, "ben") == 60
    assert (await report_of(oak)).dropped == 0
    await sound(oak, elm)


async def test_terms_changed_since_the_copy_come_back(pair: tuple[Ring, Ring], towns: Towns, copies: Copies) -> None:
    oak, elm = pair
    await talk(oak, elm)
    await copies.take("oak")
    oak = towns.network.rings["oak"]
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
