# SPDX-License-Identifier: AGPL-3.0-or-later
"""Both neighbours of a ring between die while each has an order on its way to the other (SPEC.md 5.5, 7.6)."""

from __future__ import annotations

from collections import Counter
from functools import partial

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.federation.orders.between_records import NEWEST, Carried, load_open
from ringtausch_node.federation.orders.between_rules import order_of
from ringtausch_protocol import canonical, frames
from ringtausch_protocol.errors import LocalError
from ringtausch_protocol.items import Decision
from tests.audit.exports import audited, codes, export
from tests.federation.forger import Forger
from tests.federation.towns import Towns, faults, line_of, pay, until
from tests.federation.transit.chain import Chain, row_of_rings


async def crossing(towns: Towns) -> Chain:
    """Alma of oak pays Ben of ash a minute, and he her two; elm has passed both on, and nobody hears of it."""
    chain = await row_of_rings(towns, 3)
    elm = chain.rings[1]
    await elm.federation.stop()
    towns.network.lose_answer = lambda post: b'"kind":"order"' in post.body  # again and again
    await chain.pay(60)
    await pay(chain.last, "ben", "alma@oak.example", 120)
    await until(partial(have_passed, elm))
    return chain


async def have_passed(elm: Ring) -> bool:
    return [each.state for each in await elm.federation.carrying.list()] == ["held", "held"]


async def receipt_of(chain: Chain, carried: Carried) -> bytes:
    """*Paid*, as the last ring of an order would have signed it to elm and given it to the payee."""
    elm = chain.rings[1]
    last = next(ring for ring in chain.rings if ring.identity.ring_id == carried.last_ring)
    decision = Decision(
        order_hash=carried.order_hash, payment_id=order_of(carried).payment_id, outcome="paid", by=carried.last_ring,
        index=2, inbound=elm.identity.ring_id, amount_seconds=carried.amount_seconds, decided_at=last.clock.now(),
    )  # fmt: skip
    frame = await Forger(last, elm).frame([decision])
    return canonical.encode(frames.signed_item(frame.envelope, frame.items, 0))


async def _both_die(chain: Chain) -> Ring:
    elm = chain.rings[1]
    for dead in (chain.first, chain.last):
        await chain.towns.close(dead.config.name)
        line_of(elm, dead).is_away = True
    return elm


async def both_dead_and_shown(towns: Towns) -> Ring:
    """-> elm, between two dead rings that had paid each other's orders: both receipts were shown."""
    chain = await crossing(towns)
    carried = await chain.rings[1].store.read(lambda tx: load_open(tx, NEWEST, 2))
    receipts = [await receipt_of(chain, each) for each in carried]
    elm = await _both_die(chain)
    for receipt in receipts:
        assert (await elm.federation.giving_up.shown.take(receipt)).counts
    return elm


async def test_orders_that_cross_are_written_off_where_both_rings_are_given_up_together(towns: Towns) -> None:
    chain = await crossing(towns)
    elm = await _both_die(chain)
    for address, other in (("ash.example", "oak.example"), ("oak.example", "ash.example")):
        assert await elm.federation.giving_up.waited_for(address) == [other]
        with pytest.raises(LocalError, match="orders_pass"):
            await elm.federation.giving_up.give_up(address)
    assert await have_passed(elm)  # who was refused has written nothing off
    orders = {each.order_hash for each in await elm.store.read(lambda tx: load_open(tx, NEWEST, 2))}
    given_up = await elm.federation.giving_up.give_up("ash.example", "oak.example")
    assert [(each.clearing_seconds, each.honoured, each.written_off) for each in given_up] == [(0, 0, 1), (0, 0, 1)]
    assert {each.state for each in await elm.federation.carrying.list()} == {"released"}
    assert await faults(elm) == []
    result = audited(*await export(elm, towns.root / "elm"))
    assert {each.place.order for each in result.findings if each.code == "written_off"} == orders
    assert codes(result) == ["ring_not_seen"] * 2


async def test_a_ring_that_is_there_is_waited_for_and_not_given_up_together_with_another(towns: Towns) -> None:
    chain = await crossing(towns)
    elm = await _both_die(chain)
    line_of(elm, chain.last).is_away = False
    assert await elm.federation.giving_up.waited_for("oak.example") == []
    assert await elm.federation.giving_up.waited_for("ash.example") == ["oak.example"]


async def test_two_rings_that_wait_for_each_other_are_given_up_together_and_what_was_paid_counts(
    towns: Towns, reached: Counter[str]
) -> None:
    elm = await both_dead_and_shown(towns)
    for address, other in (("ash.example", "oak.example"), ("oak.example", "ash.example")):
        assert await elm.federation.giving_up.waited_for(address) == [other]
        with pytest.raises(LocalError, match="orders_pass"):
            await elm.federation.giving_up.give_up(address)
    assert await have_passed(elm)
    given_up = await elm.federation.giving_up.give_up("oak.example", "ash.example")
    # Alma's minute is owed to ash by us, and to us by oak; Ben's two the other way round.
    assert [(each.clearing_seconds, each.honoured, each.written_off) for each in given_up] == [(60, 1, 0), (-60, 1, 0)]
    assert {each.state for each in await elm.federation.carrying.list()} == {"posted"}
    assert reached["a receipt stands for a ring that is gone"] == 2
    for each in given_up:
        await elm.federation.giving_up.write_off(each.address, None)
    assert await faults(elm) == []
    result = audited(*await export(elm, towns.root / "elm"))
    assert [each.evidence for each in result.findings if each.code == "loss"] == [(("amount_seconds", 60),)]
    assert set(codes(result)) == {"loss", "kept", "ring_not_seen"}


async def test_with_one_receipt_the_other_order_is_written_off_in_the_same_commit(towns: Towns) -> None:
    chain = await crossing(towns)
    carried = await chain.rings[1].store.read(lambda tx: load_open(tx, NEWEST, 2))
    (to_ash,) = [each for each in carried if each.last_ring == chain.last.identity.ring_id]
    receipt = await receipt_of(chain, to_ash)
    elm = await _both_die(chain)
    await elm.federation.giving_up.shown.take(receipt)
    assert await elm.federation.giving_up.waited_for("ash.example") == ["oak.example"]
    ash, oak = await elm.federation.giving_up.give_up("ash.example", "oak.example")
    assert (ash.clearing_seconds, ash.honoured, ash.written_off) == (60, 1, 0)
    assert (oak.clearing_seconds, oak.honoured, oak.written_off) == (-60, 0, 1)
    assert await faults(elm) == []
