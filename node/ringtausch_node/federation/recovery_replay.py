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
from ringtausch_node.federation import orders, records
from ringtausch_node.federation import recovery_records as kept
from ringtausch_node.federation.hello import hash_at, newest_head
from ringtausch_node.federation.identity import RingIdentity
from ringtausch_node.federation.lines import Line
from ringtausch_node.federation.model import IN, OUT, FrameRow, LineRow, OrderIn, OrderOut, Payees, Purpose
from ringtausch_node.federation.notes import Note, key_of, read_note
from ringtausch_node.federation.payee import content_of, decision_item, open_box
from ringtausch_node.federation.payer import Payer
from ringtausch_node.federation.recovery_records import RecoveredOrder
from ringtausch_node.federation.sealing import decode_boxes, encode_boxes
from ringtausch_node.federation.terms import LineLife
from ringtausch_node.ids import Ids
from ringtausch_node.ledger import service as ledger
from ringtausch_node.ledger.model import LimitPolicy
from ringtausch_node.store import Tx
from ringtausch_node.translog import service as translog
from ringtausch_protocol import canonical, channel, frames, limits
from ringtausch_protocol.documents import OrderBox
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.frames import (
    AnyItem,
    Beside,
    Cancel,
    Decision,
    DocumentItem,
    Frame,
    Header,
    Kept,
    Order,
    RecoverAnswer,
    Reject,
)
from ringtausch_protocol.frames import Line as LineItem

#: The community account for hours that nobody could attribute.
RECOVERED_KEY = "recovered"
#: Why a payment that waited in an old copy was not made.
DROPPED_CODE = "restored"
#: How an order is refused that came back without our decision: its payer may try again.
UNDECIDED_CODE = "busy"
_FACTS = LimitPolicy("warn", "warn")


class Returned(NamedTuple):
    """A frame that came back, verified as bytes; `notes` by index."""

    is_own: bool
    frame: Frame
    items: list[tuple[bytes, AnyItem | None]]
    boxes: tuple[Beside, ...]
    notes: tuple[Beside, ...]

    @property
    def changes_terms(self) -> bool:
        """Whether the next frame must be read under terms that this one brings."""
        return any(isinstance(item, DocumentItem) for _, item in self.items)


class Placed(NamedTuple):
    """An item at its place in a frame that came back."""

    header: Header
    place: int
    data: bytes


def read_page(line: Line, identity: RingIdentity, answer: RecoverAnswer) -> list[Returned]:
    """Verify what came back: our frames under our own card, theirs under theirs; outside the writer.

    Raises RemoteError: bad_signature, unknown_key, bad_proof, wrong_ring, wrong_net, wrong_epoch, malformed.
    """
    return [_read(line, identity, given) for given in answer.frames]


def _read(line: Line, identity: RingIdentity, given: Kept) -> Returned:
    is_own, names = given.whose == "yours", line.names
    keys = identity.own.frame_keys if is_own else line.card.frame_keys
    frame = frames.parse_frame(bytes(given.header), [bytes(item) for item in given.items], keys)
    header = frame.header
    sides = channel.Names(names.net, names.peer, names.me, names.epoch) if is_own else names
    channel.verify_names(sides, header.net, header.from_, header.to, header.epoch)
    boxes = tuple(box for box in given.boxes if box.seq == header.seq and box.index < header.count)
    notes = tuple(note for note in given.notes if note.seq == header.seq and note.index < header.count)
    return Returned(is_own, frame, [(data, _parse(data)) for data in frame.items], boxes, notes)


def _parse(data: bytes) -> AnyItem | None:
    """An item that could not be used then cannot be used now."""
    try:
        return frames.parse_item(data)
    except RemoteError:
        return None


