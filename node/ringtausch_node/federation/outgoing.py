# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the payments' room asks of other rings: the way there, an order, its end, a question before paying."""

from __future__ import annotations

from contextlib import suppress
from typing import NamedTuple

from ringtausch_node.federation.line.lines import Line, Lines
from ringtausch_node.federation.line.model import OrderOut
from ringtausch_node.federation.orders import records as orders
from ringtausch_node.federation.orders.payer import Draft, Payer
from ringtausch_node.federation.orders.quotes import Quote, Quotes
from ringtausch_node.federation.routes.buckets import BUCKETS
from ringtausch_node.federation.routes.ways import Way, Ways
from ringtausch_node.ids import Ids
from ringtausch_node.store import Tx
from ringtausch_protocol import canonical, settlement
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.documents import OrderBox
from ringtausch_protocol.errors import LocalError
from ringtausch_protocol.sealing import BoxSealer, box_info

#: Rings beyond the neighbours to which boxes of this boot are sealed without wrapping a key anew: some KB each.
SEALERS_KEPT = 256


class Wanted(NamedTuple):
    """A payment to another ring before it is sealed: who pays whom, and what the memo says."""

    payment_id: bytes
    payer: str
    payee: str
    memo: str
    amount_seconds: int
    invoice_hash: str | None
    refund_of: bytes | None = None


class Outgoing:
    """Payments to other rings, as their payer's ring sees them."""

    def __init__(self, lines: Lines, ids: Ids, payer: Payer, quotes: Quotes, ways: Ways) -> None:
        self._lines, self._ids, self._payer, self._quotes = lines, ids, payer, quotes
        self._ways = ways
        self._sealers: dict[bytes, BoxSealer] = {}

    async def way_to(self, address: str, amount_seconds: int) -> Way:
        """The way to a member's ring: our own line, or else through others.

        Raises LocalError: no_route, no_capacity (other rings are the way, and it is too narrow), winding_down, paused
        (our own line there is not confirmed, or stopped).
        """
        if self._lines.by_address(address) is None:
            return await self._ways.through(address, amount_seconds)
        line = self.line_to(address)
        return Way(line, line.names.peer, line.card.seal_public)

    async def wider_than(self, way: Way, amount_seconds: int, refused: LocalError) -> Way:
        """A way through others for a payment for which our own line is too narrow; only then it is looked for.

        Raises `refused` where it says something else, or there is none.
        """
        wider = None
        if refused.code == "no_capacity" and way.path is None:
            wider = await self._ways.around(way.line, amount_seconds)
        if wider is None:
            raise refused
        return wider

    async def way_now(self, address: str, amount_seconds: int) -> Way:
        """The way that a payment would take now: as `way_to`, and around a line of ours that is too narrow.

        Raises LocalError: as `way_to`, and no_capacity, line_ended, winding_down.
        """
        way = await self.way_to(address, amount_seconds)
        try:
            await self._ways.read(lambda tx: self._payer.verify_room(tx, way.line, amount_seconds))
        except LocalError as refused:
            return await self.wider_than(way, amount_seconds, refused)
        return way

    async def most_now(self, address: str, below_seconds: int) -> int:
        """The largest step of adverts below an amount for which there is a way now; 0 where there is none.

        Only steps, as adverts tell them: by trying amounts nobody learns how much rings owe each other.
        """
        for step in (each for each in reversed(BUCKETS) if 0 < each < below_seconds):
            with suppress(LocalError):
                await self.way_now(address, step)
                return step
        return 0

    def line_to(self, address: str) -> Line:
        """The line to a member's ring. Raises LocalError: no_route, paused (not confirmed, or stopped)."""
        line = self._lines.by_address(address)
        if line is None:
            raise LocalError("no_route", address)
        if not line.is_usable:
            raise LocalError("paused", address)
        return line

    def draft(self, way: Way, wanted: Wanted) -> Draft:
        """Make commitments and the sealed box of a payment; outside the writer, where nothing else waits for it."""
        payer_salt, memo_salt = self._ids.random(16), self._ids.random(16)
        box = OrderBox(
            payee=wanted.payee, payer=wanted.payer, memo=wanted.memo, payer_salt=b64(payer_salt),
            memo_salt=b64(memo_salt),
        )  # fmt: skip
        line, text = way.line, canonical.encode(box)
        info = box_info(line.names.net, line.names.me, way.last, b64(wanted.payment_id))
        sealed = line.seal(text, info) if way.path is None else self._sealer(way).seal(text, info)
        return Draft(
            payment_id=wanted.payment_id, amount_seconds=wanted.amount_seconds,
            invoice_hash=wanted.invoice_hash, refund_of=wanted.refund_of,
            payer_commit=settlement.commit("payer", payer_salt, wanted.payer),
            memo_commit=settlement.commit("memo", memo_salt, wanted.memo), payer_salt=payer_salt, memo_salt=memo_salt,
            box=sealed, path=" ".join(way.path) if way.path else None,
        )  # fmt: skip

    def _sealer(self, way: Way) -> BoxSealer:
        """Seals to a ring that is no neighbour, under one wrapped key as long as there is room (SPEC.md 2.5)."""
        sealer = self._sealers.pop(way.seal_public, None) or BoxSealer(way.seal_public, self._ids.random(32))
        self._sealers[way.seal_public] = sealer
        if len(self._sealers) > SEALERS_KEPT:
            del self._sealers[next(iter(self._sealers))]  # the one that was not needed for longest
        return sealer

    def queue(self, tx: Tx, line: Line, draft: Draft, account: int) -> tuple[str, ...]:
        """Queue an order of `account` inside the payment's own transaction. -> warnings."""
        return self._payer.queue(tx, line, draft, account)

    def order(self, tx: Tx, payment_id: bytes) -> OrderOut | None:
        """Where a payment stands in the other ring."""
        return orders.load_out(tx, payment_id)

    def via(self, tx: Tx, order: OrderOut) -> list[str]:
        """The addresses of the rings through which a payment goes; none on a line of our own."""
        return self._ways.names(tx, order.path.split()[1:-1]) if order.path else []

    async def via_of(self, way: Way) -> list[str]:
        """As `via`, of a payment that is not made yet."""
        return await self._ways.named(way.path[1:-1] if way.path else ())

    def is_beyond(self, address: str) -> bool:
        """Whether that is a ring beyond our neighbours to which lines lead."""
        ring = None if self._lines.by_address(address) else self._ways.atlas.ring_at(address)
        return ring is not None and self._ways.atlas.is_on_a_road(ring)

    def towns_beyond(self) -> list[str]:
        """The addresses of rings beyond our neighbours to which lines lead, in the order of the alphabet."""
        neighbours = {line.peer.address for line in self._lines.all()}
        return sorted(self._ways.atlas.addresses() - neighbours - {self._ways.own_address})

    def cancel(self, tx: Tx, order: OrderOut) -> None:
        """Ask for a payment back."""
        self._payer.cancel(tx, self._lines.by_id(order.peer), order)

    async def quote(self, line: Line, payment_id: bytes, handle: str, amount_seconds: int) -> Quote:
        """Ask the payee's ring before paying."""
        return await self._quotes.ask(line, payment_id, handle, amount_seconds)
