# SPDX-License-Identifier: AGPL-3.0-or-later
"""A line ends with a statement that both rings sign at zero; what is left goes home, or over a third ring."""

from __future__ import annotations

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_protocol.errors import LocalError
from tests.federation.copies import sound
from tests.federation.stating import a_day_later, are_signed, by_id, newest, quiet
from tests.federation.towns import HOUR, Towns, balance, end_of, faults, pay, peer, row_of, talk, until, view_of


async def is_over(one: Ring, other: Ring) -> None:
    """Wait until both sides hold the last statement."""

    async def is_so() -> bool:
        views = [await view_of(one, other), await view_of(other, one)]
        return all(view.statement and view.statement.is_final and view.statement.state == "signed" for view in views)

    await until(is_so)


async def paid(payer: Ring, name: str, target: str, seconds: int) -> None:
    assert (await end_of(payer, (await pay(payer, name, target, seconds)).payment_id)).state == "paid"


@pytest.mark.parametrize("smaller_ends", [True, False])
async def test_a_line_without_debts_is_over_as_soon_as_one_side_ends_it(
    open_pair: tuple[Ring, Ring], *, smaller_ends: bool
) -> None:
    small, large = by_id(*open_pair)
    ends, hears = (small, large) if smaller_ends else (large, small)
    await ends.federation.set_line(hears.config.address, "ended")
    await is_over(ends, hears)
    here, there = await newest(ends, hears), await newest(hears, ends)
    assert here.document == there.document
    assert (here.said.we_owe_seconds, here.said.own_open, here.said.their_open) == (0, 0, 0)
    for ring, other in ((ends, hears), (hears, ends)):
        row = await row_of(ring, other)
        assert (row.state_in, row.state_out) == ("ended", "ended")
        with pytest.raises(LocalError, match="line_ended"):
            await ring.federation.set_line(other.config.address, "open")
    assert await faults(ends, hears) == []


async def test_the_last_statement_waits_until_the_hours_have_gone_home(
    open_pair: tuple[Ring, Ring], towns: Towns
) -> None:
    oak, elm = open_pair
    await paid(oak, "alma", "ben@elm.example", HOUR)
    for ring, other in ((oak, elm), (elm, oak)):
        await ring.federation.set_line(other.config.address, "ended")
    await a_day_later(towns, oak, elm)
    here, _ = await are_signed(oak, elm)
    assert (here.is_final, here.said.we_owe_seconds) == (False, HOUR)
    await paid(elm, "ben", "alma@oak.example", HOUR)
    await is_over(oak, elm)
    await sound(oak, elm)


async def test_after_the_last_statement_there_is_none(open_pair: tuple[Ring, Ring], towns: Towns) -> None:
    oak, elm = open_pair
    await oak.federation.set_line("elm.example", "ended")
    await is_over(oak, elm)
    before = await newest(oak, elm)
    await a_day_later(towns, oak, elm)
    await quiet(oak, elm)
    assert await newest(oak, elm) == before


async def test_who_does_not_answer_the_last_statement_is_asked_once_a_day(
    open_pair: tuple[Ring, Ring], towns: Towns
) -> None:
    small, large = by_id(*open_pair)
    await quiet(small, large)
    heard = large.federation._statements.heard
    large.federation._statements.heard = lambda *_: "unsupported"  # type: ignore[method-assign]
    await large.federation.set_line(small.config.address, "ended")

    async def is_asked() -> bool:
        found = await small.federation.statements(large.config.address)
        return bool(found)

    await until(is_asked)
    await quiet(small, large)
    reached = (await row_of(small, large)).own_seq
    await small.store.write(small.federation.lines.touch)
    assert (await row_of(small, large)).own_seq == reached
    large.federation._statements.heard = heard  # type: ignore[method-assign]
    await a_day_later(towns, small, large)
    await is_over(small, large)


async def test_a_third_ring_takes_the_claim_over_by_three_ordinary_payments(towns: Towns) -> None:
    """Oak owes elm two hours when their line ends. Ash pays elm, elm lets oak off, oak owes ash from then on."""
    oak, elm, ash = [await towns.found(name) for name in ("oak", "elm", "ash")]
    for ring in (oak, elm, ash):
        await ring.members.add("office", "Office", role="office")
    for inviter, accepter in ((oak, elm), (elm, ash), (oak, ash)):
        await peer(inviter, accepter)
    await talk(oak, elm, ash)
    await paid(oak, "office", "office@elm.example", 2 * HOUR)
    before = [await balance(ring, "office") for ring in (oak, elm, ash)]
    await elm.federation.set_line("oak.example", "ended")
    for payer, payee in ((ash, elm), (elm, oak), (oak, ash)):
        await paid(payer, "office", f"office@{payee.config.address}", 2 * HOUR)
    await is_over(oak, elm)
    assert before == [await balance(ring, "office") for ring in (oak, elm, ash)]
    assert (await view_of(oak, elm)).clearing_seconds == 0
    assert (await view_of(oak, ash)).clearing_seconds == (await view_of(ash, elm)).clearing_seconds == 2 * HOUR
    assert await faults(oak, elm, ash) == []
