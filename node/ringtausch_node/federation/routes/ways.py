# SPDX-License-Identifier: AGPL-3.0-or-later
"""The way of one payment through other rings, from what is known of their lines and of our own (SPEC.md 7.12)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

from ringtausch_node.clock import Clock
from ringtausch_node.federation.agreement import stopping, terms
from ringtausch_node.federation.line import records
from ringtausch_node.federation.line.identity import RingIdentity
from ringtausch_node.federation.line.lines import Line, Lines
from ringtausch_node.federation.line.model import OrderOut
from ringtausch_node.federation.orders.ends import End
from ringtausch_node.federation.orders.strangers import Strangers
from ringtausch_node.federation.orders.tries import Detour
from ringtausch_node.federation.routes.adverts import Adverts
from ringtausch_node.federation.routes.atlas import Atlas
from ringtausch_node.federation.routes.paths import Road
from ringtausch_node.ledger import service as ledger
from ringtausch_node.store import Store, Tx
from ringtausch_protocol.errors import LocalError


class Way(NamedTuple):
    """How a payment goes: over which line, and through which rings; `path` is None for the line's own ring.

    `last`: the ring that decides, and the key to which its box is sealed.
    """

    line: Line
    last: str
    seal_public: bytes
    path: tuple[str, ...] | None = None


#: What a payment asks: the address of the payee's ring, and how much shall go there.
Asked: TypeAlias = tuple[str, int]
#: Our own lines as they stood when they were first looked at.
OwnRoads: TypeAlias = dict[str, Road]


class _Turn(NamedTuple):
    """What payments of one turn of the loop ask; one reading, which begins behind all of them, answers them."""

    asked: set[Asked]
    answers: asyncio.Future[dict[Asked, Way | str]]


class Ways:
    """Finds ways to rings without an agreement with us."""

    def __init__(self, store: Store, clock: Clock, identity: RingIdentity, lines: Lines, strangers: Strangers) -> None:
        self._store, self._lines, self._strangers, self._me = store, lines, strangers, identity.ring_id
        self.own_address = identity.address
        self.atlas = Atlas(clock)
        self.adverts = Adverts(
            store=store, clock=clock, identity=identity, lines=lines, strangers=strangers, atlas=self.atlas
        )
        self._turn: _Turn | None = None

    async def through(self, address: str, amount_seconds: int) -> Way:
        """The best way to the ring of an address.

        Raises LocalError: no_route, no_capacity (there is a way, but not for so much), winding_down.
        """
        turn = self._turn
        if turn is None:
            asked: set[Asked] = set()
            turn = self._turn = _Turn(asked, asyncio.ensure_future(self._answer(asked)))
        turn.asked.add((address, amount_seconds))
        found = (await asyncio.shield(turn.answers))[address, amount_seconds]  # who gives up takes nobody along
        if isinstance(found, str):
            raise LocalError(found, address)
        return found

    async def _answer(self, asked: set[Asked]) -> dict[Asked, Way | str]:
        """Runs in the turn after the first question; whoever asks from now on begins another."""
        self._turn = None
        return await self._store.read(lambda tx: self._each_or_why_not(tx, asked))

    def _each_or_why_not(self, tx: Tx, asked: set[Asked]) -> dict[Asked, Way | str]:
        """A way for each question, or the code that says why there is none."""
        own: OwnRoads = {}
        found = {each: self._through(tx, *each, own) for each in asked}
        return {each: way or self._why_not(tx, each[0], own) for each, way in found.items()}

    def _why_not(self, tx: Tx, address: str, own: OwnRoads) -> str:
        if stopping.load_stopping(tx) is not None:
            return stopping.CODE
        return "no_capacity" if self._through(tx, address, 0, own) else "no_route"

    async def read(self, use_case: Callable[[Tx], None]) -> None:
        """One more question in a reading of its own."""
        await self._store.read(use_case)

    async def around(self, line: Line, amount_seconds: int) -> Way | None:
        """A way through others to a neighbour, if our open line there is too narrow even when nothing is held on it."""
        return await self._store.read(lambda tx: self._around(tx, line, amount_seconds))

    def _around(self, tx: Tx, line: Line, amount_seconds: int) -> Way | None:
        row = records.load_line(tx, line.peer.id)
        debt = ledger.account(tx, line.peer.clearing_account).balance_seconds
        is_open = row.state_in != "ended" and row.state_out == "open" and row.closed is None
        is_narrow = terms.limit_out(row) - debt < amount_seconds
        return self._through(tx, line.peer.address, amount_seconds, {}) if is_open and is_narrow else None

    async def named(self, rings: Sequence[str]) -> list[str]:
        """As `names`, in a reading of its own."""
        return await self._store.read(lambda tx: self.names(tx, rings))

    def names(self, tx: Tx, rings: Sequence[str]) -> list[str]:
        """The addresses of rings, or what is known of them."""
        return [self._strangers.name(tx, ring) for ring in rings]

    def detour(self, tx: Tx, order: OrderOut, end: End) -> Detour | None:
        """Another way for a payment that some ring refused; the line where that was rests for a while."""
        failed = (order.path or "").split()
        self._leave_alone(failed, end.refused_at)
        path = self._path(tx, failed[-1], order.amount_seconds, {})
        line = self._lines.by_ring(path[1]) if path else None
        return Detour(line, path) if line and path else None

    def _leave_alone(self, path: Sequence[str], refused_at: int | None) -> None:
        """The line behind the ring that refused; where that was not it, or there is none, the line before it."""
        place = 1 if refused_at is None else refused_at
        if place + 1 < len(path) and not self.atlas.rests(path[place], path[place + 1]):
            self.atlas.rest(path[place], path[place + 1])
        else:
            self.atlas.rest(path[place - 1], path[place])

    def _through(self, tx: Tx, address: str, amount_seconds: int, own: OwnRoads) -> Way | None:
        goal = self.atlas.ring_at(address)
        path = goal and (
            self._path(tx, goal, amount_seconds, own) or self._path(tx, goal, amount_seconds, own, over_resting=True)
        )
        line = self._lines.by_ring(path[1]) if path else None
        chain = self._strangers.chain(tx, path[-1]) if path else []
        return Way(line, path[-1], chain[-1].seal_public, path) if line and path and chain else None

    def _path(
        self, tx: Tx, goal: str, amount_seconds: int, own: OwnRoads, *, over_resting: bool = False
    ) -> tuple[str, ...] | None:
        """The best way; over neighbours that are there now, if there is one, else the payment waits at home for one.

        `own`: our own lines as far as this reading has looked at them.
        """
        lines = [line for line in self._lines.all() if line.is_usable]
        here = [line for line in lines if line.in_step and not line.is_away]
        for each in (here, lines):
            own.update((line.names.peer, _road(tx, line)) for line in each if line.names.peer not in own)
            roads = {line.names.peer: own[line.names.peer] for line in each}
            found = self.atlas.way(self._me, roads, goal, amount_seconds, over_resting=over_resting) if roads else None
            if found is not None:
                return found
        return None


def _road(tx: Tx, line: Line) -> Road:
    """Our own line as it stands now: what we may still come to owe."""
    row = records.load_line(tx, line.peer.id)
    debt = ledger.account(tx, line.peer.clearing_account).balance_seconds
    is_closed = row.state_out == "paused" or row.closed is not None
    free = 0 if is_closed else terms.limit_out(row) - debt - row.held_out_seconds
    is_over = "ended" in (row.state_in, row.state_out) and free <= 0
    return Road(-1 if is_over else free, debt < 0, is_transit=True)
