# SPDX-License-Identifier: AGPL-3.0-or-later
"""Netting: which circles of debts run through this ring, and walking them round, one after the other (SPEC.md 7.14).

Nobody outside tells how much others owe each other, so an amount is a guess: the first that a ring of the circle has no
room for is halved. A refused round has cost nobody anything.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial

import msgspec

from ringtausch_node.background import end_tasks
from ringtausch_node.clock import Clock
from ringtausch_node.federation.line import records as lines_records
from ringtausch_node.federation.line.identity import RingIdentity
from ringtausch_node.federation.line.lines import Line, Lines
from ringtausch_node.federation.line.model import OrderOut
from ringtausch_node.federation.netting import records
from ringtausch_node.federation.netting.circles import GUESSES_MAX, LEAST_SECONDS, Circle, find_circles, guess_circles
from ringtausch_node.federation.orders import records as orders
from ringtausch_node.federation.orders import round_trip
from ringtausch_node.federation.orders.payer import Payer
from ringtausch_node.federation.orders.round_trip import Purpose, RoundTrip
from ringtausch_node.federation.routes.atlas import Claims
from ringtausch_node.federation.routes.ways import Ways
from ringtausch_node.ids import Ids
from ringtausch_node.ledger import service as ledger
from ringtausch_node.sometimes import sometimes
from ringtausch_node.store import Store, Tx
from ringtausch_protocol.errors import LocalError

logger = logging.getLogger(__name__)

#: Adverts live for a day, and debts between rings grow over weeks.
EVERY_SECONDS = 86_400
#: The first run of a boot: after neighbours have told what they know, and not of all rings of a machine at once.
FIRST_SECONDS = 3_600
#: How far the runs of rings lie apart that would begin together, so that they do not meet on one line.
SPREAD_SECONDS = 300
#: How long one round is waited for; what takes longer ends by itself and is not followed.
PATIENCE_SECONDS = 30.0


class CircleView(msgspec.Struct, frozen=True, kw_only=True):
    """A circle: addresses, this ring first and last; each is owed by the next. `starter`: who walks it by itself."""

    rings: list[str]
    amount_seconds: int
    starter: str


class Walked(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A circle that was walked: how much was wanted, how much ended; `code`: why it was not all, if it was not."""

    rings: list[str]
    wanted_seconds: int
    freed_seconds: int
    code: str | None = None


