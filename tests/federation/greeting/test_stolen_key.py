# SPDX-License-Identifier: AGPL-3.0-or-later
"""A stolen key of every day is contained by the line: nothing of the thief's becomes the ring's own word (holes A6)."""

from __future__ import annotations

import shutil
from functools import partial

import pytest

from ringtausch_node.backup import take_place
from ringtausch_node.bootstrap import Ring, open_ring
from ringtausch_node.federation.recovery.pages import page_for
from ringtausch_node.federation.recovery.replay import read_page
from ringtausch_node.folder import PURPOSES
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.keys import key_id
from ringtausch_protocol.posts import Recover
from tests.federation.copies import is_lost
from tests.federation.rotating import revoke, rotate, rotation_of
from tests.federation.towns import HOUR, Towns, balance, end_of, faults, line_of, pay, row_of, talk, until, view_of


async def robbed(towns: Towns, pair: tuple[Ring, Ring]) -> Ring:
    """A thief with a copy of oak's keys paid himself an hour at elm, while oak was off. -> elm; oak is closed."""
    oak, elm = pair
    await talk(oak, elm)
    assert (await end_of(oak, (await pay(oak, "alma", "ben@elm.example", 60)).payment_id)).state == "paid"
    await towns.close("oak")
    shutil.copytree(towns.root / "oak", towns.root / "thief")
    thief = await open_ring(towns.root / "thief", clock=towns.clock, transport=towns.network.wire("oak"))
    await thief.federation.start()
    assert (await end_of(thief, (await pay(thief, "alma", "ben@elm.example", HOUR)).payment_id)).state == "paid"
    await thief.close()
    return elm


async def _is_paused(ring: Ring, other: Ring, reason: str) -> bool:
    view = await view_of(ring, other)
    return (view.state, view.reason) == ("quarantined", reason)


async def test_a_ring_with_new_keys_does_not_take_the_thiefs_frames_as_its_own(
    pair: tuple[Ring, Ring], towns: Towns
) -> None:
    elm = await robbed(towns, pair)
    rotate(towns, "oak")
    oak = await towns.open("oak")
    before = await row_of(oak, elm)
    await oak.federation.start()
    await until(partial(is_lost, oak))
    after = await row_of(oak, elm)
    assert (before.own_seq, -60) == (after.own_seq, await balance(oak, "alma"))
    assert (await row_of(elm, oak)).peer_seq > after.own_seq
    assert await faults(oak, elm) == []
    # The thief's key opens nothing any more: elm knows the new card.
    thief = await open_ring(towns.root / "thief", clock=towns.clock, transport=towns.network.wire("oak"))
    await thief.federation.start()
    await until(partial(_is_silent, thief))
    await thief.close()
    assert HOUR + 60 == await balance(elm, "ben")


async def _is_silent(ring: Ring) -> bool:
    return ring.federation.lines.is_silent


async def test_a_revoked_key_pauses_the_line_where_the_thief_was_believed(
    pair: tuple[Ring, Ring], towns: Towns
) -> None:
    elm = await robbed(towns, pair)
    oak = await towns.open("oak")
    await revoke(towns, oak, elm)
    await towns.close("oak")
    oak = await towns.open("oak")
    await oak.federation.start()
    await until(partial(_is_paused, elm, oak, "revoked_key"))
    await until(partial(is_lost, oak))
    # Nothing posted is undone, and nothing more is posted.
    assert HOUR + 60 == await balance(elm, "ben")
    assert [("revoked_key", oak.identity.own.envelope)] == await elm.store.read(
        lambda tx: list(tx.execute("SELECT code, bytes FROM evidence"))
    )
    # Not even the operator's wrong word takes the thief's frames back as oak's own.
    ask = Recover(token="A" * 43, epoch=line_of(oak, elm).peer.epoch, after_own=(await row_of(oak, elm)).own_seq,
                  after_peer=(await row_of(oak, elm)).peer_seq)  # fmt: skip
    page = await elm.store.read(lambda tx: page_for(tx, line_of(elm, oak), ask))
    assert page.frames
    with pytest.raises(RemoteError, match="revoked_key"):
        read_page(line_of(oak, elm), oak.identity, page)
    assert await faults(oak, elm) == []


async def test_without_a_theft_a_revoked_key_changes_nothing_for_honest_peers(
    pair: tuple[Ring, Ring], towns: Towns
) -> None:
    oak, elm = pair
    await talk(oak, elm)
    assert (await end_of(oak, (await pay(oak, "alma", "ben@elm.example", 60)).payment_id)).state == "paid"
    await oak.federation.stop()
    await revoke(towns, oak, elm)
    await towns.close("oak")
    oak = await towns.open("oak")
    await talk(oak, elm)
    assert (await end_of(oak, (await pay(oak, "alma", "ben@elm.example", 60)).payment_id)).state == "paid"
    assert await faults(oak, elm) == []
    frame = key_id(oak.identity.ring_id, oak.identity.frame_signer.public)
    assert set(line_of(elm, oak).card.revoked) == {*oak.identity.cards.chain[0].frame_keys} - {frame}


async def test_a_thief_who_speaks_while_the_ring_runs_stops_it_and_the_new_keys_stop_him(
    pair: tuple[Ring, Ring], towns: Towns
) -> None:
    oak, elm = pair
    await talk(oak, elm)
    shutil.copytree(towns.root / "oak", towns.root / "thief")
    thief = await open_ring(towns.root / "thief", clock=towns.clock, transport=towns.network.wire("oak"))
    await thief.federation.start()
    assert (await end_of(thief, (await pay(thief, "alma", "ben@elm.example", HOUR)).payment_id)).state == "paid"
    line_of(oak, elm).owes_have = True
    line_of(oak, elm).was_met()
    await until(partial(_is_found, oak))
    await towns.close("oak")
    rotation_of(towns.root / "oak").rotate(PURPOSES)
    take_place(towns.root / "oak")
    oak = await towns.open("oak")
    await oak.federation.start()
    await until(partial(is_lost, oak))
    line_of(thief, elm).owes_have = True
    line_of(thief, elm).was_met()
    await until(partial(_is_stopped, thief))
    await thief.close()
    assert 0 == await balance(oak, "alma")


async def _is_found(ring: Ring) -> bool:
    return ring.federation.second_copy.found.is_set()


async def _is_stopped(ring: Ring) -> bool:
    return ring.federation.lines.is_silent or not any(line.in_step for line in ring.federation.lines.all())
