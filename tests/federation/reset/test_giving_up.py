# SPDX-License-Identifier: AGPL-3.0-or-later
"""A ring that lost its whole folder begins again under its address; the old line is settled or written off."""

from __future__ import annotations

import shutil
from functools import partial

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.members.model import OPERATOR
from ringtausch_protocol.errors import LocalError
from tests.federation.copies import pay_both_ways, sound
from tests.federation.towns import Towns, balance, end_of, faults, line_of, pay, peer, talk, until, view_of


async def _lost(pair: tuple[Ring, Ring], towns: Towns) -> tuple[Ring, str, str]:
    """Elm owes oak 300 s and loses its folder; one payment to it waits. -> oak, the payment's id, elm's old ring id."""
    oak, elm = pair
    await talk(oak, elm)
    assert (await end_of(elm, (await pay(elm, "ben", "alma@oak.example", 300)).payment_id)).state == "paid"
    await sound(oak, elm)
    await towns.close("elm")
    line_of(oak, elm).is_away = True
    waits = await pay(oak, "alma", "ben@elm.example", 60)
    shutil.rmtree(towns.root / "elm")
    return oak, waits.payment_id, elm.identity.ring_id


async def test_a_ring_founded_anew_is_invited_again_under_its_address(pair: tuple[Ring, Ring], towns: Towns) -> None:
    oak, waits, old_id = await _lost(pair, towns)
    elm = await towns.found("elm")
    await elm.members.add("ben", "Ben")
    with pytest.raises(LocalError, match="known_peer"):
        await oak.federation.accept(await elm.federation.invite())
    (given_up,) = await oak.federation.giving_up.give_up("elm.example")
    assert (given_up.clearing_seconds, given_up.freed) == (-300, 1)
    ended = await oak.payments.get(waits, OPERATOR)
    assert (ended.state, ended.code) == ("cancelled", "given_up")
    await peer(elm, oak)
    await elm.federation.start()
    line = line_of(oak, elm)
    line.wake.set()
    await _open(oak, elm)
    await pay_both_ways(oak, elm, 4)
    old = next(view for view in await oak.federation.peers() if view.ring_id == old_id)
    assert (old.address, old.state, old.clearing_seconds) == (f"elm.example~{old_id[:8]}", "given_up", -300)
    assert await faults(oak, elm) == []
    with pytest.raises(LocalError, match="already_given_up"):
        await oak.federation.giving_up.give_up(old.address)
    with pytest.raises(LocalError, match="not_given_up"):
        await oak.federation.giving_up.write_off("elm.example", None)
    await oak.federation.giving_up.write_off(old.address, None)
    assert next(view for view in await oak.federation.peers() if view.ring_id == old_id).clearing_seconds == 0
    assert await faults(oak, elm) == []
    await towns.close("oak")
    oak = await towns.open("oak")
    assert sorted(view.state for view in await oak.federation.peers()) == ["away", "given_up"]
    assert await faults(oak) == []


async def _open(oak: Ring, elm: Ring) -> None:
    await until(partial(_is_open, oak, elm))
    await until(partial(_is_open, elm, oak))


async def _is_open(ring: Ring, other: Ring) -> bool:
    return (await view_of(ring, other)).state == "open"


async def test_the_rest_is_settled_with_a_member(pair: tuple[Ring, Ring], towns: Towns) -> None:
    oak, _, old_id = await _lost(pair, towns)
    await oak.members.add("buero", "Büro")
    old = (await oak.federation.giving_up.give_up("elm.example"))[0].address
    with pytest.raises(LocalError, match="unknown_member"):
        await oak.federation.giving_up.write_off(old, "niemand")
    await oak.federation.giving_up.write_off(old, "buero")
    assert (await balance(oak, "buero"), await balance(oak, "alma")) == (-300, 300)
    assert [(view.ring_id, view.clearing_seconds) for view in await oak.federation.peers()] == [(old_id, 0)]
    assert await faults(oak) == []


@pytest.mark.parametrize(("silent_seconds", "code"), [(7 * 86_400 - 3_600, "seen_lately"), (7 * 86_400, None)])
async def test_a_ring_that_was_there_within_a_week_is_not_taken_for_gone(
    pair: tuple[Ring, Ring], towns: Towns, silent_seconds: int, code: str | None
) -> None:
    oak, _, _ = await _lost(pair, towns)
    seen_at = (await oak.federation.view("elm.example")).last_seen
    assert seen_at is not None
    towns.clock.ahead_seconds += seen_at + silent_seconds - towns.clock.now()
    assert code == await _why_not(oak)


async def _why_not(ring: Ring) -> str | None:
    try:
        await ring.federation.giving_up.verify_gone("elm.example")
    except LocalError as error:
        return error.code
    return None
