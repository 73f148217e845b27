# SPDX-License-Identifier: AGPL-3.0-or-later
"""Members with wishes: they pay, wait, and come again later where they are told that it does not go now."""

from __future__ import annotations

import asyncio
import random

import msgspec

from ringtausch_node.errors import LocalError
from ringtausch_node.members.model import OPERATOR
from ringtausch_node.payments.model import FINAL, PaymentView, PayRequest
from tests.federation_run.books import Books
from tests.federation_run.founding import MEMBERS
from tests.federation_run.plan import DAY, HOUR, Wish
from tests.simulation.story import payment_id
from tests.simulation.world import World

#: When somebody whose payment was refused tries again: a coffee, an hour, a night, a day later. Then he gives up.
AGAIN_SECONDS = (900.0, float(HOUR), 8.0 * HOUR, float(DAY))
#: How long one look at a payment waits for its end.
LOOK_SECONDS = 6.0 * HOUR


class Fate(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of one wish.

    room_edges: lines of the best way that had room when it was first asked for; None: there was none. edges: lines of
    the way that it took (0: at home). tries: how many times it was asked for. code: why the last try failed.
    """

    number: int
    payer: str
    payee: str
    amount_seconds: int
    is_paid: bool
    tries: int
    latency_seconds: float
    room_edges: int | None = None
    edges: int = 0
    code: str | None = None

    @property
    def is_across(self) -> bool:
        """Whether it went to another ring."""
        return self.payer != self.payee


class People:
    """Everybody with a wish."""

    def __init__(self, world: World, books: Books) -> None:
        self._world, self._books = world, books

    async def fulfil(self, wish: Wish) -> Fate:
        """Live one wish to its end."""
        await asyncio.sleep(wish.at - self._world.loop.time())
        room = self._books.path(wish.payer, wish.payee, wish.amount_seconds) if wish.is_across else None
        code, tries, edges = None, 0, 0
        for pause in (0.0, *AGAIN_SECONDS):
            await asyncio.sleep(pause)
            code, edges = await self._try(wish, tries)
            tries += 1
            if code is None:
                break
        return Fate(
            number=wish.number, payer=wish.payer, payee=wish.payee, amount_seconds=wish.amount_seconds,
            is_paid=code is None, tries=tries, latency_seconds=round(self._world.loop.time() - wish.at, 3),
            room_edges=len(room) - 1 if room else None, edges=edges if code is None else 0, code=code,
        )  # fmt: skip

    async def _try(self, wish: Wish, tries: int) -> tuple[str | None, int]:
        """Pay once. -> why it failed, or None; and over how many lines it went."""
        number = wish.number * (len(AGAIN_SECONDS) + 1) + tries
        payer, payee = random.Random(f"members-{wish.number}").sample(MEMBERS, 2)
        to = f"{payee}@{wish.payee}.example" if wish.is_across else payee
        request = PayRequest(payment_id(number), payer, to, wish.amount_seconds, "Rasen")
        try:
            view = await self._world.insist(wish.payer, lambda ring: ring.payments.pay(request, OPERATOR))
        except LocalError as error:
            return error.code, 0
        while view.state not in FINAL:
            view = await self._look(wish.payer, number)
        return None if view.state == "paid" else view.code or view.state, len(view.via) + 1 if wish.is_across else 0

    async def _look(self, payer: str, number: int) -> PaymentView:
        return await self._world.insist(
            payer, lambda ring: ring.payments.wait(payment_id(number), LOOK_SECONDS, OPERATOR)
        )
