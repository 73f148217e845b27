# SPDX-License-Identifier: AGPL-3.0-or-later
"""Two copies of one ring: the one that was replaced stops by itself, and only on proof."""

from __future__ import annotations

import shutil
from functools import partial

import pytest

from ringtausch_node.backup import take_place
from ringtausch_node.bootstrap import Ring, open_ring
from ringtausch_node.federation.line.records import load_said
from ringtausch_protocol.errors import LocalError
from tests.federation.copies import ready, sound
from tests.federation.towns import Towns, end_of, line_of, pay, row_of, talk, until


async def _is_found(ring: Ring) -> bool:
    return ring.federation.second_copy.found.is_set()


async def test_the_copy_that_was_replaced_stops_and_stays_stopped(pair: tuple[Ring, Ring], towns: Towns) -> None:
    oak, elm = pair
    await talk(oak, elm)
    await towns.close("oak")
    shutil.copytree(towns.root / "oak", towns.root / "clone")
    oak = await towns.open("oak")
    await oak.federation.start()
    await ready(oak, elm)
    clone = await open_ring(towns.root / "clone", clock=towns.clock, transport=towns.network.wire("oak"))
    try:
        await clone.federation.start()
        await until(partial(_knows, elm, clone))
        line_of(oak, elm).was_met()
        line_of(oak, elm).owes_have = True
        await until(partial(_is_found, oak))
        seq = (await row_of(oak, elm)).own_seq
        with pytest.raises(LocalError, match="paused"):
            await pay(oak, "alma", "ben@elm.example", 60)
        assert (await row_of(oak, elm)).own_seq == seq
        assert not await _is_found(clone)
    finally:
        await clone.close()
    await towns.close("oak")
    await _starts_only_by_word(towns, elm)


async def _starts_only_by_word(towns: Towns, elm: Ring) -> None:
    with pytest.raises(LocalError, match="replaced"):
        await towns.open("oak")
    take_place(towns.root / "oak")
    with pytest.raises(LocalError, match="not_replaced"):
        take_place(towns.root / "oak")
    oak = await towns.open("oak")
    await oak.federation.start()
    await ready(oak, elm)
    assert (await end_of(oak, (await pay(oak, "alma", "ben@elm.example", 60)).payment_id)).state == "paid"
    await sound(oak, elm)


async def _knows(elm: Ring, clone: Ring) -> bool:
    fence = line_of(elm, clone).fence
    return fence is not None and fence.boot == clone.identity.boot


async def test_a_peer_alone_stops_nobody(pair: tuple[Ring, Ring], towns: Towns) -> None:
    oak, elm = pair
    await talk(oak, elm)
    ours = await elm.store.read(lambda tx: load_said(tx, 1))
    theirs = await oak.store.read(lambda tx: load_said(tx, 1))
    assert ours is not None
    assert theirs is not None
    for shown in (ours, theirs, b"{}", b"", ours.replace(b'"sig":"', b'"sig":"A')):
        await oak.federation.second_copy.shown(shown)
    assert not await _is_found(oak)
    assert (await end_of(oak, (await pay(oak, "alma", "ben@elm.example", 60)).payment_id)).state == "paid"
