# SPDX-License-Identifier: AGPL-3.0-or-later
"""What an operator sees and says of payments of others that pass through this ring (SPEC.md 7.12)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import msgspec

from ringtausch_node.federation.line.lines import Lines
from ringtausch_node.federation.line.model import GIVEN_UP
from ringtausch_node.federation.orders import between_records as records
from ringtausch_node.federation.orders.between_records import Carried
from ringtausch_node.federation.orders.between_rules import order_of
from ringtausch_node.federation.orders.strangers import Strangers
from ringtausch_node.store import Store, Tx
from ringtausch_protocol.errors import LocalError

#: Passing payments that are shown: what is under way first, then the newest.
SHOWN_MAX = 200
_PLACE = re.compile("([01])[.]([0-9]{1,12})[.]([A-Za-z0-9_:-]{1,80})")


class CarriedView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An order of others. `from_` and `to` are the rings before and behind us; no person is named, for none is known.

    state: waiting, held, posted, released. purpose: transfer, refund; or round a circle netting or assignment, by
    which `payer_ring`, that is `payee_ring` too, nets debts or hands a claim over.
    """

    order: str
    state: str
    purpose: str
    amount_seconds: int
    from_: str = msgspec.field(name="from")
    to: str
    payer_ring: str
    payee_ring: str
    arrived_at: int
    ended_at: int | None = None


class CarriedPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of them: what is under way before what has ended. `next`: where the page after it begins."""

    payments: list[CarriedView]
    next: str | None


class _Place(NamedTuple):
    """Behind which order a page begins: whether that has ended, when it arrived, its hash."""

    has_ended: bool
    at: int
    order: str


class Carrying:
    """The operator's side of the rings between."""

    def __init__(self, store: Store, lines: Lines, strangers: Strangers, verify_ready: Callable[[], None]) -> None:
        self._store, self._lines, self._strangers = store, lines, strangers
        self._verify_ready = verify_ready

    async def set(self, address: str, *, carries: bool) -> bool:
        """Carry payments of others that come from this peer or go to it, or stop: what is under way still ends.

        Both neighbours of a payment must be carried for. -> what is set. Raises LocalError: unknown_peer, recovering.
        """
        self._verify_ready()
        line = self._lines.agreed(address)
        await self._store.write(partial(records.set_carries, peer=line.peer.id, carries=carries))
        return carries

    async def peers(self) -> Sequence[str]:
        """The addresses of the peers for which we carry. Nothing passes where a line was given up."""
        there = [line.peer for line in self._lines.all() if line.peer.reason != GIVEN_UP]
        return await self._store.read(lambda tx: [peer.address for peer in there if records.carries(tx, peer.id)])

    async def list(self, count: int = SHOWN_MAX) -> Sequence[CarriedView]:
        """What passes through, then what passed, each newest first."""
        return (await self.page(None, count)).payments

    async def page(self, before: str | None, count: int) -> CarriedPage:
        """The same from `next` of another page on, at most SHOWN_MAX. Raises LocalError('query')."""
        place, most = None if before is None else _place_in(before), min(count, SHOWN_MAX)

        def use_case(tx: Tx) -> CarriedPage:
            found = _behind(tx, place, most + 1)
            shown = [self._view(tx, each) for each in found[:most]]
            return CarriedPage(payments=shown, next=_text_of(found[most - 1]) if len(found) > most else None)

        return await self._store.read(use_case)

    def _view(self, tx: Tx, carried: Carried) -> CarriedView:
        order = order_of(carried)
        return CarriedView(
            order=carried.order_hash, state=carried.state, purpose=order.purpose,
            amount_seconds=carried.amount_seconds,
            from_=self._lines.by_id(carried.peer_in).peer.address,
            to=self._lines.by_id(carried.peer_out).peer.address, payer_ring=self._strangers.name(tx, order.path[0]),
            payee_ring=self._strangers.name(tx, order.path[-1]), arrived_at=carried.arrived_at,
            ended_at=carried.ended_at,
        )  # fmt: skip


def _behind(tx: Tx, place: _Place | None, count: int) -> list[Carried]:
    if place is not None and place.has_ended:
        return records.load_ended(tx, (place.at, place.order), count)
    under_way = records.load_open(tx, (place.at, place.order) if place else records.NEWEST, count)
    return under_way + records.load_ended(tx, records.NEWEST, count - len(under_way))


def _text_of(carried: Carried) -> str:
    return f"{int(carried.ended_at is not None)}.{carried.arrived_at}.{carried.order_hash}"


def _place_in(text: str) -> _Place:
    found = _PLACE.fullmatch(text)
    if found is None:
        raise LocalError("query", "before: `next` of a page")
    return _Place(found[1] == "1", int(found[2]), found[3])