class Freed(msgspec.Struct, frozen=True, kw_only=True):
    """What netting has taken off the debts of one line since it began."""

    address: str
    freed_seconds: int


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The circles that are known now, and what netting has done for each line until now."""

    circles: list[CircleView]
    lines: list[Freed]


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """What one run did, and what all of them have done for each line."""

    walked: list[Walked]
    lines: list[Freed]


class Netting:
    """The circles of one ring. Constructor arguments are the seams."""

    def __init__(
        self, *, store: Store, clock: Clock, ids: Ids, identity: RingIdentity, lines: Lines, payer: Payer, ways: Ways,
        verify_believed: Callable[[], None], sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:  # fmt: skip
        self._sleep = sleep
        self._store, self._clock, self._ids, self._identity = store, clock, ids, identity
        self._lines, self._payer, self._ways, self._verify_believed = lines, payer, ways, verify_believed
        self._ends: dict[bytes, asyncio.Event] = {}
        self._one = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._by_hand: asyncio.Task[None] | None = None
        self.last: Run | None = None

    async def plan(self) -> Plan:
        """The circles through this ring, by its own books and what others tell of theirs."""
        return await self._store.read(self._plan)

    async def run(self, *, only_ours: bool = False) -> Run:
        """Walk the circles of the plan, one after the other. `only_ours`: those that are ours to begin.

        Raises LocalError: recovering, superseded, clock_doubtful.
        """
        self._verify_believed()
        async with self._one:
            known = await self._store.read(partial(self._circles, is_for_now=True))
            ours = [each for each in known if each.starter == self._identity.ring_id or not only_ours]
            walked = [await self._walk(circle) for circle in ours]
            if only_ours:
                walked += await self._guess()
            self.last = Run(walked=walked, lines=await self._store.read(self._freed))
            return self.last

    @property
    def is_running(self) -> bool:
        """Whether circles are walked just now."""
        return self._one.locked()

    def begin(self) -> None:
        """Walk the circles of the plan in the background; `last` says how it went. While one runs, nothing.

        Raises LocalError: recovering, superseded, clock_doubtful.
        """
        self._verify_believed()
        if self._by_hand is None or self._by_hand.done():
            self._by_hand = asyncio.create_task(self._run_once(), name="netting-by-hand")

    async def _run_once(self, *, only_ours: bool = False) -> None:
        try:
            await self.run(only_ours=only_ours)
        except LocalError as error:
            logger.warning("netting: %s", error.code)

    def ended(self, payment_id: bytes) -> None:
        """After a commit: an order came to its end."""
        if payment_id in self._ends:
            self._ends[payment_id].set()

    # -- by itself ---------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """From now on, once a day. A second call does nothing."""
        if self._task is None:
            self._task = asyncio.create_task(self._daily(), name="netting")

    async def stop(self) -> None:
        """No more by itself."""
        tasks, self._task, self._by_hand = [self._task, self._by_hand], None, None
        await end_tasks(tasks)

    async def _daily(self) -> None:
        await self._sleep(FIRST_SECONDS * self._ids.jitter())
        while not self._store.failed.is_set():
            await self._run_once(only_ours=True)
            await self._sleep(EVERY_SECONDS + SPREAD_SECONDS * self._ids.jitter())

    # -- what is known -----------------------------------------------------------------------------------------------

    def _plan(self, tx: Tx) -> Plan:
        circles = [
            CircleView(
                rings=self._ways.names(tx, circle.path), amount_seconds=circle.amount_seconds,
                starter=self._ways.names(tx, [circle.starter])[0],
            )
            for circle in self._circles(tx, is_for_now=False)
        ]  # fmt: skip
        return Plan(circles=circles, lines=self._freed(tx))

    def _freed(self, tx: Tx) -> list[Freed]:
        return [
            Freed(
                address=line.peer.address, freed_seconds=records.load_freed_seconds(tx, line.peer.clearing_account)
            )
            for line in self._lines.all()
        ]  # fmt: skip

    def _circles(self, tx: Tx, *, is_for_now: bool) -> list[Circle]:
        """`is_for_now`: only over neighbours that can be asked in this moment."""
        me = self._identity.ring_id
        return find_circles(self._with_own(tx, self._ways.atlas.claims(me), is_for_now=is_for_now), me)

    def _guesses(self, tx: Tx) -> dict[tuple[str, ...], int]:
        """Circles that are ours to begin and that nobody knows to be there, with the most that they may hold."""
        me, atlas = self._identity.ring_id, self._ways.atlas
        claims, guesses = (self._with_own(tx, each(me), is_for_now=True) for each in (atlas.claims, atlas.guesses))
        found = guess_circles(claims, guesses, me)
        return {each.path: each.amount_seconds for each in found if each.starter == me}

    def _with_own(self, tx: Tx, told: Claims, *, is_for_now: bool) -> Claims:
        """What others tell of theirs, with our own lines as they are."""
        me = self._identity.ring_id
        claims: Claims = {**told, me: {}}
        for line in self._lines.all():
            if line.is_usable and (not is_for_now or (line.in_step and not line.is_away)):
                owed = _owed(tx, line)
                if owed > 0:
                    claims[me][line.names.peer] = owed
                elif owed < 0:
                    claims.setdefault(line.names.peer, {})[me] = -owed
        return claims

    # -- walking -----------------------------------------------------------------------------------------------------

    async def _walk(self, circle: Circle) -> Walked:
        """Try the whole amount; where a ring has no room for it, halves of what was tried, down to what is worth it."""
        size = left = circle.amount_seconds
        code: str | None = None
        while left and size >= LEAST_SECONDS:
            code = await self._try(circle.path, size)
            if code is None:
                left -= size
            elif code != "no_capacity":
                break
            size = min(left, size // 2)
        names = await self._store.read(lambda tx: self._ways.names(tx, circle.path))
        wanted = circle.amount_seconds
        return Walked(
            rings=names,
            wanted_seconds=wanted,
            freed_seconds=wanted - left,
            code=(code or "no_capacity") if left else None,
        )

    async def _guess(self) -> list[Walked]:
        """Try what adverts do not tell, with the least first: where a debt is the other way round, that is all."""
        found: list[Walked] = []
        for path in list(await self._store.read(self._guesses))[:GUESSES_MAX]:
            if path in await self._store.read(self._guesses) and await self._try(path, LEAST_SECONDS) is None:
                left = (await self._store.read(self._guesses)).get(path, 0)
                rest = await self._walk(Circle(path, left))
                wanted, freed = rest.wanted_seconds + LEAST_SECONDS, rest.freed_seconds + LEAST_SECONDS
                found.append(msgspec.structs.replace(rest, wanted_seconds=wanted, freed_seconds=freed))
        return found

    async def _try(self, path: Sequence[str], amount_seconds: int) -> str | None:
        """One order round. -> why it was refused, or None."""
        order = await self.go_round(path, amount_seconds)
        if order is None:
            return "no_route"
        if order.state != "posted":
            return order.code or "next_hop_down"
        sometimes("a circle is netted")
        return None

    async def go_round(
        self, path: Sequence[str], amount_seconds: int, purpose: Purpose = round_trip.PURPOSE
    ) -> OrderOut | None:
        """Walk a circle once. -> the order as it stands in the end; None where there is no line to begin on.

        What is undecided after half a minute is asked back, and ends by itself one way or the other.
        """
        line = self._lines.by_ring(path[1])
        if line is None:
            return None
        wanted = RoundTrip(self._ids.uuid7(), tuple(path), amount_seconds, purpose)
        event = self._ends[wanted.payment_id] = asyncio.Event()
        try:
            await self._store.write(lambda tx: round_trip.queue(tx, self._clock, self._ids, line, wanted))
            with suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE_SECONDS):
                    await event.wait()
            return await self._store.write(lambda tx: self._give_up(tx, line, wanted.payment_id))
        finally:
            del self._ends[wanted.payment_id]

    def _give_up(self, tx: Tx, line: Line, payment_id: bytes) -> OrderOut:
        """What is still open after our patience is asked back. -> the order as it stands then."""
        order = orders.load_out(tx, payment_id)
        assert order is not None  # queued a moment ago
        if order.state in ("queued", "held"):
            self._payer.cancel(tx, line, order)
        return orders.load_out(tx, payment_id) or order


def _owed(tx: Tx, line: Line) -> int:
    """What the peer owes us and no open hold has taken yet; below zero: what we owe it."""
    row = lines_records.load_line(tx, line.peer.id)
    debt = ledger.account(tx, line.peer.clearing_account).balance_seconds
    if row.closed is not None or not row.is_open:
        return 0
    return min(0, row.held_in_seconds - debt) if debt > 0 else max(0, -debt - row.held_out_seconds)
