# SPDX-License-Identifier: AGPL-3.0-or-later
"""A line through the years: limits lowered and raised, pause, end, and what the other side may not do."""

from __future__ import annotations

from typing import Any

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_protocol.errors import LocalError
from ringtausch_protocol.items import Line, Reject, parse_item
from tests.federation.forger import Forger
from tests.federation.towns import HOUR, end_of, faults, line_of, pay, row_of, talk, until, view_of


@pytest.fixture
async def rings(pair: tuple[Ring, Ring]) -> tuple[Ring, Ring]:
    """Oak and elm, talking, 10 hours each way."""
    await talk(*pair)
    return pair


async def sees(ring: Ring, other: Ring, **expected: Any) -> None:
    """Wait until one ring sees the other so."""

    async def is_so() -> bool:
        view = await view_of(ring, other)
        return all(getattr(view, name) == value for name, value in expected.items())

    await until(is_so)


async def test_a_lowered_limit_is_in_force_on_both_sides(rings: tuple[Ring, Ring]) -> None:
    oak, elm = rings
    await elm.federation.limit("oak.example", HOUR)
    assert (await view_of(elm, oak)).limit_in == HOUR
    await sees(oak, elm, limit_out=HOUR)
    with pytest.raises(LocalError, match="no_capacity"):
        await pay(oak, "alma", "ben@elm.example", HOUR + 1)


async def test_the_one_who_is_owed_may_come_back_to_what_was_agreed(rings: tuple[Ring, Ring]) -> None:
    oak, elm = rings
    for hours in (1, 10):  # each is seen: ten hours stand there before the first has come, too
        await elm.federation.limit("oak.example", hours * HOUR)
        await sees(oak, elm, limit_out=hours * HOUR)
    view = await end_of(oak, (await pay(oak, "alma", "ben@elm.example", 10 * HOUR)).payment_id)
    assert ("paid", 10 * HOUR) == (view.state, (await view_of(oak, elm)).clearing_seconds)


async def test_a_higher_limit_needs_both(rings: tuple[Ring, Ring]) -> None:
    oak, elm = rings
    await elm.federation.limit("oak.example", 20 * HOUR)
    assert (await view_of(elm, oak)).limit_in == 10 * HOUR
    await sees(oak, elm, proposed_out=20 * HOUR, limit_out=10 * HOUR)
    await oak.federation.agree("elm.example")
    await sees(oak, elm, limit_out=20 * HOUR, proposed_out=None)
    await sees(elm, oak, limit_in=20 * HOUR)
    assert (await end_of(oak, (await pay(oak, "alma", "ben@elm.example", 15 * HOUR)).payment_id)).state == "paid"
    assert await faults(oak, elm) == []


async def test_terms_can_be_raised_and_lowered_again_and_again(rings: tuple[Ring, Ring]) -> None:
    oak, elm = rings
    for hours in (20, 30):
        await elm.federation.limit("oak.example", hours * HOUR)
        await sees(oak, elm, proposed_out=hours * HOUR)
        await oak.federation.agree("elm.example")
        await sees(elm, oak, limit_in=hours * HOUR)
        await elm.federation.limit("oak.example", 5 * HOUR)
        await sees(oak, elm, limit_out=5 * HOUR)
    agreed = [ring.federation.lines.agreed(other.config.address).terms for ring, other in ((oak, elm), (elm, oak))]
    assert [30 * HOUR, 30 * HOUR] == [agreed[0].limit_out_seconds, agreed[1].limit_in_seconds]


async def test_nobody_agrees_to_what_was_not_proposed(rings: tuple[Ring, Ring]) -> None:
    oak, _ = rings
    with pytest.raises(LocalError, match="no_proposal"):
        await oak.federation.agree("elm.example")
    await oak.federation.limit("elm.example", 20 * HOUR)
    with pytest.raises(LocalError, match="no_proposal"):
        await oak.federation.agree("elm.example")  # their word is missing, not ours


async def test_while_a_line_is_paused_nothing_new_is_sent_over_it(rings: tuple[Ring, Ring]) -> None:
    oak, elm = rings
    await elm.federation.set_line("oak.example", "paused")
    await sees(oak, elm, state="paused", reason="paused_by_them")
    with pytest.raises(LocalError, match="paused"):
        await pay(oak, "alma", "ben@elm.example", 60)
    await elm.federation.set_line("oak.example", "open")
    await sees(oak, elm, state="open", reason=None)
    assert (await end_of(oak, (await pay(oak, "alma", "ben@elm.example", 60)).payment_id)).state == "paid"


async def test_an_order_that_crosses_the_pause_is_refused_and_the_hours_are_free(rings: tuple[Ring, Ring]) -> None:
    oak, elm = rings
    row = await row_of(elm, oak)
    row.state_in = "paused"
    await elm.store.write(lambda tx: tx.execute("UPDATE line SET state_in = 'paused'"))
    ended = await end_of(oak, (await pay(oak, "alma", "ben@elm.example", 60)).payment_id)
    assert (ended.state, ended.code) == ("refused", "paused")


async def test_after_the_end_debts_are_paid_back_and_nothing_else(rings: tuple[Ring, Ring]) -> None:
    oak, elm = rings
    assert (await end_of(oak, (await pay(oak, "alma", "ben@elm.example", HOUR)).payment_id)).state == "paid"
    await elm.federation.set_line("oak.example", "ended")
    await sees(oak, elm, state="ended", limit_out=0)
    with pytest.raises(LocalError, match="line_ended"):
        await pay(oak, "alma", "ben@elm.example", 60)
    with pytest.raises(LocalError, match="line_ended"):
        await pay(elm, "ben", "alma@oak.example", HOUR + 1)
    assert (await end_of(elm, (await pay(elm, "ben", "alma@oak.example", HOUR)).payment_id)).state == "paid"
    assert (await view_of(oak, elm)).clearing_seconds == 0
    assert await faults(oak, elm) == []


async def test_an_ended_line_has_no_more_terms(rings: tuple[Ring, Ring]) -> None:
    _, elm = rings
    await elm.federation.set_line("oak.example", "ended")
    with pytest.raises(LocalError, match="line_ended"):
        await elm.federation.set_line("oak.example", "open")
    with pytest.raises(LocalError, match="line_ended"):
        await elm.federation.limit("oak.example", 20 * HOUR)


async def test_a_limit_below_zero_is_refused(rings: tuple[Ring, Ring]) -> None:
    _, elm = rings
    with pytest.raises(LocalError, match="limits"):
        await elm.federation.limit("oak.example", -1)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (Line(version=1, limit_seconds=60, state="open"), "stale_terms"),
        (Line(version=2, limit_seconds=11 * HOUR, state="open"), "not_allowed"),
    ],
)
async def test_the_other_side_cannot_raise_or_replay_terms(rings: tuple[Ring, Ring], said: Line, code: str) -> None:
    oak, elm = rings
    await until(lambda: _quiet(oak, elm))
    await oak.federation.stop()
    await elm.federation.stop()
    forger = Forger(elm, oak)
    assert (await forger.post(await forger.frame([said]))).status == 200
    answer = parse_item(bytes(line_of(oak, elm).outbox[-1].frame.items[0]))
    assert isinstance(answer, Reject)
    assert answer.code == code
    assert (await view_of(oak, elm)).limit_out == 10 * HOUR


async def _quiet(oak: Ring, elm: Ring) -> bool:
    here, there = await row_of(oak, elm), await row_of(elm, oak)
    return (here.own_seq, here.peer_seq) == (there.peer_seq, there.own_seq)
