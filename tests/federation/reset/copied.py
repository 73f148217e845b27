# SPDX-License-Identifier: AGPL-3.0-or-later
"""A ring between that is put back from a copy of before its lines began anew, and what must be true of it then."""

from __future__ import annotations

from functools import partial
from itertools import pairwise

from ringtausch_node.bootstrap import Ring
from ringtausch_node.payments.model import PaymentView
from tests.federation.copies import Copies, ready
from tests.federation.reset.resting import is_carried
from tests.federation.reset.test_reset import begin_anew
from tests.federation.stating import a_day_later, are_signed
from tests.federation.towns import HOUR, Towns, end_of, faults, line_of, row_of, until, view_of
from tests.federation.transit.chain import Chain, row_of_rings

OLD = 1_200


async def copied(towns: Towns, copies: Copies) -> Chain:
    """A minute has passed, and elm has a copy."""
    chain = await row_of_rings(towns, 3)
    await chain.paid(60)
    chain.rings[1] = await copies.take("elm")
    await ready(*chain.rings)
    return chain


async def paid_since(towns: Towns, copies: Copies) -> tuple[Chain, PaymentView]:
    """Elm's copy holds an hour that was paid since."""
    chain = await row_of_rings(towns, 3)
    await chain.paid(60)
    towns.network.apart = {frozenset({"elm", "ash"})}
    view = await chain.pay(HOUR)
    await until(partial(is_carried, chain.rings[1], "held"))
    chain.rings[1] = await copies.take("elm")
    towns.network.heal()
    assert "paid" == (await end_of(chain.first, view.payment_id)).state
    await ready(*chain.rings)
    return chain, view


async def waits_and_is_over(towns: Towns, copies: Copies) -> Chain:
    """An hour of oak waits in elm's copy; elm has refused it since, and their line began anew."""
    chain = await row_of_rings(towns, 3)
    oak, elm, _ = chain.rings
    await chain.paid(60)
    await towns.close("ash")
    await towns.close("elm")
    elm = await towns.open("elm")  # ash is not there for it any more
    await elm.federation.start()
    await until(partial(_is_met, elm, oak))
    view = await chain.pay(HOUR)
    await until(partial(is_carried, elm, "waiting"))
    chain.rings[1] = elm = await copies.take("elm")
    await elm.federation.carrying.set("ash.example", carries=False)
    chain.rings[2] = await towns.open("ash")
    await chain.last.federation.start()
    await until(partial(looked, elm))
    assert "refused" == (await end_of(oak, view.payment_id)).state
    await begin_anew(oak, elm)
    return chain


async def _is_met(ring: Ring, other: Ring) -> bool:
    line_of(ring, other).was_met()  # no test waits for a back-off
    return line_of(ring, other).in_step


async def looked(ring: Ring) -> bool:
    """No test waits for a back-off, nor half a minute for a ring to look at what waits."""
    for line in ring.federation.lines.all():
        line.was_met()
    await ring.store.write(ring.federation._sweep_once)
    return await is_carried(ring, "released")


async def put_back(chain: Chain, copies: Copies, first: str, place: int = 1) -> None:
    """The ring at this place begins again from its copy, and one of both neighbours is there before the other."""
    network, names = chain.towns.network, [each.config.name for each in chain.rings]
    (other,) = {names[place - 1], names[place + 1]} - {first}
    ring = chain.rings[place] = await copies.put_back(names[place], mark=True)
    network.apart = {frozenset({names[place], other})}
    await ring.federation.start()
    await until(partial(is_in_step, ring, network.rings[first]))
    network.heal()
    await ready(*chain.rings)


async def back_without(chain: Chain, copies: Copies, away: str) -> None:
    """Elm is put back and recovers with one of both neighbours alone."""
    network = chain.towns.network
    there = network.rings["ash" if away == "oak" else "oak"]
    elm = chain.rings[1] = await copies.put_back("elm", mark=True)
    network.apart = {frozenset({"elm", away})}
    await elm.federation.start()
    await until(partial(is_in_step, elm, there))
    await elm.federation.recovery.go_without(line_of(elm, network.rings[away]))
    for one, other in ((elm, there), (there, elm)):
        await until(partial(_is_met, one, other))


async def is_in_step(ring: Ring, other: Ring) -> bool:
    return ring.federation.recovery.state_of(line_of(ring, other)) == "in_step"


async def assert_counted(chain: Chain, moved: int, *waiting: int) -> None:
    """On every line what moved stands once on both sides, what waits for the office is known, and nobody is accused."""
    oak, elm, ash = chain.rings
    await until(partial(waits, elm, *waiting))
    assert [moved, moved] == await chain.clearings()
    assert [-moved, moved] == [(await view_of(elm, each)).clearing_seconds for each in (oak, ash)]
    assert -moved == (await view_of(ash, elm)).clearing_seconds
    assert 0 == await _recovered(elm)
    rows = [await row_of(elm, each) for each in (oak, ash)]
    assert [(0, 0)] * 2 == [(row.held_in_count, row.held_out_count) for row in rows]
    await a_day_later(chain.towns, *chain.rings)
    for one, other in pairwise(chain.rings):
        await are_signed(one, other)
        assert [None, None] == [(await row_of(*each)).closed for each in ((one, other), (other, one))]
    assert [] == await faults(*chain.rings)


async def waits(ring: Ring, *seconds: int) -> bool:
    """Whether that is what waits for the office. What a neighbour sends again after the recovery may explain more."""
    return sorted(seconds) == sorted([each.rest_seconds for each in await ring.recovered.waiting()])


async def _recovered(ring: Ring) -> int:
    sql = "SELECT coalesce(sum(balance_seconds), 0) FROM account WHERE key = 'recovered'"
    return await ring.store.read(lambda tx: int(tx.one(sql)[0]))