class Replay:
    """Applies frames of both chains in the order given; all inside the writer's transaction."""

    def __init__(
        self, *, identity: RingIdentity, clock: Clock, ids: Ids, payer: Payer, life: LineLife, payees: Payees
    ) -> None:
        self._identity, self._clock, self._ids = identity, clock, ids
        self._payer, self._life, self._payees = payer, life, payees

    def apply(self, tx: Tx, line: Line, recovery: int, page: list[Returned]) -> None:
        """Apply frames of one line. Raises RemoteError where they do not follow what is held: nothing is applied."""
        row = records.load_line(tx, line.peer.id)
        for back in page:
            self._store(tx, line, row, back)
            items: Iterator[tuple[Placed, AnyItem | None]] = (
                (Placed(back.frame.header, index, data), item) for index, (data, item) in enumerate(back.items)
            )
            for placed, item in items:
                if back.is_own:
                    self._own_item(tx, line, row, recovery, placed, item, back)
                else:
                    self._their_item(tx, line, row, recovery, placed, item)
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
        header, peer = back.frame.header, line.peer.id
        direction = OUT if back.is_own else IN
        card = self._identity.own.hash if back.is_own else line.card.hash
        leaf = translog.append(tx, back.frame.entry())
        found = FrameRow(header.seq, header.boot, card, back.frame.hash, leaf, encode_boxes(back.boxes))
        records.insert_frame(tx, peer, direction, header.epoch, found)
        notes = encode_boxes(back.notes) if back.is_own else b""
        records.insert_notes(tx, peer, direction, header.epoch, header.seq, notes, self._clock.now())

    # -- our own frames ----------------------------------------------------------------------------------------------

    def _own_item(
        self, tx: Tx, line: Line, row: LineRow, recovery: int, placed: Placed, item: AnyItem | None, back: Returned
    ) -> None:
        kept.take_waiting_item(tx, row.peer, placed.data)
        match item:
            case Order() as order:
                self._ordered(tx, row, recovery, placed, order, back)
            case Decision() as decision:
                self._decided(tx, line, row, recovery, placed, decision, back)
            case Cancel() as cancel:
                asked = orders.load_out_by_hash(tx, cancel.order_hash)
                if asked is not None:
                    orders.ask_cancel(tx, asked.payment_id)
            case LineItem() | DocumentItem():
                self._life.replay(tx, line, row, item)
            case _:
                pass

    def _ordered(self, tx: Tx, row: LineRow, recovery: int, placed: Placed, order: Order, back: Returned) -> None:
        """An order of one of our members is held again: on the member if that is known and possible."""
        payment_id = canonical.unb64(order.payment_id, 16)
        note = self._note(back.notes, placed)
        known = orders.load_out(tx, payment_id)
        whose = self._account_of(tx, note) if known is None else known.account
        booked = known.account if known is not None and known.state == "queued" else None
        if known is None or known.state != "queued":
            booked = self._hold(tx, row, order, payment_id, known, whose, note, _at(back.boxes, placed.place))
        order_hash = frames.item_hash(placed.data)
        orders.set_held(tx, [(order.created_at, order_hash, placed.header.seq, placed.place, payment_id)])
        if order.purpose == "probe":
            row.probe_at = order.created_at
            return
        row.held_out_seconds += order.amount_seconds
        row.held_out_count += 1
        found = RecoveredOrder(order_hash, "payer", row.peer, order.amount_seconds, whose, booked)
        kept.note_order(tx, recovery, found)

    def _hold(
        self, tx: Tx, row: LineRow, order: Order, payment_id: bytes, known: OrderOut | None, whose: int | None,
        note: Note | None, box: str | None,
    ) -> int | None:  # fmt: skip
        """Reserve the amount again, and make the order's row if this copy has none. -> the account that bears it."""
        account: int | None = None
        hold_id: bytes | None = None
        if order.purpose != "probe":
            account, hold_id = self._bearer(tx, whose, order.amount_seconds), self._ids.uuid7()
            ledger.hold(
                tx, hold_id=hold_id, account_id=account, amount_seconds=order.amount_seconds, at=self._clock.now(),
                policy=_FACTS, guard=False,
            )  # fmt: skip
        salts = _salts(note)
        if known is not None:
            kept.hold_again(tx, payment_id, account, hold_id, salts)
        else:
            orders.insert_out(tx, _row_of(order, row.peer, payment_id, account, hold_id, box), *salts)
        return account

    def _bearer(self, tx: Tx, whose: int | None, amount_seconds: int) -> int:
        """The member's account, unless nobody knows it or it has been spent meanwhile."""
        if whose is not None:
            found = ledger.account(tx, whose)
            if found.min_seconds is None or found.available_seconds - amount_seconds >= found.min_seconds:
                return whose
        return recovered_account(tx, self._clock.now())

    def _decided(
        self, tx: Tx, line: Line, row: LineRow, recovery: int, placed: Placed, decision: Decision, back: Returned
    ) -> None:
        """A decision of ours is booked again: credited to the payee if that is known."""
        known = orders.load_in(tx, decision.order_hash)
        if known is None and decision.outcome == "paid":
            raise RemoteError("unknown_order", decision.order_hash)
        if known is None or known.state != "waiting":
            return  # an offer that was not passed on, or decided in this copy already
        if decision.outcome == "refused" or known.purpose == "probe":
            state = "posted" if decision.outcome == "paid" else "released"
            kept.decide_in(tx, known.order_hash, state, decision.code, None, None, decision.decided_at)
            return
        order, box = self._box_of(tx, line, known)
        whose = self._account_of(tx, self._note(back.notes, placed)) or self._payee_of(tx, known, box)
        booked = whose if whose is not None else recovered_account(tx, self._clock.now())
        transfer_id = self._credit(tx, line, known, booked)
        kept.decide_in(tx, known.order_hash, "posted", None, booked, transfer_id, decision.decided_at)
        if box is not None:
            salts = (canonical.unb64(box.payer_salt, 16), canonical.unb64(box.memo_salt, 16))
            kept.name_payer(tx, known.order_hash, box.payer, box.memo, salts)
        if order.invoice_hash is not None:
            orders.pay_invoice(tx, order.invoice_hash, known.order_hash)
        found = RecoveredOrder(known.order_hash, "payee", row.peer, known.amount_seconds, whose, booked)
        kept.note_order(tx, recovery, found)

    def _box_of(self, tx: Tx, line: Line, known: OrderIn) -> tuple[Order, OrderBox | None]:
        """The order that a decision is of, and what its box says, from the peer's frame."""
        frame = kept.load_theirs(tx, line.peer.id, line.names.epoch, known.seq - 1, 1)[0]
        _, items = frames.frame_of_entry(frame.entry)
        order = frames.parse_item(items[known.idx])
        assert isinstance(order, Order)  # its hash named it
        sealed = _at(decode_boxes(known.seq, frame.boxes), known.idx)
        data = canonical.unb64(sealed, None) if sealed else None
        return order, open_box(order, data, self._identity.seal_key, self._identity.net).box

    def _payee_of(self, tx: Tx, known: OrderIn, box: OrderBox | None) -> int | None:
        if known.refund_of is not None:
            original = orders.load_out(tx, known.refund_of)
            return original.account if original else None
        payee = self._payees.payee(tx, box.payee) if box else None
        return payee.account if payee else None

    def _credit(self, tx: Tx, line: Line, known: OrderIn, account: int) -> bytes:
        transfer_id, salt, now = self._ids.uuid7(), self._ids.random(limits.SALT_BYTES), self._clock.now()
        ledger.post(
            tx, transfer_id=transfer_id, debit=line.peer.clearing_account, credit=account,
            amount_seconds=known.amount_seconds, kind="received", at=now, payment_id=known.payment_id, salt=salt,
            policy=_FACTS, guard=False,
        )  # fmt: skip
        leaf = translog.booking_leaf(
            transfer_id=transfer_id, debit=line.peer.clearing_account, credit=account,
            amount_seconds=known.amount_seconds, at=now, salt=salt,
        )  # fmt: skip
        translog.append_later(tx, leaf)
        return transfer_id

    # -- the peer's frames -------------------------------------------------------------------------------------------

    def _their_item(
        self, tx: Tx, line: Line, row: LineRow, recovery: int, placed: Placed, item: AnyItem | None
    ) -> None:
        match item:
            case Order() as order:
                self._was_ordered(tx, row, placed, order)
            case Decision() as decision:
                self._was_decided(tx, line, row, recovery, placed, decision)
            case LineItem() as said:
                self._life.heard_line(tx, line, row, said)
            case DocumentItem() as document:
                self._life.heard_document(tx, line, row, document)
            case Reject() as reject:
                records.keep_evidence(tx, row.peer, "rejected", frames.encode_item(reject), self._clock.now())
            case _:
                pass

    def _was_ordered(self, tx: Tx, row: LineRow, placed: Placed, order: Order) -> None:
        """An order of the peer: what we decided stands in a frame of ours that follows."""
        order_hash = frames.item_hash(placed.data)
        if orders.load_in(tx, order_hash) is not None:
            return
        waiting = OrderIn(
            order_hash=order_hash, payer_ring=order.path[0], payment_id=canonical.unb64(order.payment_id, 16),
            peer=row.peer, state="waiting", purpose=order.purpose, amount_seconds=order.amount_seconds, account=None,
            seq=placed.header.seq, idx=placed.place, code=None, content=content_of(order), transfer_id=None,
            decided_at=None, refund_of=canonical.unb64(order.refund_of, 16) if order.refund_of else None,
        )  # fmt: skip
        orders.insert_in(tx, waiting, None, None, None)

    def _was_decided(self, tx: Tx, line: Line, row: LineRow, recovery: int, placed: Placed, decision: Decision) -> None:
        order = orders.load_out_by_hash(tx, decision.order_hash)
        try:
            self._payer.decided(tx, line, row, placed.header, placed.data, decision)
        except RemoteError as bad:
            records.keep_evidence(tx, row.peer, bad.code, placed.data, self._clock.now())
            row.closed = bad.code
            return
        if order is not None and order.account is not None and decision.outcome == "paid":
            found = RecoveredOrder(
                decision.order_hash, "payer", row.peer, order.amount_seconds, order.account, order.account
            )
            kept.note_order(tx, recovery, found)

    # -- whose -------------------------------------------------------------------------------------------------------

    def _note(self, notes: tuple[Beside, ...], placed: Placed) -> Note | None:
        sealed = _at(notes, placed.place)
        return read_note(self._identity, placed.data, sealed) if sealed else None

    def _account_of(self, tx: Tx, note: Note | None) -> int | None:
        """The account that a note means. A member who joined after the copy may have got another number since."""
        if note is None:
            return None
        found = ledger.find_account(tx, note.account)
        if found is not None and key_of(found.key) == note.key:
            return found.id
        after = 0
        while page := ledger.accounts(tx, "member", after_id=after):
            for account in page:
                if key_of(account.key) == note.key:
                    return account.id
            after = page[-1].id
        return None

    # -- the end -----------------------------------------------------------------------------------------------------

    def drop_queued(self, tx: Tx) -> int:
        """Payments that waited in the copy are not made: their members may have thought better of it. -> how many."""
        now, queued = self._clock.now(), kept.load_queued_out(tx)
        for payment_id, hold_id in queued:
            if hold_id is not None:
                ledger.release(tx, hold_id, now)
            orders.end_out(tx, payment_id, "cancelled", DROPPED_CODE, None, now)
            tx.collect("ended", payment_id)
        return len(queued)

    def refuse_undecided(self, tx: Tx, lines: Mapping[int, Line]) -> None:
        """Orders that we had received and whose answer nobody has: the frame with it never left."""
        now = self._clock.now()
        for order_hash in kept.load_undecided_in(tx):
            kept.decide_in(tx, order_hash, "released", UNDECIDED_CODE, None, None, now)
            decided = orders.load_in(tx, order_hash)
            if decided is not None and decided.peer in lines:
                line = lines[decided.peer]
                tx.collect("item", (line, frames.encode_item(decision_item(decided, line))))
                tx.collect("line", line)


