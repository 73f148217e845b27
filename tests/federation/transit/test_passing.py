# SPDX-License-Identifier: AGPL-3.0-or-later
"""Alma pays Ben through rings between: paid, refused, stopped, waiting, cancelled, restored, audited."""

from __future__ import annotations

from functools import partial
from itertools import pairwise

import msgspec
import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.errors import LocalError
from ringtausch_node.federation.line import records as lines_records
from ringtausch_node.federation.line.model import EDGE_MISSING
from ringtausch_node.federation.orders import between_records
from ringtausch_node.federation.orders.between import NEXT_SILENT_SECONDS
from ringtausch_node.federation.orders.between_rules import Offered
from ringtausch_node.federation.orders.ends import inner_order
from ringtausch_node.members.model import OPERATOR
from ringtausch_node.payments.model import PaymentView
from ringtausch_node.store import Tx
from ringtausch_node.store.tx import Row
from ringtausch_protocol.frames import parse_header
from ringtausch_protocol.items import SignedItem
from tests.audit.exports import audited, codes, export
from tests.federation.copies import Copies, ready
from tests.federation.towns import HOUR, Towns, end_of, faults, line_of, pay, peer, row_of, talk, until
from tests.federation.transit.chain import Chain, cut_off, holds, row_of_rings


async def test_a_payment_passes_and_comes_back_and_every_book_sums_to_zero(towns: Towns) -> None:
    chain = await row_of_rings(towns, 3)
    paid = await chain.paid(5_400)
    assert (paid.state, paid.code, paid.via) == ("paid", None, ["elm.example"])
    assert (await chain.balances(), await chain.clearings()) == ((-5_400, 5_400), [5_400, 5_400])
    entry = (await chain.last.accounts.statement("ben", None, 10, OPERATOR)).entries[0]
    assert (entry.amount_seconds, entry.with_, entry.memo) == (5_400, "alma@oak.example", "memo")
    back = await chain.last.refunds.refund(paid.payment_id, OPERATOR, 600)
    assert (await end_of(chain.last, back.payment_id)).state == "paid"
    assert await chain.balances() == (-4_800, 4_800)
    await _nothing_is_held(chain)
    carrying = chain.rings[1].federation.carrying
    assert await carrying.peers() == ["oak.example", "ash.example"]
    seen = {(each.from_, each.to, each.payer_ring, each.payee_ring, each.state) for each in await carrying.list()}
    there = ("oak.example", "ash.example")
    assert seen == {(*there, *there, "posted"), (*there[::-1], *there[::-1], "posted")}
    assert b"alma" not in msgspec.json.encode(await carrying.list())  # the operator between sees no person


async def test_what_a_neighbour_s_own_line_is_too_narrow_for_goes_through_others(towns: Towns) -> None:
    chain = await row_of_rings(towns, 3)
    await peer(chain.first, chain.last, HOUR, HOUR)
    await until(partial(_is_open, chain.first, chain.last))
    assert (await chain.paid(HOUR)).via == []  # to the last second
    wide = await chain.paid(HOUR)
    assert (wide.state, wide.via) == ("paid", ["elm.example"])
    back = await chain.last.refunds.refund(wide.payment_id, OPERATOR, HOUR)
    assert (await end_of(chain.last, back.payment_id)).state == "paid"
    with pytest.raises(LocalError, match="no_capacity"):
        await chain.pay(11 * HOUR)  # neither way is as wide
    await _nothing_is_held(chain)


async def _is_open(one: Ring, other: Ring) -> bool:
    return bool((await row_of(one, other)).is_open and (await row_of(other, one)).is_open)


async def test_no_note_beside_a_payment_goes_to_a_ring_between(towns: Towns) -> None:
    chain = await row_of_rings(towns, 3)
    paid = await chain.paid(60)
    for ring in (chain.first, chain.last):
        with pytest.raises(LocalError, match="no_note"):
            await ring.notes.write(paid.payment_id, "Danke", OPERATOR)
    assert [] == [note for ring in chain.rings for note in await ring.store.read(_notes)]


async def test_over_four_rings_what_the_last_one_refuses_frees_everybody(towns: Towns) -> None:
    chain = await row_of_rings(towns, 4)
    assert (await chain.paid(60)).via == ["elm.example", "ash.example"]
    ended = await end_of(chain.first, (await pay(chain.first, "alma", "nobody@fir.example", 60)).payment_id)
    assert (ended.state, ended.code) == ("refused", "payee_refuses")
    assert await chain.clearings() == [60, 60, 60]
    await _nothing_is_held(chain)
    await chain.rings[1].federation.carrying.set("ash.example", carries=False)
    ended = await chain.paid(60)
    assert (ended.state, ended.code) == ("refused", "not_allowed")
    await _nothing_is_held(chain)


