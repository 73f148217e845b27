# SPDX-License-Identifier: AGPL-3.0-or-later
"""One item of an accepted frame: what it is, who handles it, and how an unusable one is answered (SPEC.md 7.10).

A bad item never blocks the line: the frame is stored and acked, the item gets a `reject`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ringtausch_node.clock import Clock
from ringtausch_node.federation.agreement.terms import LineLife
from ringtausch_node.federation.line import records
from ringtausch_node.federation.line.identity import RingIdentity
from ringtausch_node.federation.line.lines import Line
from ringtausch_node.federation.line.model import LineRow
from ringtausch_node.federation.mail.service import Mail
from ringtausch_node.federation.mail.service import Opened as OpenedLetter
from ringtausch_node.federation.orders import payee
from ringtausch_node.federation.orders.payee import Arrived, Opened, Payee
from ringtausch_node.federation.orders.payer import Payer
from ringtausch_node.federation.statements import reading
from ringtausch_node.federation.statements.service import Statements
from ringtausch_node.store import Tx
from ringtausch_protocol import frames, limits
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.frames import (
    AnyItem,
    Cancel,
    Decision,
    DocumentItem,
    Frame,
    Header,
    Message,
    Offer,
    Order,
    Reject,
)
from ringtausch_protocol.frames import Line as LineItem


class Prepared(NamedTuple):
    """An item as bytes and, where it could be read, as a value; `code` says why not."""

    place: int
    data: bytes
    item: AnyItem | None
    opened: Opened
    code: str | None
    letter: OpenedLetter | None = None


class Items:
    """Hands each item of a frame to the room that knows it."""

    def __init__(
        self, *, identity: RingIdentity, clock: Clock, payer: Payer, payee_: Payee, life: LineLife, mail: Mail,
        statements: Statements,
    ) -> None:  # fmt: skip
        self._identity, self._clock, self._life, self._mail = identity, clock, life, mail
        self._statements = statements
        self._payer, self._payee = payer, payee_

    def prepare(self, line: Line, frame: Frame, boxes: Mapping[tuple[int, int], bytes]) -> list[Prepared]:
        """Read the items of a verified frame and open the boxes of orders and messages; outside the writer."""
        return [
            self._prepare_one(line, index, data, boxes.get((frame.header.seq, index)))
            for index, data in enumerate(frame.items)
        ]

    def _prepare_one(self, line: Line, index: int, data: bytes, box: bytes | None) -> Prepared:
        try:
            item = frames.parse_item(data)
        except RemoteError as bad:
            return Prepared(index, data, None, Opened(None, None), bad.code)
        opened = Opened(None, None)
        if isinstance(item, Message):
            return Prepared(index, data, item, opened, None, self._mail.open(line, item, box))
        if isinstance(item, Order):
            opened = payee.open_box(item, box, self._identity.seal_key, self._identity.net)
        return Prepared(index, data, item, opened, None)

    def apply(self, tx: Tx, line: Line, row: LineRow, header: Header, prepared: Prepared) -> None:
        """Do what an item asks, or answer that it cannot be used."""
        code = prepared.code
        match prepared.item:
            case Order() as order:
                arrived = Arrived(header, prepared.place, prepared.data, order, prepared.opened)
                self._payee.decide(tx, line, row, arrived)
            case Decision() as decision:
                code = self._decided(tx, line, row, header, prepared.data, decision)
            case Cancel():
                pass  # On a direct line an order is decided when it arrives; its decision is already on the way.
            case Offer() as offer:
                code = self._refuse_offer(tx, line, offer)
            case LineItem() | DocumentItem() as said:
                code = self._heard(tx, line, row, header, prepared.place, said)
            case Message() as message if prepared.letter is not None:
                code = self._mail.take(tx, line, message, prepared.letter)
            case Reject() as reject:
                records.keep_evidence(tx, row.peer, "rejected", frames.encode_item(reject), self._clock.now())
                self._mail.rejected(tx, line, reject)
            case None:
                code = code or "malformed"
            case _:
                code = "unsupported"
        if code is not None:
            self._reject(tx, line, header, prepared.place, code)

    def _heard(
        self, tx: Tx, line: Line, row: LineRow, header: Header, place: int, said: LineItem | DocumentItem
    ) -> str | None:
        """The peer's word about the line itself. -> the code of a reject."""
        if isinstance(said, LineItem):
            return self._life.heard_line(tx, line, row, said)
        if said.type_ == reading.KIND:
            return self._statements.heard(tx, line, row, header, place, bytes(said.envelope))
        return self._life.heard_document(tx, line, row, said)

    def _decided(self, tx: Tx, line: Line, row: LineRow, header: Header, data: bytes, decision: Decision) -> str | None:
        """A decision that is not what it claims is rejected and closes the line for new offers; the hold stays."""
        try:
            return self._payer.decided(tx, line, row, header, data, decision)
        except RemoteError as bad:
            records.keep_evidence(tx, row.peer, bad.code, data, self._clock.now())
            row.closed = bad.code
            return bad.code

    def _refuse_offer(self, tx: Tx, line: Line, offer: Offer) -> str | None:
        """Through other rings nothing is forwarded yet: who has not forwarded may refuse. -> the code of a reject."""
        try:
            order = frames.parse_item(bytes(offer.order.item))
        except RemoteError as bad:
            return bad.code
        place = offer.index + 1
        if not isinstance(order, Order) or order.path[offer.index : place + 1] != [line.names.peer, line.names.me]:
            return "malformed"
        decision = Decision(
            order_hash=frames.item_hash(bytes(offer.order.item)), payment_id=order.payment_id, outcome="refused",
            by=line.names.me, index=place, inbound=line.names.peer, amount_seconds=order.amount_seconds,
            decided_at=self._clock.now(), code="no_route",
        )  # fmt: skip
        tx.collect("item", (line, frames.encode_item(decision)))
        tx.collect("line", line)
        return None

    def _reject(self, tx: Tx, line: Line, header: Header, index: int, code: str) -> None:
        reject = Reject(seq=header.seq, index=index, code=code[: limits.CODE_LENGTH])
        tx.collect("item", (line, frames.encode_item(reject)))
        tx.collect("line", line)
