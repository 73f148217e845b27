# SPDX-License-Identifier: AGPL-3.0-or-later
"""How long a ring waits before it asks again for a ring that has been away."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.federation.sender import Sender
from ringtausch_node.federation.wire.patience import PATIENCE_SECONDS, Patience
from ringtausch_protocol.errors import RemoteError
from tests.federation.towns import Towns, line_of, pay, until, view_of


def _sender(oak: Ring, elm: Ring) -> Sender:
    at = oak.federation
    return Sender(
        line=line_of(oak, elm), store=oak.store, clock=oak.clock, ids=oak.ids, transport=at._transport,
        settings=at._settings, greeter=at._greeter, receiver=at.incoming, payer=at._payer, recovery=at.recovery,
        second=at.second_copy, resets=at.resets, between=at.between, adverts=at.ways.adverts,
    )  # fmt: skip


@pytest.mark.parametrize(("away_seconds", "most_seconds"), [(60, 60.0), (PATIENCE_SECONDS + 60, 900.0)])
async def test_rings_that_lost_the_same_ring_do_not_come_back_at_once(
    pair: tuple[Ring, Ring], away_seconds: int, most_seconds: float
) -> None:
    oak, elm = pair
    patience = Patience(line_of(oak, elm), oak.clock, oak.ids, oak.federation._settings, oak.store)
    patience._failures, patience._failing_since = 30, oak.clock.monotonic() - away_seconds
    delays = [patience.delay_seconds() for _ in range(50)]
    assert len(delays) == len(set(delays))
    assert most_seconds / 10 <= min(delays) < most_seconds / 2 < max(delays) <= most_seconds


async def test_a_peer_that_comes_while_our_request_fails_is_not_away(
    pair: tuple[Ring, Ring], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`Sender.run` forgets contacts before its turn, never behind it: a recovered ring is not kept waiting a minute."""
    oak, elm = pair
    sender, line, turns = _sender(oak, elm), line_of(oak, elm), 0

    async def turn() -> None:
        nonlocal turns
        turns += 1
        if turns > 1:
            await asyncio.Event().wait()
        line.was_met()  # the other ring greets, and then our own request is refused
        raise RemoteError("recovering")

    async def asked_again() -> bool:
        return turns > 1

    monkeypatch.setattr(sender, "_turn", turn)
    monkeypatch.setattr(sender._patience, "delay_seconds", lambda: 3_600.0)
    task = asyncio.create_task(sender.run())
    await until(asked_again)
    task.cancel()
    assert not line.is_away


async def test_who_greeted_us_meanwhile_is_not_away_as_our_own_hello_came_too_late(
    pair: tuple[Ring, Ring],
) -> None:
    oak, elm = pair
    line = line_of(oak, elm)
    line.in_step, line.is_away = True, False
    patience = Patience(line, oak.clock, oak.ids, oak.federation._settings, oak.store)
    line.contact.clear()
    for _ in range(3):
        await patience.wait(RemoteError("bad_challenge"))
    assert not line.is_away


async def test_that_a_peer_has_stopped_the_line_is_known_after_a_restart_and_until_it_answers_again(
    open_pair: tuple[Ring, Ring], towns: Towns
) -> None:
    oak, elm = open_pair
    elm.federation._adopt(line_of(elm, oak).peer._replace(state="quarantined", reason="two_cards"))
    await pay(oak, "alma", "ben@elm.example", 60)
    await until(partial(_is_stopped_there, oak, elm))
    since = (await view_of(oak, elm)).stopped_there_at
    await towns.close("oak")
    towns.clock.ahead_seconds += 86_400
    oak = await towns.open("oak")  # nobody is asked yet
    seen = await view_of(oak, elm)
    assert ("stopped_there", since) == (seen.reason, seen.stopped_there_at)
    await towns.network.fall_silent("elm")
    await oak.federation.start()
    await until(partial(_is_away, oak, elm))
    assert since == (await view_of(oak, elm)).stopped_there_at  # silence says nothing new
    towns.network.heal()
    elm.federation._adopt(line_of(elm, oak).peer._replace(state="confirmed", reason=None))
    await until(partial(_is_open, oak, elm))
    seen = await view_of(oak, elm)
    assert (None, None) == (seen.reason, seen.stopped_there_at)


async def _is_stopped_there(ring: Ring, other: Ring) -> bool:
    return (await view_of(ring, other)).reason == "stopped_there"


async def _is_away(ring: Ring, other: Ring) -> bool:
    return line_of(ring, other).is_away


async def _is_open(ring: Ring, other: Ring) -> bool:
    seen = await view_of(ring, other)
    return (seen.state, seen.stopped_there_at) == ("open", None)
