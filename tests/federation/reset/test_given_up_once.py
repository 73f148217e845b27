# SPDX-License-Identifier: AGPL-3.0-or-later
"""A line is given up wholly or not at all, and once: refused, asked twice, while payments pass (SPEC.md 5.5, 7.6)."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from functools import partial
from typing import Any

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.federation.line import records
from ringtausch_node.federation.orders.between_records import NEWEST, Carried, load_open
from ringtausch_node.federation.orders.gone import Gone
from ringtausch_node.federation.orders.own_cost import WRITTEN_OFF_KEY
from ringtausch_node.federation.reset.last_orders import LastOrders
from ringtausch_node.federation.reset.own_words import OwnWords
from ringtausch_node.ledger import service as ledger
from ringtausch_node.store import Tx
from ringtausch_protocol import canonical, limits
from ringtausch_protocol.errors import LocalError
from ringtausch_protocol.items import SignedItem
from tests.audit.exports import audited, codes, export
from tests.federation.reset.test_dead_ring import decided_and_lost, dies, said_written_off, under_way
from tests.federation.reset.test_two_dead_rings import crossing, have_passed, receipt_of
from tests.federation.towns import Towns, balance, end_of, faults, line_of, until, view_of
from tests.federation.transit.chain import Chain, holds, row_of_rings

#: What the second of two reads, whoever it is.
ALREADY = "already_given_up"


async def _outcomes(*asked: Coroutine[Any, Any, Any]) -> list[str]:
    """Asked at once: for each the code of its refusal, or nothing."""
    done = await asyncio.gather(*asked, return_exceptions=True)
    assert all(isinstance(each, LocalError) for each in done if isinstance(each, BaseException))
    return [each.code if isinstance(each, LocalError) else "" for each in done]


async def _passing(ring: Ring) -> list[Carried]:
    return await ring.store.read(lambda tx: load_open(tx, NEWEST, 2))


async def _codes(chain: Chain, *rings: Ring) -> list[str]:
    logs = [log for ring in rings for log in await export(ring, chain.towns.root / ring.config.name)]
    return codes(audited(*logs))


async def _old_name(ring: Ring) -> str:
    (address,) = [view.address for view in await ring.federation.peers() if view.state == "given_up"]
    return address


async def test_a_give_up_that_is_refused_has_written_nothing_off_and_every_hour_arrives(towns: Towns) -> None:
    chain = await crossing(towns)
    oak, elm, ash = chain.rings
    with pytest.raises(LocalError, match="orders_pass"):  # ben's two minutes, which oak will decide
        await elm.federation.giving_up.give_up("ash.example")
    assert await have_passed(elm)
    assert await said_written_off(elm) == 0
    towns.network.lose_answer = lambda _post: False
    towns.network.heal()
    await elm.federation.start()
    for ring in chain.rings:
        await until(partial(_has_nothing_open, ring))
    assert await chain.balances() == (60, -60)
    assert [(await view_of(elm, other)).clearing_seconds for other in (oak, ash)] == [60, -60]
    assert await faults(*chain.rings) == []
    assert await _codes(chain, *chain.rings) == []


async def _has_nothing_open(ring: Ring) -> bool:
    sql = "SELECT (SELECT sum(held_in_count + held_out_count) FROM line), (SELECT count(*) FROM waiting_item)"
    return await ring.store.read(lambda tx: tx.one(sql)) == (0, 0)


async def test_of_two_operators_who_give_a_line_up_at_once_one_is_told_that_it_is_done_already(towns: Towns) -> None:
    chain, view = await under_way(towns, 4)
    await dies(chain, "ash")
    oak, elm, _, fir = chain.rings
    giving_up = elm.federation.giving_up
    assert await _outcomes(giving_up.give_up("ash.example"), giving_up.give_up("ash.example")) == ["", ALREADY]
    assert await _outcomes(giving_up.give_up("ash.example"), giving_up.verify_gone("ash.example")) == [ALREADY] * 2
    assert (await end_of(oak, view.payment_id)).code == "next_hop_down"
    old = await _old_name(elm)
    for handle in ("bob", "carl"):
        await elm.members.add(handle, handle.title())
    asked = [giving_up.write_off(old, handle) for handle in ("bob", "carl", None)]
    assert await _outcomes(*asked) == ["", "already_settled", "already_settled"]
    assert [await balance(elm, handle) for handle in ("bob", "carl")] == [600, 0]
    assert await faults(oak, elm, fir) == []
    assert "loss" not in await _codes(chain, oak, elm, fir)


async def test_a_receipt_counts_once_however_often_its_line_is_given_up(towns: Towns) -> None:
    chain, view, decision = await decided_and_lost(towns, 3, "elm")
    oak, _, ash = chain.rings
    giving_up = oak.federation.giving_up
    await giving_up.shown.take(decision)
    assert await _outcomes(giving_up.give_up("elm.example"), giving_up.give_up("elm.example")) == ["", ALREADY]
    assert (await end_of(oak, view.payment_id)).state == "paid"
    assert await chain.balances() == (-660, 660)
    old = await _old_name(oak)
    assert await _outcomes(giving_up.write_off(old, None), giving_up.write_off(old, None)) == ["", "already_settled"]
    assert await faults(oak, ash) == []
    assert set(await _codes(chain, oak, ash)) <= {"kept", "ring_not_seen", "order_open"}


async def test_nothing_is_held_for_ever_where_a_line_is_given_up_while_payments_pass(towns: Towns) -> None:
    chain = await row_of_rings(towns, 3)
    await chain.paid(600)
    oak, elm, ash = chain.rings
    await asyncio.gather(*(chain.pay(60) for _ in range(4)), elm.federation.giving_up.give_up("ash.example"))
    refused = await chain.paid(60)
    assert (refused.state, refused.code) == ("refused", "next_hop_down")  # at once: nobody waits for ash any more
    await until(partial(_passes_nothing, elm))
    await elm.federation.giving_up.write_off(await _old_name(elm), None)
    assert await faults(oak, elm, ash) == []
    assert (await view_of(oak, elm)).clearing_seconds == -await balance(oak, "alma")


async def _passes_nothing(ring: Ring) -> bool:
    return not await holds(ring) and not await ring.store.read(
        lambda tx: tx.row("SELECT 1 FROM order_between WHERE state IN ('waiting', 'held')")
    )


async def test_what_was_paid_in_the_moment_before_the_end_is_in_the_figure_that_is_left(towns: Towns) -> None:
    chain = await crossing(towns)
    elm, gone = chain.rings[1], Gone(chain.rings[1].federation.between, chain.rings[1].clock)
    to_oak = next(each for each in await _passing(elm) if each.last_ring == chain.first.identity.ring_id)
    decision = canonical.parse(await receipt_of(chain, to_oak), SignedItem, limits.ITEM_BYTES)
    _, (given_up,) = await asyncio.gather(  # ben's two minutes: as if oak told just now that it has paid them
        elm.store.write(lambda tx: gone.honour(tx, to_oak, decision, is_told=True)),
        elm.federation.giving_up.give_up("ash.example"),
    )
    assert (given_up.clearing_seconds, given_up.written_off) == (-120, 1)
    assert [each for each in await faults(elm) if each.row != "oak.example"] == []  # no frame of oak has told it


async def test_a_line_that_was_given_up_stays_so_whatever_its_ring_is_found_to_do(towns: Towns) -> None:
    chain, _ = await under_way(towns, 3)
    await dies(chain, "ash")
    elm = chain.rings[1]
    line = line_of(elm, chain.last)
    await elm.federation.giving_up.give_up("ash.example")
    for doing in (elm.federation.resets.propose, elm.federation.resets.sign):
        with pytest.raises(LocalError, match=ALREADY):
            await doing(line.peer.address)
    await elm.store.write(lambda tx: records.set_peer_state(tx, line.peer.id, "quarantined", "forked"))
    line.quarantine("forked")
    assert await _old_name(elm) == line.peer.address
    await towns.close("elm")
    elm = await towns.open("elm")
    assert await _old_name(elm) == line.peer.address
    assert await faults(elm) == []


async def _only_written_off(chain: Chain) -> None:
    """Elm wrote off what went on to ash, and the line is there: as in a copy of before, or by an earlier version."""
    elm, line = chain.rings[1], line_of(chain.rings[1], chain.last)
    words = OwnWords(elm.identity, elm.clock, elm.ids, elm.federation.operators)
    last = LastOrders(Gone(elm.federation.between, elm.clock), words)

    def write_off(tx: Tx) -> None:
        last.end(tx, [line], last.sign(tx, [line]) or {})

    await elm.store.write(write_off)


async def test_what_was_paid_after_it_was_written_off_is_borne_by_who_wrote_it_off(towns: Towns) -> None:
    chain, view = await under_way(towns, 3)
    oak, elm, ash = chain.rings
    await _only_written_off(chain)
    towns.network.heal()
    assert (await end_of(oak, view.payment_id)).code == "next_hop_down"
    await until(partial(_is_borne, elm, 60))
    assert await chain.balances() == (-600, 660)
    assert [(await view_of(elm, other)).clearing_seconds for other in (oak, ash)] == [-600, 660]
    assert (await view_of(ash, elm)).clearing_seconds == -660
    assert (await chain.paid(60)).state == "paid"
    assert await _borne(elm) == 60
    assert await faults(*chain.rings) == []
    assert await _codes(chain, *chain.rings) == []


async def _borne(ring: Ring) -> int:
    account = await ring.store.read(lambda tx: ledger.account_by_key(tx, WRITTEN_OFF_KEY))
    return 0 if account is None else -account.balance_seconds


async def _is_borne(ring: Ring, seconds: int) -> bool:
    return await _borne(ring) == seconds
