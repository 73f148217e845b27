# SPDX-License-Identifier: AGPL-3.0-or-later
"""What all orders of a batch ask of other lines is read once, and boxes to one far ring share one wrapped key."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.federation.line import records as lines_records
from ringtausch_node.federation.orders import between_records, read_once
from ringtausch_node.federation.orders.between import Sides
from ringtausch_node.federation.outgoing import Wanted
from ringtausch_node.federation.routes.ways import Way
from ringtausch_node.store import Tx
from ringtausch_protocol.errors import LocalError
from tests.federation.towns import HOUR, Towns, line_of, peer, until
from tests.federation.transit.chain import holds, row_of_rings

#: An encapsulated key of 32 bytes, and the key under it with its tag (SPEC.md 2.5).
WRAPPED_BYTES = 80


async def test_the_row_of_another_line_is_written_once_with_all_its_changes(towns: Towns, oak: Ring, elm: Ring) -> None:
    await peer(oak, elm)
    line_id = line_of(oak, elm).peer.id

    def change(tx: Tx) -> list[int]:
        for _ in range(3):
            read_once.row_of(tx, line_id).held_out_seconds += HOUR
        before = lines_records.load_line(tx, line_id).held_out_seconds
        read_once.save_rows(tx)
        after = lines_records.load_line(tx, line_id).held_out_seconds
        row = lines_records.load_line(tx, line_id)
        row.held_out_seconds = HOUR
        lines_records.save_line(tx, row)
        return [before, after, read_once.row_of(tx, line_id).held_out_seconds]

    assert [0, 3 * HOUR, HOUR] == await oak.store.write(change)


async def test_what_is_held_for_a_destination_grows_with_each_order_and_is_read_again_after_an_end(
    towns: Towns, oak: Ring, elm: Ring
) -> None:
    await peer(oak, elm)
    line_id = line_of(oak, elm).peer.id

    def ask(tx: Tx) -> list[tuple[int, int]]:
        found = []
        for _ in range(2):
            read_once.held_towards(tx, line_id, "a" * 52).add(HOUR)
            held = read_once.held_towards(tx, line_id, "a" * 52)
            found.append((held.seconds, held.count))
        read_once.forget_held(tx)
        held = read_once.held_towards(tx, line_id, "a" * 52)
        return [*found, (held.seconds, held.count)]

    assert [(HOUR, 1), (2 * HOUR, 2), (0, 0)] == await oak.store.read(ask)


class _UndoneError(Exception):
    """Takes back what a test has tried in a use case."""


async def test_an_order_that_ends_is_held_for_its_destination_no_more_in_the_same_commit(towns: Towns) -> None:
    chain = await row_of_rings(towns, 3)
    between = chain.rings[1]
    await towns.network.fall_silent("ash")
    await chain.pay(60)
    await until(partial(holds, between))
    held = []

    def end(tx: Tx) -> None:
        (carried,) = between_records.load_open_towards(tx, line_of(between, chain.last).peer.id)
        lines = [between.federation.lines.by_id(peer) for peer in (carried.peer_in, carried.peer_out)]
        rows = [lines_records.load_line(tx, line.peer.id) for line in lines]
        held.append(read_once.held_towards(tx, carried.peer_out, carried.last_ring).seconds)
        sides = Sides(lines[0], rows[0], lines[1], rows[1])
        between.federation.between.settle(tx, carried, sides, b"", is_paid=False)
        held.append(read_once.held_towards(tx, carried.peer_out, carried.last_ring).seconds)
        raise _UndoneError

    with pytest.raises(_UndoneError):
        await between.store.write(end)
    assert [60, 0] == held


def _answer(way: Way | BaseException) -> int | str:
    """How many rings a way leads through, or the code for which there is none."""
    if isinstance(way, Way):
        return len(way.path or ())
    return way.code if isinstance(way, LocalError) else type(way).__name__


async def test_payments_that_ask_for_a_way_at_once_each_hear_of_their_own(towns: Towns) -> None:
    outgoing = (await row_of_rings(towns, 3)).first.federation.outgoing
    asked = [("ash.example", 60), ("fir.example", 60), ("ash.example", 10**9), ("ash.example", 60)]

    tasks = [asyncio.ensure_future(outgoing.way_to(*each)) for each in asked]
    await asyncio.sleep(0)  # all have asked
    tasks[0].cancel()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    later = await outgoing.way_to("ash.example", 120)

    assert ["CancelledError", "no_route", "no_capacity", 3, 3] == [_answer(each) for each in (*answers, later)]


async def test_boxes_to_a_ring_beyond_share_a_wrapped_key_and_no_nonce(towns: Towns) -> None:
    chain = await row_of_rings(towns, 3)
    outgoing = chain.first.federation.outgoing
    way = await outgoing.way_to("ash.example", 60)
    wanted = [
        Wanted(bytes((number,)) * 16, "alma@oak.example", "ben", "memo", 60, invoice_hash=None) for number in (1, 2)
    ]

    one, other = (outgoing.draft(way, each).box for each in wanted)

    assert one[:WRAPPED_BYTES] == other[:WRAPPED_BYTES]
    assert one[WRAPPED_BYTES : WRAPPED_BYTES + 12] != other[WRAPPED_BYTES : WRAPPED_BYTES + 12]
