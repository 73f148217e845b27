# SPDX-License-Identifier: AGPL-3.0-or-later
"""Taking a payment back, whatever became of it: the answer is always the true one."""

from __future__ import annotations

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.members.model import OPERATOR
from ringtausch_protocol import frames
from ringtausch_protocol.errors import LocalError
from ringtausch_protocol.items import Cancel, parse_item
from tests.federation.copies import Copies
from tests.federation.towns import HOUR, Towns, balance, end_of, faults, line_of, pay, row_of, talk, until

Pair = tuple[Ring, Ring]
DEADLINE, DAY = 72 * HOUR, 24 * HOUR


async def held_at(ring: Ring) -> int:
    """What Alma has reserved."""
    return (await ring.accounts.account("alma", OPERATOR)).held_seconds


async def cancels_of(ring: Ring) -> int:
    """How many `cancel` items a ring has signed."""
    sql = "SELECT l.entry FROM frame f JOIN leaf l ON l.idx = f.leaf WHERE direction = 0"
    entries = await ring.store.read(lambda tx: [row[0] for row in tx.execute(sql)])
    items = [parse_item(item) for entry in entries for item in frames.frame_of_entry(entry)[1]]
    return sum(isinstance(item, Cancel) for item in items)


async def test_queued_ends_at_once_and_is_never_sent(pair: Pair) -> None:
    oak, elm = pair
    queued = await pay(oak, "alma", "ben@elm.example", HOUR)
    for _ in range(2):
        view = await oak.payments.cancel(queued.payment_id, OPERATOR)
        assert (view.state, view.code, await held_at(oak)) == ("cancelled", "cancelled", 0)
    await talk(oak, elm)
    after = await end_of(oak, (await pay(oak, "alma", "ben@elm.example", 60)).payment_id)
    assert (after.state, await balance(elm, "ben"), await cancels_of(oak)) == ("paid", 60, 0)


async def test_held_asks_once_and_shows_what_the_other_ring_had_decided(open_pair: Pair, towns: Towns) -> None:
    oak, elm = open_pair
    await towns.network.fall_silent("oak")
    held = await pay(oak, "alma", "ben@elm.example", HOUR)
    for _ in range(3):
        assert (await oak.payments.cancel(held.payment_id, OPERATOR)).state == "held"
    assert (await held_at(oak), await cancels_of(oak)) == (HOUR, 1)
    towns.network.heal()
    assert (await end_of(oak, held.payment_id)).state == "paid"
    assert (await balance(oak, "alma"), await balance(elm, "ben")) == (-HOUR, HOUR)
    assert await faults(oak, elm) == []


async def test_held_and_refused_there_gives_the_hours_back(open_pair: Pair, towns: Towns) -> None:
    oak, elm = open_pair
    await towns.network.fall_silent("elm")
    held = await pay(oak, "alma", "nobody@elm.example", HOUR)
    await oak.payments.cancel(held.payment_id, OPERATOR)
    towns.network.heal()
    ended = await end_of(oak, held.payment_id)
    assert (ended.state, ended.code, await held_at(oak)) == ("refused", "payee_refuses", 0)
    assert await faults(oak, elm) == []


@pytest.mark.parametrize("payee", ["ben@elm.example", "nobody@elm.example", "carl"])
async def test_what_is_final_stays_as_it_is(open_pair: Pair, payee: str) -> None:
    oak, _ = open_pair
    await oak.members.add("carl", "Carl")
    final = await end_of(oak, (await pay(oak, "alma", payee, 60)).payment_id)
    assert await oak.payments.cancel(final.payment_id, OPERATOR) == final
    assert await cancels_of(oak) == 0


async def test_a_payment_whose_deadline_has_passed_at_home_stays_refused(pair: Pair, towns: Towns) -> None:
    oak, _ = pair
    queued = await pay(oak, "alma", "ben@elm.example", 60)
    towns.clock.ahead_seconds = DEADLINE
    await oak.store.write(oak.federation._payer.sweep)
    view = await oak.payments.cancel(queued.payment_id, OPERATOR)
    assert (view.state, view.code, await held_at(oak)) == ("refused", "deadline_passed", 0)


@pytest.mark.parametrize(("payee", "state", "owed"), [("ben", "paid", HOUR), ("nobody", "refused", 0)])
async def test_in_doubt_asks_too_and_the_member_stays_free(
    open_pair: Pair, towns: Towns, payee: str, state: str, owed: int
) -> None:
    oak, elm = open_pair
    await towns.network.fall_silent("oak")
    held = await pay(oak, "alma", f"{payee}@elm.example", HOUR)
    towns.clock.ahead_seconds = DEADLINE + DAY + 10
    await oak.store.write(oak.federation._payer.sweep)
    for _ in range(2):
        view = await oak.payments.cancel(held.payment_id, OPERATOR)
        assert (view.state, await held_at(oak)) == ("in_doubt", 0)
    assert await cancels_of(oak) == 1
    assert (await row_of(oak, elm)).held_out_seconds == HOUR
    towns.clock.ahead_seconds = 0
    towns.network.heal()
    ended = await end_of(oak, held.payment_id)
    assert (ended.state, await balance(oak, "alma")) == (state, 0)
    assert [doubt.state for doubt in await oak.doubts.list()] == (["paid"] if owed else [])
    await until(lambda: _is_quiet(oak, elm))
    assert await faults(oak, elm) == []


async def _is_quiet(oak: Ring, elm: Ring) -> bool:
    return (await row_of(oak, elm)).own_seq == (await row_of(elm, oak)).peer_seq


async def test_a_cancel_waits_with_its_payment_over_a_restart(open_pair: Pair, towns: Towns) -> None:
    oak, elm = open_pair
    await towns.network.fall_silent("elm")
    held = await pay(oak, "alma", "ben@elm.example", 60)
    line_of(oak, elm).out_of_step()
    await oak.payments.cancel(held.payment_id, OPERATOR)
    assert await cancels_of(oak) == 0
    await towns.close("oak")
    towns.network.heal()
    oak = await towns.open("oak")
    await talk(oak)
    assert (await end_of(oak, held.payment_id)).state == "paid"
    await until(lambda: _has_cancelled(oak, elm))
    assert await faults(oak, elm) == []


async def _has_cancelled(oak: Ring, elm: Ring) -> bool:
    return await cancels_of(oak) == 1 and await _is_quiet(oak, elm)


async def test_a_ring_that_recovers_takes_nothing_back(open_pair: Pair, towns: Towns, copies: Copies) -> None:
    oak, _ = open_pair
    paid = await end_of(oak, (await pay(oak, "alma", "ben@elm.example", 60)).payment_id)
    await copies.take("oak")
    oak = await copies.put_back("oak", mark=True)
    with pytest.raises(LocalError, match="recovering"):
        await oak.payments.cancel(paid.payment_id, OPERATOR)
