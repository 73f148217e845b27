# SPDX-License-Identifier: AGPL-3.0-or-later
"""Lines that rest while others' hour is held on them, and what must be true when they have begun anew."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

from ringtausch_node.bootstrap import Ring
from ringtausch_node.federation.reset.viewing import Figures
from ringtausch_node.payments.model import PaymentView
from ringtausch_node.store import Tx
from ringtausch_protocol.errors import RemoteError
from tests.audit.exports import audited, export
from tests.federation.reset.test_reset import has_theirs, quarantine
from tests.federation.stating import a_day_later, are_signed
from tests.federation.towns import HOUR, Post, faults, line_of, pay, row_of, until, view_of
from tests.federation.transit.chain import Chain, teach_lines

#: Whom alma pays, how that ends, and what it moves.
ENDS = [("ben", "paid", HOUR), ("nobody", "refused", 0)]


async def is_carried(ring: Ring, *states: str) -> bool:
    """How the hour stands that passes through a ring."""
    found = [each.state for each in await ring.federation.carrying.list() if each.amount_seconds == HOUR]
    return bool(found) and found[0] in states


async def paid_a_minute(chain: Chain) -> None:
    """So that every line has moved, once."""
    teach_lines(chain.rings)
    if await chain.balances() == (0, 0):
        await chain.paid(60)


async def held_at(chain: Chain, place: int, payee: str = "ben") -> PaymentView:
    """Alma's hour is passed on by the ring at this place, and the next one never hears of it; their line rests."""
    ring, behind = chain.rings[place : place + 2]
    await paid_a_minute(chain)
    chain.towns.network.apart = {frozenset({ring.config.name, behind.config.name})}
    view = await pay(chain.first, "alma", f"{payee}@{chain.last.config.address}", HOUR)
    await until(partial(is_carried, ring, "held"))
    return view


async def rest(one: Ring, other: Ring) -> None:
    """As after a fork that both have found."""
    await quarantine(one, other)
    await quarantine(other, one)


async def shown(ring: Ring, other: Ring) -> Figures:
    """What the other ring proposes, as an operator here sees it."""
    await until(partial(_is_shown, ring, other))
    found = (await ring.federation.resets.view(other.config.address)).theirs
    assert found is not None
    return found


async def _is_shown(ring: Ring, other: Ring) -> bool:
    line_of(other, ring).was_met()  # no test waits for a back-off
    return await has_theirs(ring, other)


async def begin(one: Ring, other: Ring) -> Figures:
    """The first proposes, the second sees these figures and signs; both lines work."""
    await one.federation.resets.propose(other.config.address)
    figures = await shown(other, one)
    await other.federation.resets.sign(one.config.address)
    for here, there in ((one, other), (other, one)):
        line_of(here, there).was_met()
    await until(partial(_are_open, one, other))
    return figures


async def _are_open(one: Ring, other: Ring) -> bool:
    return {"open"} == {(await view_of(one, other)).state, (await view_of(other, one)).state}


async def assert_sound(chain: Chain, moved: int, codes: Collection[str] = ("begun_anew",)) -> None:
    """The minute and what was moved stand in every book, nothing is held, and nobody is accused of anything."""
    assert (-60 - moved, 60 + moved) == await chain.balances()
    assert [60 + moved] * (len(chain.rings) - 1) == await chain.clearings()
    for one, other in pairwise(chain.rings):
        assert -60 - moved == (await view_of(other, one)).clearing_seconds
        rows = [await row_of(*each) for each in ((one, other), (other, one))]
        assert [(0, 0, 0, 0)] * 2 == [
            (row.held_out_seconds, row.held_out_count, row.held_in_seconds, row.held_in_count) for row in rows
        ]
        assert [] == await one.recovered.waiting() == await other.recovered.waiting()
    await a_day_later(chain.towns, *chain.rings)
    for one, other in pairwise(chain.rings):
        await are_signed(one, other)
        assert [None, None] == [(await row_of(*each)).closed for each in ((one, other), (other, one))]
    assert [] == await faults(*chain.rings)
    logs = [log for ring in chain.rings for log in await export(ring, chain.towns.root / ring.config.name)]
    assert [[]] * len(chain.rings) == [await ring.store.read(unwanted) for ring in chain.rings]
    result = audited(*logs)
    assert set(codes) == {each.code for each in result.findings}
    assert {0} == {each.open_count for each in result.lines}


def unwanted(tx: Tx) -> list[str]:
    """What one of both rings could not use, and an operator is shown as if something were wrong."""
    rows = tx.execute("SELECT code FROM evidence WHERE code IN ('late_decision', 'rejected', 'unknown_order')")
    return [row[0] for row in rows]


@dataclass
class Unheard:
    """From the first offer of the hour on, sent or fetched, nothing is heard of what ash says."""

    has_come: bool = False

    def change(self, post: Post) -> bytes:
        """No frame of ash arrives."""
        self.has_come |= post.sender == "elm" and _offers(post.body)
        if self.has_come and post.sender == "ash" and post.path.endswith("frames"):
            raise RemoteError("unreachable", post.path)
        return post.body

    def lose_answer(self, post: Post) -> bool:
        """Nor what it answers to elm's frames."""
        self.has_come |= post.sender == "ash" and post.answer is not None and _offers(post.answer.body)
        return self.has_come and post.sender == "elm" and post.path.endswith("frames")


def _offers(body: bytes) -> bool:
    return b'"kind":"offer"' in body and b'"amount_seconds":%d' % HOUR in body


async def _has_decided(ring: Ring) -> bool:
    sql = "SELECT count(*) FROM order_in WHERE amount_seconds = ? AND state IN ('posted', 'released')"
    return await ring.store.read(lambda tx: bool(tx.one(sql, (HOUR,))[0]))


async def share_an_epoch(one: Ring, other: Ring) -> bool:
    line_of(one, other).was_met()
    return line_of(one, other).names.epoch == line_of(other, one).names.epoch


async def decided_unheard(chain: Chain, payee: str = "ben") -> PaymentView:
    """The last of three rings decides alma's hour, and the one before never hears how."""
    _, elm, ash = chain.rings
    network = chain.towns.network
    await paid_a_minute(chain)
    unheard = Unheard()
    network.change, network.lose_answer = unheard.change, unheard.lose_answer
    view = await pay(chain.first, "alma", f"{payee}@ash.example", HOUR)
    await until(partial(_has_decided, ash))
    assert await is_carried(elm, "held")
    return view


def nothing_but_resets(post: Post) -> bytes:
    """Frames and hellos do not arrive."""
    if not post.path.endswith("reset"):
        raise RemoteError("unreachable", post.path)
    return post.body


async def ended_ahead(chain: Chain) -> None:
    """Elm and ash begin anew and do not reach each other; ash hears of the end before the order comes again."""
    _, elm, ash, fir = chain.rings
    network = chain.towns.network
    await rest(elm, ash)
    network.change = nothing_but_resets
    await elm.federation.resets.propose("ash.example")
    await shown(ash, elm)
    await ash.federation.resets.sign("elm.example")
    await until(partial(share_an_epoch, elm, ash))
    network.apart = {frozenset({"elm", "ash"})}
    network.change = lambda post: post.body
    line_of(ash, fir).was_met()
    await until(partial(is_carried, ash, "posted", "released"))
    network.heal()
