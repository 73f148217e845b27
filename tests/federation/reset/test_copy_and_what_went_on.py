# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a copy holds where its lines began anew since: it is held once, and not for ever."""

from __future__ import annotations

from collections import Counter
from functools import partial

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.payments.model import PaymentView
from tests.federation.copies import Copies, ready, sound
from tests.federation.reset.copied import assert_counted, paid_since, put_back
from tests.federation.reset.resting import ENDS, begin, is_carried, rest, unwanted
from tests.federation.reset.test_reset import begin_anew
from tests.federation.towns import HOUR, Towns, balance, end_of, pay, talk, until

#: Oak, elm, and the payment.
WentOn = tuple[Ring, Ring, PaymentView]


@pytest.mark.parametrize("more", [0, 1])
@pytest.mark.parametrize(("payee", "state", "moved"), ENDS)
async def test_a_payment_that_the_copy_holds_and_that_went_on_by_name_is_held_once(
    went_on: WentOn, copies: Copies, reached: Counter[str], state: str, moved: int, more: int
) -> None:
    """The new epoch is shown first, and holds it; then its own frame there comes back."""
    oak, elm, view = went_on
    assert state == (await end_of(oak, view.payment_id)).state
    for _ in range(more):  # by which the end is acked, so that it is given back and does not come as news
        assert "paid" == (await end_of(oak, (await pay(oak, "alma", "ben@elm.example", 60)).payment_id)).state
    await ready(oak, elm)
    oak = await copies.put_back("oak", mark=True)
    await oak.federation.start()
    await ready(oak, elm)
    assert state == (await end_of(oak, view.payment_id)).state
    await sound(oak, elm)
    assert (-moved - 60 * more, moved + 60 * more) == (await balance(oak, "alma"), await balance(elm, "ben"))
    assert [] == await oak.recovered.waiting()
    assert 1 == reached["an order that went on in a new epoch comes back"]
    if moved:  # what is refused at once leaves no row there
        assert await _place(elm, "order_in") == await _place(oak, "order_out")


@pytest.fixture
async def went_on(pair: tuple[Ring, Ring], towns: Towns, copies: Copies, payee: str) -> WentOn:
    """Oak's copy holds an hour; the line to elm rested then, and has begun anew with it."""
    oak, elm = pair
    await talk(oak, elm)
    await towns.network.fall_silent("elm")
    view = await pay(oak, "alma", f"{payee}@elm.example", HOUR)
    await until(partial(_is_held, oak))
    oak = await copies.take("oak")
    await rest(oak, elm)
    towns.network.heal()
    await begin(oak, elm)
    return oak, elm, view


async def _place(ring: Ring, table: str) -> tuple[int, int]:
    """In which frame of the line the hour stands, and where in it."""
    row = await ring.store.read(lambda tx: tx.one(f"SELECT seq, idx FROM {table} WHERE amount_seconds = ?", (HOUR,)))
    return int(row[0]), int(row[1])


async def _is_held(ring: Ring) -> bool:
    sql = "SELECT count(*) FROM order_out WHERE state = 'held' AND amount_seconds = ?"
    return bool(await ring.store.read(lambda tx: tx.one(sql, (HOUR,))[0]))


@pytest.mark.parametrize("first", ["oak", "ash"])
@pytest.mark.parametrize("anew", [("oak", "ash"), ("ash", "oak"), ("oak", "ash", "oak")])
async def test_what_the_copy_holds_and_is_over_on_both_lines_is_held_no_more(
    towns: Towns, copies: Copies, reached: Counter[str], anew: tuple[str, ...], first: str
) -> None:
    """Both agreed balances count it, and no frame of a present epoch will ever tell of it."""
    chain, _ = await paid_since(towns, copies)
    for name in anew:
        await begin_anew(towns.network.rings[name], chain.rings[1])
        await ready(*chain.rings)
    await put_back(chain, copies, first)
    await until(partial(is_carried, chain.rings[1], "released"))
    assert 1 == reached["what was held is over on both of its lines"]
    await assert_counted(chain, HOUR + 60, HOUR, -HOUR)
    assert [[]] * 3 == [await ring.store.read(unwanted) for ring in chain.rings]
