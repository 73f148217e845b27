# SPDX-License-Identifier: AGPL-3.0-or-later
"""A line begins anew while an order of one ring has passed through the other, and has its end behind it already."""

from __future__ import annotations

from functools import partial

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.members.model import OPERATOR
from tests.audit.exports import audited, export
from tests.federation.copies import ready
from tests.federation.reset.test_reset import has_theirs, quarantine
from tests.federation.stating import a_day_later, are_signed
from tests.federation.towns import HOUR, Towns, end_of, faults, line_of, pay, row_of, until, view_of
from tests.federation.transit.chain import Chain, row_of_rings


async def _ended_behind(chain: Chain, payee: str) -> str:
    """Elm has heard how an order of oak ended, oak has not, and their line rests. -> the payment's id."""
    oak, elm, ash = chain.rings
    towns = chain.towns
    await chain.paid(60)
    towns.network.apart = {frozenset({"elm", "ash"})}
    view = await pay(oak, "alma", payee, HOUR)
    await until(partial(_newest_is, elm, "waiting", "held"))
    towns.network.apart = {frozenset({"oak", "elm"})}
    for one, other in ((ash, elm), (elm, ash)):
        line_of(one, other).contact.set()
    await until(partial(_newest_is, elm, "posted", "released"))
    await quarantine(oak, elm)
    await quarantine(elm, oak)
    towns.network.heal()
    assert (await oak.payments.get(view.payment_id, OPERATOR)).state == "held"
    return view.payment_id


async def _newest_is(ring: Ring, *states: str) -> bool:
    found = [each for each in await ring.federation.carrying.list() if each.amount_seconds == HOUR]
    return bool(found) and found[0].state in states


@pytest.mark.parametrize(("payee", "state", "moved"), [("ben", "paid", HOUR), ("nobody", "refused", 0)])
async def test_what_had_its_end_behind_the_ring_between_is_told_again_and_counts_once(
    towns: Towns, payee: str, state: str, moved: int
) -> None:
    """Elm booked an hour against its community, found its own books wrong, and an audit accused it."""
    chain = await row_of_rings(towns, 3)
    oak, elm, _ = chain.rings
    payment_id = await _ended_behind(chain, f"{payee}@ash.example")
    await oak.federation.resets.propose("elm.example")
    await until(partial(has_theirs, elm, oak))
    shown = (await elm.federation.resets.view("oak.example")).theirs
    assert shown is not None
    assert (0, 1, True) == (shown.difference_seconds, shown.go_on, shown.may_sign)
    await elm.federation.resets.sign("oak.example")
    await ready(oak, elm)

    assert state == (await end_of(oak, payment_id)).state
    assert (-60 - moved, 60 + moved) == await chain.balances()
    assert [60 + moved] * 2 == await chain.clearings()
    assert -60 - moved == (await view_of(elm, oak)).clearing_seconds
    assert [] == await elm.recovered.waiting()
    await a_day_later(towns, *chain.rings)
    await are_signed(oak, elm)
    assert [None, None] == [(await row_of(*each)).closed for each in ((oak, elm), (elm, oak))]
    assert [] == await faults(*chain.rings)
    logs = [log for ring in chain.rings for log in await export(ring, towns.root / ring.config.name)]
    assert {"begun_anew"} == {each.code for each in audited(*logs).findings}