def recovered_account(tx: Tx, at: int) -> int:
    """The community account for hours that nobody could attribute; opened when the first are."""
    known = ledger.account_by_key(tx, RECOVERED_KEY)
    return known.id if known else ledger.open_account(tx, kind="recovered", key=RECOVERED_KEY, at=at)


def _row_of(
    order: Order, peer: int, payment_id: bytes, account: int | None, hold_id: bytes | None, box: str | None
) -> OrderOut:
    """The row of an order as it was before it was signed."""
    return OrderOut(
        payment_id=payment_id, peer=peer, state="queued", purpose=_purpose(order),
        amount_seconds=order.amount_seconds, account=account, hold_id=hold_id, created_at=order.created_at,
        deadline_at=order.deadline_at, invoice_hash=order.invoice_hash,
        refund_of=canonical.unb64(order.refund_of, 16) if order.refund_of else None, payer_commit=order.payer_commit,
        memo_commit=order.memo_commit, box=canonical.unb64(box, None) if box else None, order_hash=None, seq=None,
        idx=None, code=None, transfer_id=None, ended_at=None, cancel_asked=0,
    )  # fmt: skip


def _purpose(order: Order) -> Purpose:
    if order.purpose == "netting":
        raise RemoteError("unsupported", "netting")
    return order.purpose


def _salts(note: Note | None) -> tuple[bytes | None, bytes | None]:
    if note is None or note.payer_salt is None or note.memo_salt is None:
        return None, None
    return canonical.unb64(note.payer_salt, 16), canonical.unb64(note.memo_salt, 16)


def _at(beside: tuple[Beside, ...], index: int) -> str | None:
    """The box or note of one item."""
    return next((each.sealed for each in beside if each.index == index), None)
