# SPDX-License-Identifier: AGPL-3.0-or-later
"""An order as it comes over a line, from its own ring or handed on by another (SPEC.md 6.5, 7.12)."""

from __future__ import annotations

from typing import NamedTuple

from ringtausch_node.federation.line.lines import Line
from ringtausch_node.federation.orders import ends
from ringtausch_node.federation.orders.strangers import Strangers
from ringtausch_node.store import Tx
from ringtausch_protocol import frames, settlement
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.frames import Frame, Header
from ringtausch_protocol.items import Offer, Order, SignedItem, item_hash


class OfferCame(NamedTuple):
    """An order, by whom it was signed, and where we stand on its path. `code`: why it is refused unseen."""

    order: Order
    order_hash: str
    signed: SignedItem
    header: Header
    place: int
    address: str
    code: str | None = None

    @property
    def is_last(self) -> bool:
        """Whether the ring at our place decides."""
        return self.place == len(self.order.path) - 1


def read_offer(tx: Tx, strangers: Strangers, line: Line, frame: Frame, index: int, item: Order | Offer) -> OfferCame:
    """Who ordered what, and whether that ring signed it.

    Raises RemoteError('malformed') where the path does not lead from the sender to us: nobody here can decide it.
    """
    if isinstance(item, Order):
        return _direct(line, item, frames.signed_item(frame.envelope, frame.items, index), frame.header)
    order, place = ends.inner_order(item.order), item.index + 1
    if order.path[item.index : place + 1] != [line.names.peer, line.names.me]:
        raise RemoteError("malformed", "not the way that the order names")
    if settlement.refuse_shape(order):
        return _came(line, order, item.order, place, frame.header, "", "malformed")
    try:
        header, _ = frames.verify_signed_item(item.order, strangers.keys(tx, order.path[0]))
        settlement.verify_order_binding(order, header)
        code = None if header.net == line.names.net else "malformed"
        return _came(line, order, item.order, place, header, strangers.address(tx, order.path[0]), code)
    except RemoteError as bad:
        code = "card_unknown" if bad.code in ("card_unknown", "unknown_key") else "malformed"
        return _came(line, order, item.order, place, frame.header, "", code)


def _direct(line: Line, order: Order, signed: SignedItem, header: Header) -> OfferCame:
    """What is wrong with one that ends here is the payee's to say; one that goes on must have the form that all ask."""
    came = _came(line, order, signed, 1, header, line.peer.address)
    if came.is_last or (settlement.refuse_shape(order) is None and order.path[0] == line.names.peer):
        return came
    return came._replace(code="malformed")


def _came(
    line: Line, order: Order, signed: SignedItem, place: int, header: Header, address: str, code: str | None = None
) -> OfferCame:
    """A direct order of any path is the payee's to refuse: only one that goes on past us is ours to carry."""
    is_ours = order.path[place : place + 1] == [line.names.me]
    at = place if is_ours else len(order.path) - 1
    return OfferCame(order, item_hash(bytes(signed.item)), signed, header, at, address, code)