async def test_a_silent_next_ring_is_waited_for_a_minute_and_no_longer(towns: Towns) -> None:
    chain = await row_of_rings(towns, 3)
    between = chain.rings[1]
    await cut_off(towns, between, chain.last)
    taken_back = await _waits(chain)
    await chain.first.payments.cancel(taken_back.payment_id, OPERATOR)
    assert (await end_of(chain.first, taken_back.payment_id)).state == "cancelled"
    view = await _waits(chain)
    await between.store.write(between.federation.between.look)
    assert "waiting" in await _states(between)
    towns.clock.ahead_seconds += 61
    await between.store.write(between.federation.between.look)
    ended = await end_of(chain.first, view.payment_id)
    assert (ended.state, ended.code) == ("refused", "next_hop_down")
    in_time = await _waits(chain)
    towns.network.heal()
    assert (await end_of(chain.first, in_time.payment_id)).state == "paid"
    await _nothing_is_held(chain)


async def test_what_came_at_a_time_that_is_still_to_come_has_waited_enough(towns: Towns) -> None:
    """The clock of the ring between was ahead and is right again."""
    chain = await row_of_rings(towns, 3)
    between = chain.rings[1]
    await cut_off(towns, between, chain.last)
    towns.clock.ahead_seconds += 1_800
    view = await _waits(chain)
    towns.clock.ahead_seconds -= 1_800
    await between.store.write(between.federation.between.look)
    ended = await end_of(chain.first, view.payment_id)
    assert (ended.state, ended.code) == ("refused", "next_hop_down")


async def test_a2_a_ring_between_that_was_started_again_refuses_nothing_it_may_have_passed_on(towns: Towns) -> None:
    """`may_refuse`: only the boot that took it, or one in step with the next ring, says no (SPEC.md 7.12)."""
    chain = await row_of_rings(towns, 3)
    await cut_off(towns, chain.rings[1], chain.last)
    view = await _waits(chain)
    await towns.close("elm")
    chain.rings[1] = between = await towns.open("elm")
    await between.federation.start()
    towns.clock.ahead_seconds += 61
    await between.store.write(between.federation.between.look)
    assert await _states(between) == ["waiting"]
    towns.clock.ahead_seconds -= 61  # in step again it may refuse what waited for a minute
    towns.network.heal()
    assert (await end_of(chain.first, view.payment_id)).state == "paid"
    await _nothing_is_held(chain)


async def test_over_four_rings_the_third_goes_and_comes_back_and_the_payment_arrives_once(towns: Towns) -> None:
    """What it passed on it holds, however long: neither its own end nor the silence behind it frees anybody."""
    chain = await row_of_rings(towns, 4)
    await towns.network.fall_silent("fir")
    view = await chain.pay(60)
    await until(partial(holds, chain.rings[2]))
    await towns.close("ash")
    assert await _states(chain.rings[1]) == ["held"]
    chain.rings[2] = third = await towns.open("ash")
    await third.federation.start()
    assert await _states(third) == ["held"]
    towns.network.heal()
    ended = await end_of(chain.first, view.payment_id)
    assert (ended.state, ended.via) == ("paid", ["elm.example", "ash.example"])
    assert (await chain.balances(), await chain.clearings()) == ((-60, 60), [60, 60, 60])
    await _nothing_is_held(chain)


async def test_what_waited_while_the_ring_between_was_down_leaves_with_the_next_ring_that_comes(towns: Towns) -> None:
    """However long ago it came. The other two come by themselves; elm calls nobody, so a minute refuses nothing."""
    chain = await row_of_rings(towns, 3)
    await cut_off(towns, chain.rings[1], chain.last)
    view = await _waits(chain)
    await towns.close("elm")
    towns.clock.ahead_seconds = 2 * NEXT_SILENT_SECONDS
    chain.rings[1] = await towns.open("elm")
    towns.network.heal()
    await until(partial(_has_ended_by_polls, chain, view.payment_id))
    assert (await end_of(chain.first, view.payment_id)).state == "paid"
    await _nothing_is_held(chain)


