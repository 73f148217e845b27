# SPDX-License-Identifier: AGPL-3.0-or-later
"""One item of an accepted frame: what it is, who handles it, and how an unusable one is answered (SPEC.md 7.10).

A bad item never blocks the line: the frame is stored and acked, the item gets a `reject`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ringtausch_node.clock import Clock
from ringtausch_node.federation.agreement.terms import LineLife
from ringtausch_node.federation.frames.erasing import Erasing
from ringtausch_node.federation.line import records
from ringtausch_node.federation.line.identity import RingIdentity
from ringtausch_node.federation.line.lines import Line
from ringtausch_node.federation.line.model import LineRow
from ringtausch_node.federation.mail.service import Mail
from ringtausch_node.federation.mail.service import Opened as OpenedLetter
from ringtausch_node.federation.orders import ends, payee, waivers
from ringtausch_node.federation.orders.between import Between
from ringtausch_node.federation.orders.between_rules import Offered
from ringtausch_node.federation.orders.ends import Came
from ringtausch_node.federation.orders.offers import read_offer
from ringtausch_node.federation.orders.payee import Arrived, Opened, Payee
from ringtausch_node.federation.orders.payer import Payer
from ringtausch_node.federation.orders.read_once import save_rows
from ringtausch_node.federation.orders.strangers import CARD
from ringtausch_node.federation.statements import reading
from ringtausch_node.federation.statements.service import Statements
from ringtausch_node.store import Tx
from ringtausch_protocol import limits
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.frames import Frame, Header
from ringtausch_protocol.items import (
    AnyItem,
    Cancel,
    Decision,
    DocumentItem,
    Erase,
    Fulfil,
    Message,
    Offer,
    Order,
    Reject,
    Release,
    encode_item,
    parse_item,
)
from ringtausch_protocol.items import Line as LineItem


class Prepared(NamedTuple):
    """An item of a frame as bytes and, where it could be read, as a value; `code` says why not. `box`: beside it."""

    frame: Frame
    place: int
    data: bytes
    item: AnyItem | None
    opened: Opened
    code: str | None
    box: bytes | None = None
    letter: OpenedLetter | None = None


class Items:
    """Hands each item of a frame to the room that knows it."""

    def __init__(
        self, *, identity: RingIdentity, clock: Clock, payer: Payer, payee_: Payee, life: LineLife, mail: Mail,
        statements: Statements, between: Between, erasing: Erasing,
    ) -> None:  # fmt: skip
        self._identity, self._clock, self._life, self._mail = identity, clock, life, mail
        self._statements, self._between, self._erasing = statements, between, erasing
        self._payer, self._payee = payer, payee_

    def prepare(self, line: Line, frame: Frame, boxes: Mapping[tuple[int, int], bytes]) -> list[Prepared]:
        """Read the items of a verified frame and open the boxes of orders and messages; outside the writer."""
        return [
            self._prepare_one(line, frame, index, boxes.get((frame.header.seq, index)))
            for index, data in enumerate(frame.items)
        ]

    def _prepare_one(self, line: Line, frame: Frame, index: int, box: bytes | None) -> Prepared:
        data, opened = frame.items[index], Opened(None, None)
        try:
            item = parse_item(data)
            order = ends.inner_order(item.order) if isinstance(item, Offer) else item
        except RemoteError as bad:
            return Prepared(frame, index, data, None, opened, bad.code)
        if isinstance(item, Message):
            return Prepared(frame, index, data, item, opened, None, box, self._mail.open(line, item, box))
        if isinstance(order, Order) and order.path[-1] == self._identity.ring_id:
            opened = payee.open_box(order, box, self._identity.seal_key, self._identity.net)
        return Prepared(frame, index, data, item, opened, None, box)

    def apply(self, tx: Tx, line: Line, row: LineRow, header: Header, prepared: Prepared) -> None:
        """Do what an item asks, or answer that it cannot be used."""
        code = prepared.code
        match prepared.item:
            case Order() | Offer() as ordered:
                code = self._ordered(tx, line, row, prepared, ordered)
            case Decision() | Fulfil() | Release() as end:
                code = self._ended(tx, line, row, Came(prepared.frame, prepared.place, prepared.data, end))
            case Cancel() as cancel:
                self._between.cancelled(tx, line, row, cancel)  # at the last ring its decision is already on the way
            case LineItem() | DocumentItem() as said:
                code = self._heard(tx, line, row, header, prepared.place, said)
            case Message() as message if prepared.letter is not None:
                code = self._mail.take(tx, line, header, prepared.place, message, prepared.letter)
            case Erase() as erase:
                code = self._erasing.heard(tx, line, erase)
            case Reject() as reject:
                records.keep_evidence(tx, row.peer, "rejected", encode_item(reject), self._clock.now())
                self._mail.rejected(tx, line, reject)
            case None:
                code = code or "malformed"
            case _:
                code = "unsupported"
        if code is not None:
            self._reject(tx, line, header, prepared.place, code)

    def save_others(self, tx: Tx) -> None:
        """Write what the items of a batch have changed on other lines."""
        save_rows(tx)

    def look_at_waiting(self, tx: Tx) -> None:
        """A peer came by itself that we do not reach: what waits for it may leave with the answer."""
        self._between.look(tx)

    def _heard(
        self, tx: Tx, line: Line, row: LineRow, header: Header, place: int, said: LineItem | DocumentItem
    ) -> str | None:
        """The peer's word about the line itself. -> the code of a reject."""
        if isinstance(said, LineItem):
            return self._life.heard_line(tx, line, row, said)
        if said.type_ == CARD:
            return self._between.strangers.heard(tx, bytes(said.envelope))
        if said.type_ == waivers.KIND:
            return waivers.heard(tx, line, bytes(said.envelope), self._clock.now())
        if said.type_ == reading.KIND:
            return self._statements.heard(tx, line, row, header, place, bytes(said.envelope))
        return self._life.heard_document(tx, line, row, said)

    def _ordered(self, tx: Tx, line: Line, row: LineRow, prepared: Prepared, item: Order | Offer) -> str | None:
        """An order ends here, passes through here, or is none that its own ring signed to go this way."""
        try:
            came = read_offer(tx, self._between.strangers, line, prepared.frame, prepared.place, item)
        except RemoteError as bad:
            return bad.code
        if came.code is not None:
            self._between.refuse(tx, line, came.order, came.order_hash, came.place, came.code)
        elif came.is_last:
            arrived = Arrived(
                came.header, prepared.frame.header.seq, prepared.place, bytes(came.signed.item), came.order,
                prepared.opened, came.address,
            )  # fmt: skip
            self._payee.decide(tx, line, row, arrived)
        else:
            offered = Offered(came.order, came.order_hash, came.signed, came.place, prepared.frame.header, prepared.box)
            self._between.offered(tx, line, row, offered)
        return None

    def _ended(self, tx: Tx, line: Line, row: LineRow, came: Came) -> str | None:
        """An end that is not what it claims is rejected and closes the line for new offers; the hold stays.

        A cause of a release that is not a refusal is the next ring's own business: it waives all the same.
        """
        carried = self._between.carried(tx, line, came.item.order_hash)
        try:
            if carried is not None:
                return self._between.ended(tx, line, row, carried, came)
            return self._payer.ended(tx, line, row, came)
        except RemoteError as bad:
            records.keep_evidence(tx, row.peer, bad.code, came.data, self._clock.now())
            row.closed = bad.code
            return bad.code

    def _reject(self, tx: Tx, line: Line, header: Header, index: int, code: str) -> None:
        reject = Reject(seq=header.seq, index=index, code=code[: limits.CODE_LENGTH])
        tx.collect("item", (line, encode_item(reject)))
        tx.collect("line", line)
