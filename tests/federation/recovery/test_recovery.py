# SPDX-License-Identifier: AGPL-3.0-or-later
"""An old copy finds its way back: nothing between rings is lost or booked twice, and nobody pays meanwhile."""

from __future__ import annotations

import asyncio
import threading
from functools import partial

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.federation.line import records
from ringtausch_node.members.model import OPERATOR
from ringtausch_node.store import Tx
from ringtausch_protocol.channel import Step
from ringtausch_protocol.errors import LocalError
from tests.federation.copies import Copies, is_lost, pay_both_ways, ready, report_of, sound
from tests.federation.towns import Towns, balance, end_of, line_of, pay, row_of, talk, until, view_of
from tests.protocol.two_chains import standing


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

    assert (await report_of(restored)).recovered_seconds == 0
    assert len((await report_of(restored)).came_back) == count
    await pay_both_ways(rings["oak"], rings["elm"], 3)
    await sound(rings["oak"], rings["elm"])


async def test_a_raw_copy_signs_nothing_until_its_operator_says_what_it_is(
    pair: tuple[Ring, Ring], towns: Towns, copies: Copies
) -> None:
    oak, elm = pair
    await talk(oak, elm)
    oak = await copies.take("oak")
    await ready(oak)
    await pay_both_ways(oak, elm, 9)
    before = await balance(oak, "alma")
    oak = await copies.put_back("oak", mark=False)
    await oak.federation.start()
    await until(partial(is_lost, oak))
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
    towns.network.heal()
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
    await until(partial(is_lost, oak))
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


async def test_a_loss_that_is_seen_again_just_before_the_recovery_begins_does_not_stop_it(
    pair: tuple[Ring, Ring], towns: Towns, copies: Copies
) -> None:
    """Both in one group of commits: what the hello-ack does after its commit comes when the recovery has begun."""
    oak, elm = pair
    await talk(oak, elm)
    await copies.take("oak")
    await ready(towns.network.rings["oak"])
    await pay_both_ways(towns.network.rings["oak"], elm, 2)
    oak = await copies.put_back("oak", mark=False)
    await oak.federation.start()
    await until(partial(is_lost, oak))
    await oak.federation.stop()
    line, writer_waits = line_of(oak, elm), threading.Event()

    def sees_loss(tx: Tx) -> None:
        records.set_peer_state(tx, line.peer.id, "quarantined", Step.LOST.value)
        oak.federation._greeter._believe(tx, line, standing(own=9, runs=[]), Step.LOST)

    before = asyncio.create_task(oak.store.write(lambda _tx: writer_waits.wait()))
    seen, begun = oak.store.write(sees_loss), oak.federation.recovery.declare_old_copy()
    both = asyncio.gather(seen, begun)
    await asyncio.sleep(0)
    writer_waits.set()
    await asyncio.gather(before, both)

    assert (True, True) == (oak.federation.recovery.is_active, line.is_usable)
