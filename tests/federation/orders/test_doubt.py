# SPDX-License-Identifier: AGPL-3.0-or-later
"""Long after its deadline a payment rests on the ring, not on the member; the true answer still counts."""

from __future__ import annotations

from typing import TypeAlias

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.members.model import OPERATOR
from ringtausch_protocol.errors import LocalError
from tests.federation.towns import HOUR, Towns, balance, end_of, faults, pay, row_of, talk

DEADLINE = 72 * HOUR
DAY = 24 * HOUR


Held: TypeAlias = tuple[Ring, Ring, str]


async def never_answered(oak: Ring, elm: Ring, towns: Towns) -> Held:
    """A payment that elm has decided, but its answer never came."""
    await talk(oak, elm)
    await towns.network.fall_silent("oak")
    view = await pay(oak, "alma", "ben@elm.example", HOUR)
    assert view.state == "held"
    return oak, elm, view.payment_id


@pytest.fixture
async def held(pair: tuple[Ring, Ring], towns: Towns) -> Held:
    """Such a payment between oak and elm."""
    return await never_answered(*pair, towns)


async def sweep(ring: Ring) -> None:
    """What the ring does every half minute."""
    await ring.store.write(ring.federation._payer.sweep)


async def test_a_day_after_the_deadline_the_member_is_free(held: Held, towns: Towns) -> None:
    oak, _, payment = held
    await falls_in_doubt(oak, towns)
    assert (await oak.payments.get(payment, OPERATOR)).state == "in_doubt"
    assert (await oak.accounts.account("alma", OPERATOR)).held_seconds == 0
    assert (await row_of(oak, held[1])).held_out_seconds == HOUR
    assert await faults(oak) == []


async def test_before_that_no_clock_frees_it(held: Held, towns: Towns) -> None:
    oak, _, payment = held
    towns.clock.ahead_seconds = DEADLINE + DAY - HOUR
    await sweep(oak)
    assert (await oak.payments.get(payment, OPERATOR)).state == "held"
    assert (await oak.accounts.account("alma", OPERATOR)).held_seconds == HOUR


async def falls_in_doubt(oak: Ring, towns: Towns) -> None:
    """A day after the deadline has passed."""
    towns.clock.ahead_seconds = DEADLINE + DAY + 10
    await sweep(oak)


async def paid_after_doubt(held: Held, towns: Towns) -> Ring:
    """The other ring is back, and says that it has paid. -> the ring that bears it."""
    oak, elm, payment = held
    await falls_in_doubt(oak, towns)
    towns.clock.ahead_seconds = 0
    for ring in (oak, elm):
        await ring.timekeeping.confirm()  # the office set the clock back
    towns.network.heal()
    assert (await end_of(oak, payment)).state == "paid"
    assert await balance(elm, "ben") == HOUR
    return oak


@pytest.mark.parametrize(("by", "alma"), [("member", -HOUR), ("ring", 0)])
async def test_paid_after_all_is_settled_by_the_rings_choice(held: Held, towns: Towns, by: str, alma: int) -> None:
    oak = await paid_after_doubt(held, towns)
    assert [view.state for view in await oak.doubts.list()] == ["paid"]
    assert await balance(oak, "alma") == 0
    await oak.doubts.settle(held[2], by)  # type: ignore[arg-type]
    assert await balance(oak, "alma") == alma
    assert await oak.doubts.list() == []
    assert await faults(oak, held[1]) == []


async def test_a_doubt_is_settled_once(held: Held, towns: Towns) -> None:
    oak = await paid_after_doubt(held, towns)
    await oak.doubts.settle(held[2], "member")
    with pytest.raises(LocalError, match="no_doubt"):
        await oak.doubts.settle(held[2], "member")


async def test_an_undecided_payment_has_nothing_to_settle(held: Held, towns: Towns) -> None:
    oak, _, payment = held
    await falls_in_doubt(oak, towns)
    assert [view.state for view in await oak.doubts.list()] == ["in_doubt"]
    with pytest.raises(LocalError, match="no_doubt"):
        await oak.doubts.settle(payment, "member")
