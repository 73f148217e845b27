# SPDX-License-Identifier: AGPL-3.0-or-later
"""Replay of frames that came back: they are facts, and no limit, floor or deadline refuses a fact (SPEC.md 6.8).

Everything was checked when it happened; here only signatures, places in the chains and acks are. What cannot be
attributed, or would take a member below the floor, stands on the community account `recovered` until the office
assigns it. Nothing is signed and nothing is answered: the answers are frames of the other direction.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ringtausch_node.clock import Clock
from ringtausch_node.federation.agreement.terms import LineLife
from ringtausch_node.federation.frames.notes import Memory
from ringtausch_node.federation.frames.receiver import open_frame
from ringtausch_node.federation.frames.sealing import encode_boxes
from ringtausch_node.federation.line import records
from ringtausch_node.federation.line.heads import newest_head
from ringtausch_node.federation.line.identity import RingIdentity
from ringtausch_node.federation.line.lines import Line, hash_at
from ringtausch_node.federation.line.model import IN, OUT, FrameRow, LineRow, OrderIn, Payees
from ringtausch_node.federation.mail.service import Mail
from ringtausch_node.federation.orders import records as orders
from ringtausch_node.federation.orders import strangers
from ringtausch_node.federation.orders.between import Between
from ringtausch_node.federation.orders.ends import Came, claims
from ringtausch_node.federation.orders.payee import content_of, decision_item
from ringtausch_node.federation.orders.payer import Payer
from ringtausch_node.federation.recovery import records as kept
from ringtausch_node.federation.recovery.bookings import Bookings, Placed, at
from ringtausch_node.federation.recovery.passing import BetweenAgain
from ringtausch_node.federation.recovery.records import RecoveredOrder
from ringtausch_node.federation.statements import reading
from ringtausch_node.federation.statements.service import Statements
from ringtausch_node.ids import Ids
from ringtausch_node.ledger import service as ledger
from ringtausch_node.store import Tx
from ringtausch_node.translog import service as translog
from ringtausch_protocol import canonical, channel, envelope, frames
from ringtausch_protocol.cards import Card, Place, is_counted
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.frames import Frame
from ringtausch_protocol.items import (
    AnyItem,
    Cancel,
    Decision,
    DocumentItem,
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
from ringtausch_protocol.posts import Beside, Kept, RecoverAnswer

#: Why a payment that waited in an old copy was not made.
DROPPED_CODE = "restored"
#: How an order is refused that came back without our decision: its payer may try again.
UNDECIDED_CODE = "busy"


class Returned(NamedTuple):
    """A frame that came back, verified as bytes under the card with this hash; `notes` by index."""

    is_own: bool
    card: str
    frame: Frame
    items: list[tuple[bytes, AnyItem | None]]
    boxes: tuple[Beside, ...]
    notes: tuple[Beside, ...]

    @property
    def changes_terms(self) -> bool:
        """Whether the next frame must be read under terms that this one brings."""
        return any(isinstance(item, DocumentItem) for _, item in self.items)


def read_page(line: Line, identity: RingIdentity, answer: RecoverAnswer) -> list[Returned]:
    """Verify what came back: our frames under our own cards, theirs under theirs; outside the writer.

    Raises RemoteError: bad_signature, unknown_key, bad_proof, wrong_ring, wrong_net, wrong_epoch, malformed,
    revoked_key (a frame in our name beyond the place up to which we stand for its key).
    """
    return [_read(line, identity, given) for given in answer.frames]


def _read(line: Line, identity: RingIdentity, given: Kept) -> Returned:
    is_own, names = given.whose == "yours", line.names
    signed, items = bytes(given.header), [bytes(item) for item in given.items]
    if is_own:
        card, frame = _open_own(line, identity, signed, items)
    else:
        frame = open_frame(line, signed, items)
        card = line.card_at(frame.header.seq) or line.card
    header = frame.header
    sides = channel.Names(names.net, names.peer, names.me, names.epoch) if is_own else names
    channel.verify_names(sides, header.net, header.from_, header.to, header.epoch)
    boxes = tuple(box for box in given.boxes if box.seq == header.seq and box.index < header.count)
    notes = tuple(note for note in given.notes if note.seq == header.seq and note.index < header.count)
    return Returned(is_own, card.hash, frame, [(data, _parse(data)) for data in frame.items], boxes, notes)


def _open_own(line: Line, identity: RingIdentity, signed: bytes, items: list[bytes]) -> tuple[Card, Frame]:
    """A frame in our own name: under one of our cards, and not beyond the end of a key that we revoked."""
    chain, name = identity.cards.chain, envelope.signer_of(signed)
    card = next((each for each in chain if name in each.frame_keys), identity.own)
    frame = frames.parse_frame(signed, items, card.frame_keys)
    header = frame.header
    place = Place(name, header.head.log, header.head.size, header.to, header.epoch, header.seq)
    if not is_counted(identity.own, place, in_own_channel=True):
        raise RemoteError("revoked_key", f"a frame in our name at {header.seq}, {line.peer.address}")
    return card, frame


def _parse(data: bytes) -> AnyItem | None:
    """An item that could not be used then cannot be used now."""
    try:
        return parse_item(data)
    except RemoteError:
        return None


class Replay:
    """Applies frames of both chains in the order given; all inside the writer's transaction."""

    def __init__(
        self, *, identity: RingIdentity, clock: Clock, ids: Ids, payer: Payer, life: LineLife, payees: Payees,
        memory: Memory, mail: Mail, statements: Statements, between: Between,
    ) -> None:  # fmt: skip
        self._clock, self._mail, self._statements = clock, mail, statements
        self._between = BetweenAgain(between)
        self._payer, self._life = payer, life
        self._bookings = Bookings(identity=identity, clock=clock, ids=ids, payees=payees, memory=memory)

    def apply(self, tx: Tx, line: Line, recovery: int, page: list[Returned]) -> None:
        """Apply frames of one line. Raises RemoteError where they do not follow what is held: nothing is applied."""
        row = records.load_line(tx, line.peer.id)
        for back in page:
            self._store(tx, line, row, back)
            items: Iterator[tuple[Placed, AnyItem | None]] = (
                (_placed(back, index, data), item) for index, (data, item) in enumerate(back.items)
            )
            for placed, item in items:
                if back.is_own:
                    self._own_item(tx, line, row, recovery, placed, item)
                else:
                    self._their_item(tx, line, row, recovery, back, placed, item)
        records.save_line(tx, row)
        kept.count_frames(tx, recovery, line.peer.id, len(page))

    # -- chains ------------------------------------------------------------------------------------------------------

    def _store(self, tx: Tx, line: Line, row: LineRow, back: Returned) -> None:
        """Check the place of a frame in its chain, and log it again."""
        header, is_own = back.frame.header, back.is_own
        reached = (row.own_seq, row.own_hash) if is_own else (row.peer_seq, row.peer_hash)
        if (header.seq, header.prev) != (reached[0] + 1, reached[1]):
            raise RemoteError("wrong_prev", "a frame that came back")
        if hash_at(tx, line, IN if is_own else OUT, header.ack_seq) != header.ack_hash:
            raise RemoteError("bad_ack", "a frame that came back")
        if not is_own and (line.fence is None or line.fence.boot_at(header.seq) != header.boot):
            raise RemoteError("fenced", "a frame that came back")
        self._insert(tx, line, back)
        if is_own:
            row.own_seq, row.own_hash = header.seq, back.frame.hash
        else:
            row.peer_seq, row.peer_hash = header.seq, back.frame.hash
            row.acked_seq = max(row.acked_seq, header.ack_seq)
            row.peer_head = newest_head(row.peer_head, header.head)

    def _insert(self, tx: Tx, line: Line, back: Returned) -> None:
        header, peer, direction = back.frame.header, line.peer.id, OUT if back.is_own else IN
        leaf, notes = translog.append(tx, back.frame.entry()), encode_boxes(back.notes) if back.is_own else b""
        found = FrameRow(header.seq, header.boot, back.card, back.frame.hash, leaf, encode_boxes(back.boxes))
        records.insert_frame(tx, peer, direction, header.epoch, found)
        records.insert_notes(tx, peer, direction, header.epoch, header.seq, notes, self._clock.now())

    # -- our own frames ----------------------------------------------------------------------------------------------

    def _own_item(self, tx: Tx, line: Line, row: LineRow, recovery: int, placed: Placed, item: AnyItem | None) -> None:
        kept.take_waiting_item(tx, row.peer, placed.data)
        if self._between.own_item(tx, line, row, placed, item):
            return
        match item:
            case Order() as order:
                self._bookings.ordered(tx, line, row, recovery, placed, order)
            case Decision() as decision:
                orders.note_answered(tx, row.peer, line.names.epoch, decision.order_hash)
                self._bookings.decided(tx, line, row, recovery, placed, decision)
            case Cancel() as cancel:
                asked = orders.load_out_by_hash(tx, cancel.order_hash)
                if asked is not None:
                    orders.ask_cancel(tx, asked.payment_id)
            case DocumentItem(type_=reading.KIND, envelope=signed):
                self._statements.came_back(tx, line, row, bytes(signed))
            case LineItem() | DocumentItem():
                self._life.replay(tx, line, row, item)
            case Message() as message:
                self._mail.came_back(tx, line, placed.header, placed.place, message)
            case _:
                pass

    # -- the peer's frames -------------------------------------------------------------------------------------------

    def _their_item(
        self, tx: Tx, line: Line, row: LineRow, recovery: int, back: Returned, placed: Placed, item: AnyItem | None
    ) -> None:
        match item:
            case Order() | Offer() as ordered:
                self._was_ordered(tx, line, row, back, placed, ordered)
            case Decision() | Fulfil() | Release() as end:
                self._was_ended(tx, line, row, recovery, Came(back.frame, placed.place, placed.data, end))
            case Cancel() as cancel:
                self._between.was_wanted_back(tx, line, cancel)
            case LineItem() as said:
                self._life.heard_line(tx, line, row, said)
            case DocumentItem(type_=reading.KIND, envelope=signed):
                self._statements.heard_again(tx, line, row, bytes(signed))
            case DocumentItem(type_=strangers.CARD, envelope=signed):
                self._between.strangers.heard(tx, bytes(signed))
            case DocumentItem() as document:
                self._life.heard_document(tx, line, row, document)
            case Message() as message:
                box = None if placed.box is None else canonical.unb64(placed.box, None)
                self._mail.heard_again(tx, line, placed.header, placed.place, message, box)
            case Reject() as reject:
                records.keep_evidence(tx, row.peer, "rejected", encode_item(reject), self._clock.now())
                self._mail.rejected(tx, line, reject)
            case _:
                pass

    def _was_ordered(
        self, tx: Tx, line: Line, row: LineRow, back: Returned, placed: Placed, item: Order | Offer
    ) -> None:
        """An order from the peer: what we decided, or passed on, stands in a frame of ours that follows."""
        came = self._between.was_offered(tx, line, row, back.frame, placed, item)
        if came is None or orders.load_in(tx, came.order_hash) is not None:
            return
        order, order_hash = came.order, came.order_hash
        waiting = OrderIn(
            order_hash=order_hash, payer_ring=order.path[0], payment_id=canonical.unb64(order.payment_id, 16),
            peer=row.peer, state="waiting", purpose=order.purpose, amount_seconds=order.amount_seconds, account=None,
            seq=placed.header.seq, idx=placed.place, code=None, content=content_of(order), transfer_id=None,
            decided_at=None, refund_of=canonical.unb64(order.refund_of, 16) if order.refund_of else None,
            place=came.place,
        )  # fmt: skip
        orders.insert_in(tx, waiting, None, None, None)

    def _was_ended(self, tx: Tx, line: Line, row: LineRow, recovery: int, came: Came) -> None:
        order = orders.load_out_by_hash(tx, came.item.order_hash)
        try:
            if self._between.was_ended(tx, line, row, came):
                return
            self._payer.ended(tx, line, row, came, is_news=False)
        except RemoteError as bad:
            records.keep_evidence(tx, row.peer, bad.code, came.data, self._clock.now())
            row.closed = bad.code
            return
        if order is not None and order.purpose in ("transfer", "refund") and order.account and claims(came.item):
            found = RecoveredOrder(
                came.item.order_hash, "payer", row.peer, order.amount_seconds, order.account, order.account
            )
            kept.note_order(tx, recovery, found)

    # -- the end -----------------------------------------------------------------------------------------------------

    def drop_queued(self, tx: Tx, now: int) -> int:
        """Payments that waited in the copy are not made: their members may have thought better of it. -> how many.

        `now` is the end of the recovery: by it `kept.load_dropped` finds them again.
        """
        queued = kept.load_queued_out(tx)
        for payment_id, hold_id in queued:
            if hold_id is not None:
                ledger.release(tx, hold_id, now)
            orders.end_out(tx, payment_id, "cancelled", DROPPED_CODE, None, now)
            tx.collect("ended", payment_id)
        return len(queued)

    def refuse_undecided(self, tx: Tx, lines: Mapping[int, Line]) -> None:
        """Orders that we had received and whose answer nobody has: the frame with it never left."""
        self._between.close_half(tx)
        now = self._clock.now()
        for order_hash in kept.load_undecided_in(tx):
            kept.decide_in(tx, order_hash, "released", UNDECIDED_CODE, None, None, now)
            decided = orders.load_in(tx, order_hash)
            if decided is not None and decided.peer in lines:
                line = lines[decided.peer]
                tx.collect("item", (line, encode_item(decision_item(decided, line))))
                tx.collect("line", line)


def _placed(back: Returned, place: int, data: bytes) -> Placed:
    return Placed(back.frame.header, place, data, at(back.boxes, place), at(back.notes, place))
