# SPDX-License-Identifier: AGPL-3.0-or-later
"""The way of one payment through other rings, from what is known of their lines and of our own (SPEC.md 7.12)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ringtausch_node.clock import Clock
from ringtausch_node.federation.agreement import terms
from ringtausch_node.federation.line import records
from ringtausch_node.federation.line.identity import RingIdentity
from ringtausch_node.federation.line.lines import Line, Lines
from ringtausch_node.federation.orders.strangers import Strangers
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


class Ways:
    """Finds ways to rings without an agreement with us."""

    def __init__(self, store: Store, clock: Clock, identity: RingIdentity, lines: Lines, strangers: Strangers) -> None:
        self._store, self._lines, self._strangers = store, lines, strangers
        self.atlas = Atlas(clock)
        self.adverts = Adverts(
            store=store, clock=clock, identity=identity, lines=lines, strangers=strangers, atlas=self.atlas
        )

    async def through(self, address: str, amount_seconds: int) -> Way:
        """The best way to the ring of an address. Raises LocalError('no_route')."""
        way = await self._store.read(lambda tx: self._through(tx, address, amount_seconds))
        if way is None:
            raise LocalError("no_route", address)
        return way

    def names(self, tx: Tx, rings: Sequence[str]) -> list[str]:
        """The addresses of rings, or what is known of them."""
        return [self._strangers.name(tx, ring) for ring in rings]

    def _through(self, tx: Tx, address: str, amount_seconds: int) -> Way | None:
        lines = [line for line in self._lines.all() if line.is_usable]
        own = {line.names.peer: _road(tx, line) for line in lines}
        path = self.atlas.way(lines[0].names.me, own, address, amount_seconds) if lines else None
        line = self._lines.by_ring(path[1]) if path else None
        chain = self._strangers.chain(tx, path[-1]) if path else []
        return Way(line, path[-1], chain[-1].seal_public, path) if line and path and chain else None


def _road(tx: Tx, line: Line) -> Road:
    """Our own line as it stands now: what we may still come to owe."""
    row = records.load_line(tx, line.peer.id)
    debt = ledger.account(tx, line.peer.clearing_account).balance_seconds
    is_closed = row.state_out == "paused" or row.closed is not None
    free = 0 if is_closed else terms.limit_out(row) - debt - row.held_out_seconds
    return Road(free, debt < 0, is_transit=True)
