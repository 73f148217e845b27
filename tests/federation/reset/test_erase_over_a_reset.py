# SPDX-License-Identifier: AGPL-3.0-or-later
"""That a member's payments be forgotten is asked of the other ring, also where their line begins anew meanwhile."""

from __future__ import annotations

from functools import partial

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_protocol.canonical import unb64
from tests.federation.reset.resting import begin, held_at, rest
from tests.federation.reset.test_reset import begin_anew, quarantine
from tests.federation.towns import Towns, end_of, faults, line_of, pay, until
from tests.federation.transit.chain import row_of_rings


@pytest.mark.parametrize("is_sealed", [True, False])
async def test_what_was_asked_to_be_forgotten_is_asked_again_in_the_new_epoch(
    open_pair: tuple[Ring, Ring], towns: Towns, *, is_sealed: bool
) -> None:
    """The office had read that elm was asked, and elm never heard of it."""
    oak, elm = open_pair
    view = await pay(oak, "alma", "ben@elm.example", 60)
    assert (await end_of(oak, view.payment_id)).state == "paid"
    assert ["alma@oak.example"] == await _payers(elm)
    towns.network.apart = {frozenset({"oak", "elm"})}
    line, payment_id = line_of(oak, elm), unb64(view.payment_id, 16)
    line.in_step = is_sealed
    assert await oak.store.write(lambda tx: oak.federation.erasing.ask(tx, line.peer.id, payment_id))
    await quarantine(oak, elm)
    await quarantine(elm, oak)
    towns.network.heal()
    assert ["alma@oak.example"] == await _payers(elm)

    await begin_anew(oak, elm)
    await until(partial(_is_forgotten, elm))


async def _is_forgotten(ring: Ring) -> bool:
    return [None] == await _payers(ring)


async def _payers(ring: Ring) -> list[str | None]:
    sql = "SELECT payer FROM order_in WHERE amount_seconds > 0"
    return await ring.store.read(lambda tx: [row[0] for row in tx.execute(sql)])


async def test_of_what_went_on_no_box_is_left_beside_a_frame_of_any_epoch(towns: Towns) -> None:
    """It had been passed on in two epochs, and only the place in the newer one was known."""
    chain = await row_of_rings(towns, 3)
    oak, elm, ash = chain.rings
    view = await held_at(chain, 1)
    assert 2 == await _boxes(elm, view.payment_id)
    await rest(elm, ash)
    towns.network.heal()
    await begin(elm, ash)
    assert "paid" == (await end_of(oak, view.payment_id)).state
    assert 2 == await _boxes(elm, view.payment_id)
    line, payment_id = line_of(oak, elm), unb64(view.payment_id, 16)
    assert await oak.store.write(lambda tx: oak.federation.erasing.ask(tx, line.peer.id, payment_id))
    await until(partial(_has_none, elm, view.payment_id))
    assert [] == await faults(elm)


async def _has_none(ring: Ring, payment_id: str) -> bool:
    return 0 == await _boxes(ring, payment_id)


async def _boxes(ring: Ring, payment_id: str) -> int:
    """Beside how many frames a box lies and a payment is named."""
    sql = "SELECT l.entry FROM frame f JOIN leaf l ON l.idx = f.leaf WHERE f.boxes <> x''"
    return await ring.store.read(lambda tx: sum(payment_id.encode() in row[0] for row in tx.execute(sql)))
