# SPDX-License-Identifier: AGPL-3.0-or-later
"""What people want on one day: to pay at home and abroad, to bill, to take back, to give back, to move a limit.

Some repeat a request until it is answered, some ask once and never hear. Nobody here knows how an order stands but from
what the ring shows him.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from ringtausch_node.bootstrap import Ring
from ringtausch_node.errors import LocalError
from ringtausch_node.members.model import OPERATOR
from ringtausch_node.payments.invoice_model import InvoiceRequest
from ringtausch_node.payments.model import PayRequest
from ringtausch_protocol.errors import RemoteError
from tests.simulation.chance import MEMBERS, Options
from tests.simulation.nodes import Killed
from tests.simulation.story import payment_id
from tests.simulation.wishes import BILLS, IS_BILLED, REFUNDS, Bill, Side, Wish, Wishes, memo_of
from tests.simulation.world import World

#: Honest answers that end a wish: no room on the line or the account, away, recovering, closed meanwhile, broken disk.
ANSWERED = {
    "no_capacity", "limit_lower", "limit_upper", "paused", "no_route", "recovering", "storage_failed", "invoice_closed",
    "not_found", "already_reversed", "amount", "clock_doubtful", "mail_full", "payee_refuses", "limits", "superseded",
    "replaced",
}  # fmt: skip
#: The day in which all wishes begin, in virtual seconds. Rings sweep, greet and sign whether anybody pays or not: the
#: longer it is, the less a payment meets.
DAY_SECONDS = 90.0
#: How often, and how many times, somebody looks whether something has arrived.
LOOK_SECONDS, LOOKS = 10.0, 15
#: What part of the payments may go to any ring, where rings between carry.
FAR = 0.6
#: An old copy needs a hello and some pages from each peer, each after the whole back-off of a long cut.
RECOVERING_SECONDS = 900.0

Ask = Callable[[str, Callable[[Ring], Coroutine[Any, Any, Any]]], Coroutine[Any, Any, Any]]


@contextmanager
def answers_counted(seen: Counter[str]) -> Iterator[None]:
    """Who wants something hears an honest answer, or none; any other ends the day."""
    try:
        yield
    except (Killed, RemoteError):
        seen["unanswered"] += 1
    except LocalError as error:
        if error.code not in ANSWERED:
            raise
        seen[f"answer {error.code}"] += 1


class People:
    """The wishes of one day."""

    def __init__(self, world: World, options: Options) -> None:
        self._world, self._options = world, options
        self._work = random.Random(f"work-{options.seed}")
        self.wishes = Wishes()
        self.seen: Counter[str] = Counter()
        self._wishes = (
            (self._pay, 66), (self._pay_at_home, 12), (self._bill, 8), (self._give_back, 8), (self._move_limit, 4),
            (self._pause, 2),
        )  # fmt: skip

    async def live(self) -> None:
        """Every wish at its hour."""
        kinds, weights = zip(*self._wishes, strict=True)
        chosen = self._work.choices(kinds, weights, k=self._options.wishes)
        await asyncio.gather(*(self._one(number, wish) for number, wish in enumerate(chosen)))

    async def _one(self, number: int, wish: Callable[[int, random.Random], Coroutine[Any, Any, None]]) -> None:
        """Each wish has a stream of its own, so that one less changes no other."""
        work = random.Random(f"wish-{self._options.seed}-{number}")
        await asyncio.sleep(work.uniform(0, DAY_SECONDS))
        with answers_counted(self.seen):
            await wish(number, work)

    def _two(self, work: random.Random) -> tuple[str, str]:
        """A payer's ring and one that it has a line to."""
        one, other = work.choice(self._world.pairs)
        return (one, other) if work.random() < 0.5 else (other, one)

    def _far(self, work: random.Random) -> tuple[str, str]:
        """A payer's ring and one that it can pay: further off, too, where rings between carry."""
        if self._options.passes and work.random() < FAR:
            one, other = work.sample(self._options.rings, 2)
            return one, other
        return self._two(work)

    async def _pay(self, number: int, work: random.Random) -> None:
        payer, payee = self._far(work)
        to = f"m{work.randrange(MEMBERS + (work.random() < 0.2))}"
        amount = work.choice((1, work.randint(2, 3600), work.randint(3600, 9000)))
        sides = Side(payer, f"m{work.randrange(MEMBERS)}"), Side(payee, to)
        wish, ask = self.wishes.note(number, *sides, amount, memo_of(number)), asking(self._world, work)
        await ask(payer, lambda ring: ring.payments.pay(request_of(wish), OPERATOR))
        self.wishes.acknowledged[number] = payer
        if work.random() < 0.12:
            await asyncio.sleep(work.choice((0.0, work.uniform(0, 3))))
            await ask(payer, lambda ring: ring.payments.cancel(payment_id(number), OPERATOR))

    async def _pay_at_home(self, number: int, work: random.Random) -> None:
        ring_name = work.choice(self._options.rings)
        payer, payee = (Side(ring_name, f"m{each}") for each in work.sample(range(MEMBERS), 2))
        wish = self.wishes.note(number, payer, payee, work.randint(1, 9000), memo_of(number))
        await asking(self._world, work)(ring_name, lambda ring: ring.payments.pay(request_of(wish), OPERATOR))
        self.wishes.acknowledged[number] = ring_name

    async def _bill(self, number: int, work: random.Random) -> None:
        """An invoice to another town, paid, declined or taken back."""
        payer, payee = self._two(work)
        ask = asking(self._world, work)
        bill = Bill(number, Side(payer, IS_BILLED), Side(payee, BILLS), work.randint(60, 5400), memo_of(number))
        self.wishes.bills[number] = bill
        wish = InvoiceRequest(bill.id, BILLS, bill.amount_seconds, bill.memo, bill.payer.seen_from(payee))
        await ask(payee, lambda ring: ring.invoices.create(wish, OPERATOR))
        bill.is_acknowledged = True
        for _ in range(LOOKS):
            await asyncio.sleep(LOOK_SECONDS)
            with suppress(LocalError, Killed):
                await self._world.ask(payer, lambda ring: ring.invoices.get(bill.id, OPERATOR))
                await self._answer(bill, ask, work)
                return

    async def _answer(self, bill: Bill, ask: Ask, work: random.Random) -> None:
        luck = work.random()
        answer = "pay" if luck < 0.7 else "decline" if luck < 0.85 else "take back"
        bill.tried.add(answer)
        if answer == "pay":
            await ask(bill.payer.ring, lambda ring: ring.answers.pay(bill.id, OPERATOR))
        elif answer == "decline":
            await ask(bill.payer.ring, lambda ring: ring.answers.decline(bill.id, "other", OPERATOR))
        else:
            await ask(bill.payee.ring, lambda ring: ring.answers.cancel(bill.id, OPERATOR))
        bill.answer = answer
        self.seen["invoice answered"] += 1

    async def _give_back(self, number: int, work: random.Random) -> None:
        """Pay, wait, and let the payee give it back, sometimes in part, sometimes twice."""
        payer, payee = self._far(work)
        amount, sides = work.randint(60, 3600), (Side(payer, "m0"), Side(payee, "m1"))
        wish = self.wishes.note(number, *sides, amount, memo_of(number))
        await self._world.insist(payer, lambda ring: ring.payments.pay(request_of(wish), OPERATOR))
        self.wishes.acknowledged[number] = payer
        await asyncio.sleep(work.uniform(5, 120))
        for attempt in range(work.choice((1, 1, 2))):
            part = work.choice((amount, amount // 2))
            await self._refund(wish, REFUNDS + 2 * number + attempt, part, asking(self._world, work))

    async def _refund(self, wish: Wish, number: int, part: int, ask: Ask) -> None:
        back = self.wishes.note(number, wish.payee, wish.payer, part, "")
        await ask(wish.payee.ring, lambda ring: ring.refunds.refund(wish.id, OPERATOR, part, back.id))
        self.wishes.acknowledged[number] = wish.payee.ring
        self.seen["given back"] += 1

    async def _move_limit(self, _number: int, work: random.Random) -> None:
        one, other = self._two(work)
        seconds = work.choice((0, 3600, 18_000, 36_000))
        await asking(self._world, work)(one, lambda ring: ring.federation.limit(f"{other}.example", seconds))
        self.seen["limit moved"] += 1

    async def _pause(self, _number: int, work: random.Random) -> None:
        one, other = self._two(work)
        ask = asking(self._world, work)
        await ask(one, lambda ring: ring.federation.set_line(f"{other}.example", "paused"))
        await asyncio.sleep(work.uniform(1, 300))
        await self._world.insist(one, lambda ring: ring.federation.set_line(f"{other}.example", "open"))
        self.seen["line paused"] += 1

    async def open_lines(self) -> None:
        """Operators open again what they had paused, an old copy may have paused anew, and could not open meanwhile."""

        async def is_open() -> bool:
            try:
                for one, other in (*self._world.pairs, *((there, here) for here, there in self._world.pairs)):
                    await self._world.insist(one, lambda ring, other=other: _open(ring, f"{other}.example"))  # type: ignore[misc]
            except LocalError as error:
                if error.code != "recovering":
                    raise
                return False
            return True

        await self._world.until(is_open, RECOVERING_SECONDS, "a ring did not recover")


def asking(world: World, work: random.Random) -> Ask:
    """Whether somebody repeats his request until it is answered."""
    return world.insist if work.random() < 0.7 else world.ask


def request_of(wish: Wish) -> PayRequest:
    """What its payer asks of his ring."""
    to = wish.payee.seen_from(wish.payer.ring)
    return PayRequest(wish.id, wish.payer.handle, to, wish.amount_seconds, wish.memo)


async def _open(ring: Ring, address: str) -> None:
    if ring.federation.recovery.is_active:  # its own word to pause may still come back from its peers
        raise LocalError("recovering")
    view = await ring.federation.view(address)
    if view.reason == "paused_by_us":
        await ring.federation.set_line(address, "open")
