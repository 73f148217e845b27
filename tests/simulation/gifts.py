# SPDX-License-Identifier: AGPL-3.0-or-later
"""Gifts of one day: members give hours to a fund of their ring, the office gives from it, some of it is booked back.

A fund (`payments.community`) is an account of the ring for all to see. A gift is a payment: it is noted as a wish and
held beside the books as all others are, and so is each line of the fund's own account. To a fund of another town nobody
can give, and no fund pays there: both are tried, and must leave no line anywhere. A member elsewhere is given to by the
giver himself, not by his office.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from functools import partial

from ringtausch_node.bootstrap import Ring
from ringtausch_node.errors import LocalError
from ringtausch_node.members.model import OPERATOR, Actor
from ringtausch_node.payments.model import PaymentView, PayRequest
from tests.simulation.chance import MEMBERS, Options
from tests.simulation.people import DAY_SECONDS, Ask, answers_counted, asking, request_of
from tests.simulation.wishes import BACK, FUND, GIFTS, Side, Wish, Wishes, memo_of
from tests.simulation.world import World

#: How many gifts a day brings, and how often one to the fund is booked back.
A_DAY, BOOKED_BACK = 6, 0.4
#: One gift of the day, in seconds.
LEAST_SECONDS, MOST_SECONDS = 1, 5400


class Gifts:
    """Who gives what to whom. All of it is drawn from streams of its own."""

    def __init__(self, world: World, options: Options, wishes: Wishes, seen: Counter[str]) -> None:
        self._world, self._options, self._wishes, self._seen = world, options, wishes, seen
        self._kinds = (self._to_fund, self._from_fund, self._to_fund, self._abroad)

    async def live(self) -> None:
        """Every gift at its hour."""
        self._wishes.funds = frozenset(self._options.rings)
        await asyncio.gather(*(self._one(number) for number in range(A_DAY)))

    async def _one(self, number: int) -> None:
        work = random.Random(f"gift-{self._options.seed}-{number}")
        await asyncio.sleep(work.uniform(0, DAY_SECONDS))
        with answers_counted(self._seen):
            await self._kinds[number % len(self._kinds)](GIFTS + number, work)

    async def _to_fund(self, number: int, work: random.Random) -> None:
        ring = work.choice(self._options.rings)
        wish, ask = self._note(number, self._member(ring, work), Side(ring, FUND), work), asking(self._world, work)
        await self._at_home(number, wish, ask)
        if work.random() < BOOKED_BACK:
            await asyncio.sleep(work.uniform(0, 60))
            await self._book_back(number, wish, ask)

    async def _from_fund(self, number: int, work: random.Random) -> None:
        ring = work.choice(self._options.rings)
        wish = self._note(number, Side(ring, FUND), self._member(ring, work), work)
        await self._at_home(number, wish, asking(self._world, work))

    async def _abroad(self, number: int, work: random.Random) -> None:
        one, other = work.choice(self._world.pairs)
        wish = self._note(number, self._member(one, work), self._member(other, work), work)
        request, ask = request_of(wish), asking(self._world, work)
        await ask(one, lambda ring: _give(ring, request))
        self._wishes.acknowledged[number] = one
        for giver, payee in ((wish.payer.handle, f"{FUND}@{other}.example"), (FUND, request.to)):
            code = await ask(one, partial(_refused, giver=giver, payee=payee))
            assert code, f"{giver} of {one} has given to {payee}, seed {self._options.seed}"
            self._seen["gift refused"] += 1

    def _member(self, ring: str, work: random.Random) -> Side:
        return Side(ring, f"m{work.randrange(MEMBERS)}")

    def _note(self, number: int, giver: Side, payee: Side, work: random.Random) -> Wish:
        seconds = work.randint(LEAST_SECONDS, MOST_SECONDS)
        return self._wishes.note(number, giver, payee, seconds, memo_of(number - GIFTS))

    async def _at_home(self, number: int, wish: Wish, ask: Ask) -> None:
        await ask(wish.payer.ring, lambda ring: _give_at_home(ring, request_of(wish)))
        self._wishes.acknowledged[number] = wish.payer.ring

    async def _book_back(self, number: int, wish: Wish, ask: Ask) -> None:
        """By the office, and as a whole."""
        self._wishes.booked_back[BACK + number] = wish._replace(payer=wish.payee, payee=wish.payer)
        await ask(wish.payee.ring, lambda ring: _book_back(ring, wish.id))
        self._wishes.acknowledged[BACK + number] = wish.payee.ring
        self._seen["gift booked back"] += 1


async def _give(ring: Ring, request: PayRequest) -> PaymentView:
    """Members give by their own access, the office gives from the fund."""
    if request.from_ == FUND:
        return await ring.payments.pay(request, OPERATOR)
    member = await ring.store.read(lambda tx: ring.members.member(tx, request.from_))
    assert member is not None
    return await ring.payments.pay(request, Actor(member.id, member.handle, member.role))


async def _give_at_home(ring: Ring, request: PayRequest) -> PaymentView:
    """Who finds no fund, as nobody opened one yet or an old copy has lost it, has it opened."""
    try:
        return await _give(ring, request)
    except LocalError as error:
        if error.code != "unknown_member":
            raise
    await ring.communities.open(FUND, "Fest")
    return await _give(ring, request)


async def _book_back(ring: Ring, gift: str) -> None:
    """Who asks again after a death may hear that it was done before."""
    try:
        await ring.refunds.refund(gift, OPERATOR)
    except LocalError as error:
        if error.code != "already_reversed":
            raise


async def _refused(ring: Ring, giver: str, payee: str) -> str:
    """-> the code with which it is not taken; empty: it was."""
    try:
        await ring.payments.pay(PayRequest(None, giver, payee, LEAST_SECONDS, "Gabe"), OPERATOR)
    except LocalError as error:
        return error.code
    return ""
