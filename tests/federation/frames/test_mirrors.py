# SPDX-License-Identifier: AGPL-3.0-or-later
"""A mirror: what a ring itself has signed is shown back to it, and counts for nothing in the other direction."""

from __future__ import annotations

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.federation.line.records import load_out_after
from ringtausch_protocol import frames
from ringtausch_protocol.frames import Frame
from ringtausch_protocol.items import Decision, Item, Order, parse_item
from tests.federation.forger import Forger, code_of
from tests.federation.towns import balance, end_of, faults, line_of, pay, row_of, talk, until


@pytest.fixture
async def forger(pair: tuple[Ring, Ring]) -> Forger:
    """Elm is the mirror, oak looks into it after it has paid; both senders are silent meanwhile."""
    oak, elm = pair
    await talk(oak, elm)
    assert (await end_of(oak, (await pay(oak, "alma", "ben@elm.example", 600)).payment_id)).state == "paid"
    await until(lambda: _quiet(oak, elm))
    await elm.federation.stop()
    await oak.federation.stop()
    return Forger(elm, oak)


async def _quiet(oak: Ring, elm: Ring) -> bool:
    here, there = await row_of(oak, elm), await row_of(elm, oak)
    return (here.own_seq, here.peer_seq) == (there.peer_seq, there.own_seq)


async def own_frames(forger: Forger) -> list[Frame]:
    """What oak has signed for elm: its probe, its order, what it answered."""
    oak = forger.victim
    line = line_of(oak, forger.liar)
    rows = await oak.store.read(lambda tx: load_out_after(tx, line.peer.id, line.names.epoch, 0, 100))
    parts = [frames.frame_of_entry(row[2]) for row in rows]
    return [frames.parse_frame(signed, list(items), oak.identity.own.frame_keys) for signed, items in parts]


async def test_a_rings_own_frame_under_its_own_signature_is_refused(forger: Forger) -> None:
    before, mirrored = await row_of(forger.victim, forger.liar), await own_frames(forger)
    assert len(mirrored) >= 2
    for frame in mirrored:
        assert (401, "unknown_key") == code_of(await forger.post(frame))
    assert before == await row_of(forger.victim, forger.liar)
    assert (-600, []) == (await balance(forger.victim, "alma"), await faults(forger.victim))


async def test_a_header_of_the_other_direction_is_refused_under_any_signature(forger: Forger) -> None:
    names = line_of(forger.victim, forger.liar).names
    before = await row_of(forger.victim, forger.liar)
    for frame in await own_frames(forger):
        items: list[Item] = [parse_item(item) for item in frame.items]
        turned = await forger.frame(items, from_=names.me, to=names.peer)
        assert (421, "wrong_ring") == code_of(await forger.post(turned))
    assert before == await row_of(forger.victim, forger.liar)


async def test_items_of_the_other_direction_move_nothing(forger: Forger) -> None:
    """Elm signs oak's own items as if they were its own: the order that oak made comes back to oak."""
    items: list[Item] = [parse_item(item) for frame in await own_frames(forger) for item in frame.items]
    assert {Order, Decision} <= {type(item) for item in items}
    assert 200 == (await forger.post(await forger.frame(items))).status
    assert (-600, []) == (await balance(forger.victim, "alma"), await faults(forger.victim))
    row = await row_of(forger.victim, forger.liar)
    assert (0, 0) == (row.held_in_seconds, row.held_out_seconds)