async def test_who_answers_our_hello_is_there_in_the_very_commit_that_brings_him_into_step(towns: Towns) -> None:
    """In step and still away, what waited a minute for it would be refused by whoever looks in that moment."""
    await row_of_rings(towns, 3)
    await towns.close("elm")
    elm = await towns.open("elm")
    first: dict[str, bool] = {}

    def note(_: Tx) -> None:
        for line in elm.federation.lines.all():
            if line.in_step:
                first.setdefault(line.peer.address, line.is_away)

    elm.store.on_seal(note)
    await elm.federation.start()
    await talk(elm)
    assert {"oak.example": False, "ash.example": False} == first


async def _has_ended_by_polls(chain: Chain, payment_id: str) -> bool:
    for ring in (chain.last, chain.first):
        line = line_of(ring, chain.rings[1])
        line.owes_have = True
        line.wake.set()
    return (await chain.first.payments.get(payment_id, OPERATOR)).state != "held"


async def test_a_ring_between_that_lost_its_newest_hours_ends_what_it_passed_on(towns: Towns, copies: Copies) -> None:
    chain = await row_of_rings(towns, 3)
    await chain.paid(60)
    chain.rings[1] = await copies.take("elm")
    await ready(*towns.network.rings.values())
    await chain.paid(120)
    towns.network.cut.add("oak")  # the end does not get back to oak
    under_way = await chain.pay(240)
    towns.network.heal()
    await end_of(chain.first, under_way.payment_id)
    chain.rings[1] = await copies.put_back("elm", mark=True)
    await chain.rings[1].federation.start()
    await ready(*towns.network.rings.values())
    await until(partial(_is_sound, chain))  # a decision may still be on its way to the ring between
    assert (await chain.balances(), await chain.clearings()) == ((-420, 420), [420, 420])
    await _nothing_is_held(chain)


async def test_an_edge_that_comes_after_a_loss_opens_the_line_again(towns: Towns) -> None:
    """Its frame had not been acknowledged, so oak sends it anew; until then elm knows only that it passed it on."""
    chain = await row_of_rings(towns, 3)
    await chain.paid(60)
    oak, elm, _ = chain.rings

    def again(tx: Tx) -> tuple[str | None, int | None]:
        line = line_of(elm, oak)
        carried = between_records.load(tx, tx.one("SELECT order_hash FROM order_between")[0])
        assert carried is not None
        between_records.set_in(tx, carried.order_hash, None)
        row = lines_records.load_line(tx, line.peer.id)
        row.closed = EDGE_MISSING
        signed = msgspec.json.decode(carried.signed, type=SignedItem)
        order, header = inner_order(signed), parse_header(bytes(signed.header), oak.identity.own.frame_keys)[0]
        offered = Offered(order, carried.order_hash, signed, carried.place, header, None)
        elm.federation.between.offered(tx, line, row, offered)
        held = between_records.load(tx, carried.order_hash)
        return row.closed, held.in_seq if held else None

    closed, in_seq = await elm.store.write(again)
    assert (None, True) == (closed, (in_seq or 0) > 0)


async def test_an_auditor_finds_nothing_wrong_with_what_passed(towns: Towns) -> None:
    chain = await row_of_rings(towns, 3)
    await chain.paid(60)
    await end_of(chain.first, (await pay(chain.first, "alma", "nobody@ash.example", 60)).payment_id)
    logs = [log for ring in chain.rings for log in await export(ring, towns.root / ring.config.name)]
    assert codes(audited(*logs)) == []


async def _waits(chain: Chain) -> PaymentView:
    """Alma pays, and the payment waits at the ring between."""
    view = await chain.pay(60)
    await until(partial(_is_waiting, chain.rings[1]))
    return view


async def _is_waiting(ring: Ring) -> bool:
    return "waiting" in await _states(ring)


async def _states(ring: Ring) -> list[str]:
    return [each.state for each in await ring.federation.carrying.list()]


def _notes(tx: Tx) -> list[Row]:
    return tx.execute("SELECT text FROM payment_note").fetchall()


async def _is_sound(chain: Chain) -> bool:
    return await faults(*chain.rings) == []


async def _nothing_is_held(chain: Chain) -> None:
    for one, other in pairwise(chain.rings):
        for ring, peer_ in ((one, other), (other, one)):
            row = await row_of(ring, peer_)
            assert (row.held_in_seconds, row.held_in_count, row.held_out_seconds, row.held_out_count) == (0, 0, 0, 0)
    assert await faults(*chain.rings) == []
