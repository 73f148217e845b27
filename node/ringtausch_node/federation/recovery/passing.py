# SPDX-License-Identifier: AGPL-3.0-or-later
"""Orders that passed through this ring come back after a loss, each edge with the frames of its own line.

Which line comes back first is chance. So an edge that is seen alone stands for both: an offer of ours was passed on
only because one had come; an answer of ours was given only because one was heard. No guard is asked.
"""

from __future__ import annotations

from ringtausch_node.federation.line import records as lines_records
from ringtausch_node.federation.line.lines import Line
from ringtausch_node.federation.line.model import EDGE_MISSING, LineRow
from ringtausch_node.federation.orders import between_records as records
from ringtausch_node.federation.orders import records as orders
from ringtausch_node.federation.orders import strangers
from ringtausch_node.federation.orders.answers import with_cards
from ringtausch_node.federation.orders.between import Between, Sides
from ringtausch_node.federation.orders.between_rules import Offered
from ringtausch_node.federation.orders.ends import Came, claims, inner_order
from ringtausch_node.federation.orders.offers import OfferCame, read_offer
from ringtausch_node.federation.orders.own_cost import may_be_borne
from ringtausch_node.federation.orders.read_once import save_rows
from ringtausch_node.federation.recovery import records as kept
from ringtausch_node.federation.recovery.bookings import Placed
from ringtausch_node.store import Tx
from ringtausch_protocol import canonical
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.frames import Frame, Header
from ringtausch_protocol.items import AnyItem, Cancel, Decision, DocumentItem, Fulfil, Offer, Order, Release, item_hash

_IS_FULFIL, _IS_DECISION = b'{"kind":"fulfil"', b'{"kind":"decision"'


class BetweenAgain:
    """Applies what comes back to the rows of orders between; all inside the writer's transaction."""

    def __init__(self, between: Between) -> None:
        self._between, self.strangers = between, between.strangers

    def own_item(self, tx: Tx, line: Line, row: LineRow, placed: Placed, item: AnyItem | None) -> bool:
        """An item of ours. -> whether it is all about an order that passed, or a card that was shown for one."""
        match item:
            case DocumentItem(type_=strangers.CARD, envelope=signed):
                self.strangers.shown_again(tx, line, bytes(signed))
                return True
            case Offer() as offer:
                self.was_passed_on(tx, line, row, placed.header, offer)
                return True
            case Decision() | Fulfil() | Release() as end:
                return self.was_answered(tx, line, row, end.order_hash, placed.data)
            case Cancel() as cancel:
                return self._was_asked_back(tx, cancel)
            case _:
                return False

    def was_offered(
        self, tx: Tx, line: Line, row: LineRow, frame: Frame, placed: Placed, item: Order | Offer
    ) -> OfferCame | None:
        """An order that came: one that ends here is handed back; of one that passes this is the edge towards the payer.

        Nobody knows yet whether that was passed on.
        """
        try:
            came = read_offer(tx, self.strangers, line, frame, placed.place, item)
        except RemoteError:
            return None  # it was rejected then, too
        if came.code is not None or came.is_last:
            return None if came.code else came
        known = records.load(tx, came.order_hash)
        if known is None:
            box = None if placed.box is None else canonical.unb64(placed.box, None)
            offered = Offered(came.order, came.order_hash, came.signed, came.place, placed.header, box)
            self._keep(tx, line, row, offered)
        elif (known.in_seq or 0) <= 0:
            self._between.edge_came(tx, line, row, known, placed.header.seq)
            if known.in_seq == records.BEFORE and known.answer is not None:  # a frame of ours that follows may have it
                lines_records.insert_waiting(tx, row.peer, with_cards(tx, self.strangers, line, known.answer))
        return None

    def _keep(self, tx: Tx, line: Line, row: LineRow, offered: Offered) -> None:
        behind = self._between.line_to(offered.order.path[offered.place + 1])
        if behind is not None and behind is not line:  # there and back it was refused, and held nothing
            self._between.keep_waiting(tx, line, row, offered)
            if kept.has_begun_anew(tx, behind.peer.id):
                records.set_out(tx, records.BEFORE, [offered.order_hash])

    def _was_asked_back(self, tx: Tx, cancel: Cancel) -> bool:
        """Our cancel towards the payee, sent once. -> whether the order passed through here."""
        is_known = records.load(tx, cancel.order_hash) is not None
        records.ask_cancel(tx, cancel.order_hash)
        return is_known

    def was_wanted_back(self, tx: Tx, line: Line, cancel: Cancel) -> None:
        """The payer's side asked for it back: what was passed on is asked back, what waits is refused in the end."""
        known = records.load(tx, cancel.order_hash)
        if known is None or known.peer_in != line.peer.id or known.cancel_asked:
            return
        records.ask_cancel(tx, cancel.order_hash)
        if known.state == "held":
            self._between.ask_back(tx, known)

    def was_passed_on(self, tx: Tx, line: Line, row: LineRow, header: Header, offer: Offer) -> None:
        """The edge towards the payee: an offer of ours."""
        order, order_hash = inner_order(offer.order), item_hash(bytes(offer.order.item))
        known = records.load(tx, order_hash)
        if known is None:
            before = self._between.line_to(order.path[offer.index - 1])
            if before is None:
                row.closed = EDGE_MISSING
                return
            offered = Offered(order, order_hash, offer.order, offer.index, header, None)
            before_row = lines_records.load_line(tx, before.peer.id)
            known = self._between.keep_waiting(tx, before, before_row, offered)
            lines_records.save_line(tx, before_row)
            records.set_in(tx, order_hash, records.BEFORE if kept.has_begun_anew(tx, before.peer.id) else None)
        if known.state == "waiting":
            self._between.count_out(row, known)
            records.set_held(tx, order_hash)
            if known.cancel_asked:
                self._between.ask_back(tx, known)
        self._between.edges.went(tx, known, line, header.seq)

    def was_answered(self, tx: Tx, line: Line, row: LineRow, order_hash: str, item: bytes) -> bool:
        """Our answer towards the payer. -> whether the order passed through here."""
        known = records.load(tx, order_hash)
        if known is None and not item.startswith(
            _IS_DECISION
        ):  # it went ahead of the order, which is still to come back
            orders.note_answered(tx, row.peer, line.names.epoch, order_hash)
        if known is None or known.peer_in != line.peer.id:
            return False
        orders.note_answered(tx, row.peer, line.names.epoch, order_hash)
        if known.state in ("waiting", "held"):
            behind_row = lines_records.load_line(tx, known.peer_out)
            sides = Sides(line, row, self._between.by_id(known.peer_out), behind_row)
            self._between.settle(tx, known, sides, item, is_paid=item.startswith(_IS_FULFIL))
            records.see_end(tx, order_hash, is_seen=False)
            lines_records.save_line(tx, behind_row)
        return True

    def was_ended(self, tx: Tx, line: Line, row: LineRow, came: Came) -> bool:
        """What the ring behind us said. -> whether the order was passed on along this line."""
        known = self._between.carried(tx, line, came.item.order_hash)
        if known is None:
            return False
        is_seen = known.is_end_unseen and claims(came.item) == (known.state == "posted")
        if known.state == "held" or is_seen or (claims(came.item) and may_be_borne(known)):
            self._between.ended(tx, line, row, known, came)
            save_rows(tx)
        return True

    def close_half(self, tx: Tx) -> None:
        """Orders of which only the edge towards the payee came back: no new offers on the line of the other."""
        for carried in records.load_half(tx):
            row = lines_records.load_line(tx, carried.peer_in)
            row.closed = EDGE_MISSING
            lines_records.save_line(tx, row)
