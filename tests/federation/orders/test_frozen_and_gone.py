# SPDX-License-Identifier: AGPL-3.0-or-later
"""Frozen accounts, helpers and leaving, where another ring has a say."""

from __future__ import annotations

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.federation.orders import payer
from ringtausch_node.members.model import OPERATOR
from ringtausch_node.payments.model import PayRequest
from ringtausch_protocol.errors import LocalError
from tests.federation.towns import HOUR, Towns, balance, end_of, faults, pay, talk, until

DEADLINE = 72 * HOUR


@pytest.fixture
async def open_pair(pair: tuple[Ring, Ring]) -> tuple[Ring, Ring]:
    """Oak with Alma and Cleo, elm with Ben; the line is open."""
    await pair[0].members.add("cleo", "Cleo")
    await talk(*pair)
    return pair


async def away(oak: Ring, towns: Towns) -> str:
    """Elm cannot be reached; one payment of Cleo's found that out, and is under way. -> its id."""
    towns.network.cut.add("elm")
    found_out = await pay(oak, "cleo", "ben@elm.example", 60)

    async def is_away() -> bool:
        return all(line.is_away for line in oak.federation.lines.all())

    await until(is_away)
    return found_out.payment_id


async def state(ring: Ring, payment_id: str) -> str:
    return (await ring.payments.get(payment_id, OPERATOR)).state


