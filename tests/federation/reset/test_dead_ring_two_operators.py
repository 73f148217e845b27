# SPDX-License-Identifier: AGPL-3.0-or-later
"""A ring is gone, and its neighbour's card asks for two operators: what each of them signs, and what that gives."""

from __future__ import annotations

import pytest

from ringtausch_node.control.signing import told
from ringtausch_node.federation.reset.own_words import OwnWords
from ringtausch_node.ids import SystemIds
from ringtausch_node.members.model import OPERATOR
from ringtausch_protocol import limits
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.errors import LocalError
from tests.audit.exports import codes
from tests.federation.agreement.test_operators import PETER, sign_all, with_operators
from tests.federation.reset.test_dead_ring import audit_of, decided_and_lost, said_written_off
from tests.federation.towns import Towns, balance, end_of, faults


async def test_where_two_operators_must_sign_a_receipt_counts_once_both_have(towns: Towns) -> None:
    chain, view, decision = await decided_and_lost(towns, 4, "ash")
    oak, fir = chain.first, chain.last
    elm = await with_operators(towns, "elm", PETER, threshold=2)
    await elm.federation.start()
    assert (await elm.federation.giving_up.shown.take(decision)).counts
    for _ in range(2):
        with pytest.raises(LocalError, match="threshold"):
            await elm.federation.giving_up.give_up("ash.example")
    assert await said_written_off(elm) == 0  # nothing before all have signed
    assert sorted(each.state for each in await elm.federation.carrying.list()) == ["held", "posted"]
    assert (await oak.payments.get(view.payment_id, OPERATOR)).state == "held"
    assert await sign_all(elm, PETER) == 1
    (given_up,) = await elm.federation.giving_up.give_up("ash.example")
    assert (given_up.honoured, given_up.written_off, given_up.clearing_seconds) == (1, 0, 660)
    assert await said_written_off(elm) == 1
    assert (await end_of(oak, view.payment_id)).state == "paid"
    with pytest.raises(LocalError, match="threshold"):
        await elm.federation.giving_up.write_off(given_up.address, None)
    assert await sign_all(elm, PETER) == 1
    assert (await elm.federation.giving_up.write_off(given_up.address, None)).clearing_seconds == 0
    assert await faults(oak, elm, fir) == []
    chain.rings[1] = elm
    assert set(codes(await audit_of(chain, "oak", "elm", "fir"))) <= {"ring_not_seen", "order_open", "loss", "kept"}


async def test_who_signs_that_a_rest_is_settled_signs_for_one_member_and_no_other(towns: Towns) -> None:
    """`LineClose.member_commit`: the second operator's word for Bob gives Cem nothing."""
    _, _, decision = await decided_and_lost(towns, 4, "ash")
    elm = await with_operators(towns, "elm", PETER, threshold=2)
    for name in ("bob", "cem"):
        await elm.members.add(name, name.title())
    await elm.federation.start()
    assert (await elm.federation.giving_up.shown.take(decision)).counts
    with pytest.raises(LocalError, match="threshold"):
        await elm.federation.giving_up.give_up("ash.example")
    assert await sign_all(elm, PETER) == 1
    (given_up,) = await elm.federation.giving_up.give_up("ash.example")
    with pytest.raises(LocalError, match="threshold"):
        await elm.federation.giving_up.write_off(given_up.address, "bob")
    (waits,) = await elm.store.read(elm.federation.operators.waiting)
    assert {"we_owe_seconds": 660, "how": "settled", "member": "bob"} == await elm.store.read(
        lambda tx: told(elm, tx, waits)
    )
    assert await sign_all(elm, PETER) == 1
    with pytest.raises(LocalError, match="threshold"):
        await elm.federation.giving_up.write_off(given_up.address, "cem")
    (waits,) = await elm.store.read(elm.federation.operators.waiting)
    assert (await elm.store.read(lambda tx: told(elm, tx, waits)))["member"] == "cem"
    assert (await elm.federation.giving_up.write_off(given_up.address, "bob")).clearing_seconds == 0
    assert [] == await elm.store.read(elm.federation.operators.waiting)
    assert (660, 0) == (await balance(elm, "bob"), await balance(elm, "cem"))
    assert await faults(elm) == []


async def test_two_operators_sign_for_as_many_orders_as_a_line_holds(towns: Towns) -> None:
    """Each order that was passed on to a dead ring has a write-off of its own, and all must be whole at once."""
    await decided_and_lost(towns, 4, "ash")
    elm = await with_operators(towns, "elm", PETER, threshold=2)
    line = elm.federation.lines.agreed("ash.example")
    words = OwnWords(elm.identity, towns.clock, SystemIds(towns.clock), elm.federation.operators)
    hashes = [b64(number.to_bytes(32)) for number in range(limits.HOLDS_MAX)]
    assert await elm.store.write(lambda tx: words.write_offs(tx, line, hashes)) is None
    assert await sign_all(elm, PETER) == limits.HOLDS_MAX
    towns.clock.ahead_seconds += 60
    signed = await elm.store.write(lambda tx: words.write_offs(tx, line, hashes))
    assert signed is not None
    assert hashes == list(signed)
