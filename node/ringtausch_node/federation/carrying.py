# SPDX-License-Identifier: AGPL-3.0-or-later
"""What an operator sees and says of payments of others that pass through this ring (SPEC.md 7.12)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import msgspec

from ringtausch_node.federation.line.lines import Lines
from ringtausch_node.federation.orders import between_records as records
from ringtausch_node.federation.orders.between_records import Carried
from ringtausch_node.federation.orders.between_rules import order_of
from ringtausch_node.federation.orders.strangers import Strangers
from ringtausch_node.store import Store, Tx

#: Passing payments that are shown: what is under way first, then the newest.
SHOWN_MAX = 200


class CarriedView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An order of others. `from_` and `to` are the rings before and behind us; no person is named, for none is known.

    state: waiting, held, posted, released.
    """

    order: str
    state: str
    amount_seconds: int
    from_: str = msgspec.field(name="from")
    to: str
    payer_ring: str
    payee_ring: str
    arrived_at: int
    ended_at: int | None = None


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
        """The addresses of the peers for which we carry."""
        return await self._store.read(
            lambda tx: [line.peer.address for line in self._lines.all() if records.carries(tx, line.peer.id)]
        )

    async def list(self, count: int = SHOWN_MAX) -> Sequence[CarriedView]:
        """What passes through, then what passed, each newest first."""
        return await self._store.read(lambda tx: [self._view(tx, each) for each in _shown(tx, count)])

    def _view(self, tx: Tx, carried: Carried) -> CarriedView:
        order = order_of(carried)
        return CarriedView(
            order=carried.order_hash, state=carried.state, amount_seconds=carried.amount_seconds,
            from_=self._lines.by_id(carried.peer_in).peer.address,
            to=self._lines.by_id(carried.peer_out).peer.address, payer_ring=self._strangers.name(tx, order.path[0]),
            payee_ring=self._strangers.name(tx, order.path[-1]), arrived_at=carried.arrived_at,
            ended_at=carried.ended_at,
        )  # fmt: skip


def _shown(tx: Tx, count: int) -> list[Carried]:
    under_way = records.load_open(tx, count)
    ended = [each for each in records.load_newest(tx, count) if each.ended_at is not None]
    return (under_way + ended)[:count]