async def test_what_waits_goes_on_waiting_while_frozen_and_goes_after_the_thaw(
    open_pair: tuple[Ring, Ring], towns: Towns, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(payer, "QUEUE_SCANNED", 3)
    oak, elm = open_pair
    first = await away(oak, towns)
    waiting = [(await pay(oak, "alma", "ben@elm.example", 60)).payment_id for _ in range(4)]
    await oak.members.life.freeze("alma")
    behind = (await pay(oak, "cleo", "ben@elm.example", 60)).payment_id
    towns.network.heal()
    assert "paid" == (await end_of(oak, first)).state
    assert "paid" == (await end_of(oak, behind)).state, "the frozen ones do not stand in anybody's way"
    assert ["queued"] * 4 == [await state(oak, each) for each in waiting]
    assert 4 * 60 == (await oak.accounts.account("alma", OPERATOR)).held_seconds
    assert "cancelled" == (await oak.payments.cancel(waiting.pop(), OPERATOR)).state
    await oak.members.life.thaw("alma")
    assert ["paid"] * 3 == [(await end_of(oak, each)).state for each in waiting]
    assert 5 * 60 == await balance(elm, "ben")
    assert [] == await faults(oak, elm)


async def test_what_waits_too_long_in_the_frost_ends_like_any_other(open_pair: tuple[Ring, Ring], towns: Towns) -> None:
    oak, _ = open_pair
    await away(oak, towns)
    waiting = (await pay(oak, "alma", "ben@elm.example", 60)).payment_id
    await oak.members.life.freeze("alma")
    towns.clock.ahead_seconds = DEADLINE
    await oak.store.write(oak.federation._payer.sweep)
    assert "refused" == await state(oak, waiting)
    assert 0 == (await oak.accounts.account("alma", OPERATOR)).held_seconds


async def test_what_is_signed_ends_as_it_would(open_pair: tuple[Ring, Ring], towns: Towns) -> None:
    oak, elm = open_pair
    signed = await pay(oak, "alma", "ben@elm.example", HOUR)
    await oak.members.life.freeze("alma")
    assert "paid" == (await end_of(oak, signed.payment_id)).state
    assert -HOUR == await balance(oak, "alma")
    assert [] == await faults(oak, elm)


async def test_nobody_pays_to_a_frozen_or_a_closed_account_from_elsewhere(open_pair: tuple[Ring, Ring]) -> None:
    oak, elm = open_pair
    await elm.members.life.freeze("ben")
    refused = await end_of(oak, (await pay(oak, "alma", "ben@elm.example", HOUR)).payment_id)
    assert ("refused", "payee_refuses") == (refused.state, refused.code)
    assert "payee_refuses" == (await oak.payments.quote("ben@elm.example", HOUR, OPERATOR)).code
    await elm.members.life.thaw("ben")
    assert "paid" == (await end_of(oak, (await pay(oak, "alma", "ben@elm.example", 60)).payment_id)).state
    await elm.leaving.leave("ben", "austritt")
    gone = await end_of(oak, (await pay(oak, "alma", "ben@elm.example", HOUR)).payment_id)
    assert ("refused", "payee_refuses") == (gone.state, gone.code)
    assert [] == await faults(oak, elm)


async def test_a_helper_pays_another_town_for_the_helped_alone(open_pair: tuple[Ring, Ring]) -> None:
    oak, elm = open_pair
    await oak.members.helping.grant("cleo", "alma")
    cleo = await oak.members.authenticate(await oak.members.token("cleo"))
    view = await oak.payments.pay(PayRequest(None, "alma", "ben@elm.example", HOUR), cleo)
    assert ("paid", "cleo") == ((await end_of(oak, view.payment_id)).state, view.by)
    assert (-HOUR, 0, HOUR) == (await balance(oak, "alma"), await balance(oak, "cleo"), await balance(elm, "ben"))
    entry = (await oak.accounts.statement("alma", None, 1, OPERATOR)).entries[0]
    assert ("sent", "cleo", "ben@elm.example") == (entry.kind, entry.by, entry.with_)
    assert (await elm.accounts.statement("ben", None, 1, OPERATOR)).entries[0].by is None
    await oak.members.helping.end("cleo", "alma")
    with pytest.raises(LocalError, match="not_allowed"):
        await oak.payments.pay(PayRequest(None, "alma", "ben@elm.example", HOUR), cleo)


async def test_nobody_leaves_while_a_payment_waits_or_is_under_way(open_pair: tuple[Ring, Ring], towns: Towns) -> None:
    oak, _ = open_pair
    under_way = await away(oak, towns)
    waiting = (await pay(oak, "alma", "ben@elm.example", 60)).payment_id
    for handle in ("alma", "cleo"):
        with pytest.raises(LocalError, match="payments_open"):
            await oak.leaving.leave(handle, "austritt")
    await oak.payments.cancel(waiting, OPERATOR)
    assert 0 == (await oak.leaving.leave("alma")).rest_seconds
    towns.network.heal()
    assert "paid" == (await end_of(oak, under_way)).state
    assert -60 == (await oak.leaving.leave("cleo", "austritt")).rest_seconds
    assert [] == await faults(oak)


async def test_nobody_leaves_while_the_ring_bears_a_payment_of_theirs(
    open_pair: tuple[Ring, Ring], towns: Towns
) -> None:
    """The hold is free, the account at zero; but the answer may still come, and be the member's to pay."""
    oak, elm = open_pair
    await towns.network.fall_silent("oak")
    doubted = (await pay(oak, "alma", "ben@elm.example", HOUR)).payment_id
    towns.clock.ahead_seconds = DEADLINE + 24 * HOUR + 10
    await oak.store.write(oak.federation._payer.sweep)
    assert "in_doubt" == await state(oak, doubted)
    with pytest.raises(LocalError, match="payments_open: in doubt"):
        await oak.leaving.leave("alma")
    await oak.leaving.leave("cleo")
    towns.clock.ahead_seconds = 0
    for ring in (oak, elm):
        await ring.timekeeping.confirm()  # the office set the clock back
    towns.network.heal()
    assert "paid" == (await end_of(oak, doubted)).state
    with pytest.raises(LocalError, match="payments_open: in doubt"):
        await oak.leaving.leave("alma")
    await oak.doubts.settle(doubted, "ring")
    assert 0 == (await oak.leaving.leave("alma")).rest_seconds
    assert [] == await faults(oak, elm)


async def test_while_a_ring_recovers_nobody_leaves_and_nothing_is_given_back(pair: tuple[Ring, Ring]) -> None:
    """What comes back from the peers may be theirs."""
    oak, _ = pair
    await oak.members.add("cleo", "Cleo")
    paid = await pay(oak, "alma", "cleo", HOUR)
    await oak.federation.recovery.declare_old_copy()
    with pytest.raises(LocalError, match="recovering"):
        await oak.leaving.leave("cleo", "austritt")
    with pytest.raises(LocalError, match="recovering"):
        await oak.refunds.refund(paid.payment_id, OPERATOR)
    assert ["active", "active"] == [view.state for view in await oak.members.list()]
    assert "frozen" == (await oak.members.life.freeze("cleo")).state
