# SPDX-License-Identifier: AGPL-3.0-or-later
"""Own orders and decisions that came back are booked again: on the member if that is known and possible.

What cannot be attributed, or would take a member below the floor, stands on the community account `recovered` until
the office assigns it.
"""

from __future__ import annotations

from typing import NamedTuple

from ringtausch_node import booking
from ringtausch_node.clock import Clock
from ringtausch_node.federation.frames.notes import Asked, Memory, Note, key_of, read_note
from ringtausch_node.federation.frames.sealing import decode_boxes
from ringtausch_node.federation.line.identity import RingIdentity
from ringtausch_node.federation.line.lines import Line
from ringtausch_node.federation.line.model import LineRow, OrderIn, OrderOut, Payees
from ringtausch_node.federation.orders import ends, round_trip
from ringtausch_node.federation.orders import records as orders
from ringtausch_node.federation.orders.own_cost import recovered_account
from ringtausch_node.federation.orders.payee import open_box
from ringtausch_node.federation.recovery import attempts
from ringtausch_node.federation.recovery import records as kept
from ringtausch_node.federation.recovery.records import RecoveredOrder
from ringtausch_node.ids import Ids
from ringtausch_node.ledger import service as ledger
from ringtausch_node.ledger.model import LimitPolicy
from ringtausch_node.store import Tx
from ringtausch_protocol import canonical, frames, limits
from ringtausch_protocol.documents import OrderBox
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.frames import Header
from ringtausch_protocol.items import Decision, Offer, Order, item_hash, parse_item
from ringtausch_protocol.posts import Beside

_FACTS = LimitPolicy("warn", "warn")


class Placed(NamedTuple):
    """An item at its place in a frame that came back, with the box and the note beside it."""

    header: Header
    place: int
    data: bytes
    box: str | None
    note: str | None


class Bookings:
    """Books what came back; all inside the writer's transaction. No limit is asked."""

    def __init__(self, *, identity: RingIdentity, clock: Clock, ids: Ids, payees: Payees, memory: Memory) -> None:
        self._identity, self._clock, self._ids = identity, clock, ids
        self._payees, self._memory = payees, memory

    def ordered(self, tx: Tx, line: Line, row: LineRow, recovery: int, placed: Placed, order: Order) -> None:
        """An order of one of our members is held again: on the member if that is known and possible."""
        payment_id = canonical.unb64(order.payment_id, 16)
        note = self._note(placed)
        known, order_hash, now = orders.load_out(tx, payment_id), item_hash(placed.data), self._clock.now()
        where = placed.header.seq, placed.place
        if known and attempts.moves_nothing(tx, known, order, order_hash, row.peer, where, now):
            return
        has_hold = known is not None and attempts.give_way(tx, row, known, order, now)
        is_round = order.purpose in round_trip.PURPOSES
        if is_round:
            whose: int | None = round_trip.netting_account(tx, now)
        else:
            whose = self._account_of(tx, note) if known is None else known.account
        booked = known.account if known is not None and has_hold else None
        if not has_hold:
            booked = self._hold(tx, row, order, payment_id, known, whose, note, placed.box)
        if known is not None:
            kept.set_way(tx, payment_id, row.peer, path_of(order), order.attempt)
        orders.set_held(tx, [(order.created_at, order_hash, *where, payment_id)])
        if order.purpose == "probe":
            row.probe_at = order.created_at
            return
        row.held_out_seconds += order.amount_seconds
        row.held_out_count += 1
        if is_round:
            return  # no member's hours
        self._remember(tx, line, order, payment_id, booked, note)
        found = RecoveredOrder(order_hash, "payer", row.peer, order.amount_seconds, whose, booked)
        kept.note_order(tx, recovery, found)

    def _remember(
        self, tx: Tx, line: Line, order: Order, payment_id: bytes, booked: int | None, note: Note | None
    ) -> None:
        """The payment is found again under its id, and paid once however often its program asks."""
        asked = Asked(
            payment_id, booked or recovered_account(tx, self._clock.now()), line.peer.address, order.amount_seconds,
            order.created_at, order.invoice_hash, canonical.unb64(order.refund_of, 16) if order.refund_of else None,
        )  # fmt: skip
        self._memory.restore(tx, asked, note.remembered if note else None)

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
            made = _row_of(order, row.peer, payment_id, account, hold_id, box)
            orders.insert_out(tx, made._replace(payer_salt=salts[0], memo_salt=salts[1]))
        return account

    def _bearer(self, tx: Tx, whose: int | None, amount_seconds: int) -> int:
        """The member's account, unless nobody knows it or it has been spent meanwhile."""
        if whose is not None:
            found = ledger.account(tx, whose)
            if found.min_seconds is None or found.available_seconds - amount_seconds >= found.min_seconds:
                return whose
        return recovered_account(tx, self._clock.now())

    def decided(self, tx: Tx, line: Line, row: LineRow, recovery: int, placed: Placed, decision: Decision) -> None:
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
        if known.purpose in round_trip.PURPOSES:
            account = round_trip.netting_account(tx, self._clock.now())
            transfer_id = self._credit(tx, line, known, account)
            kept.decide_in(tx, known.order_hash, "posted", None, account, transfer_id, decision.decided_at)
            return
        order, box = self._box_of(tx, line, known)
        whose = self._account_of(tx, self._note(placed)) or self._payee_of(tx, known, box)
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
        found = order_that_came(tx, line.names.epoch, known)
        assert found is not None  # it came before the decision
        order, sealed = found
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
        booking.book(
            tx, transfer_id=transfer_id, debit=line.peer.clearing_account, credit=account,
            amount_seconds=known.amount_seconds,
            kind=round_trip.kind_of(known.purpose, "received"), at=now,
            payment_id=known.payment_id, salt=salt, policy=_FACTS, guard=False,
        )  # fmt: skip
        return transfer_id

    def _note(self, placed: Placed) -> Note | None:
        return read_note(self._identity, placed.data, placed.note) if placed.note else None

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


def order_that_came(tx: Tx, epoch: str, known: OrderIn) -> tuple[Order, str | None] | None:
    """An order as the peer's frame has it, and the box beside it; None for one that came in another epoch."""
    for frame in kept.load_theirs(tx, known.peer, epoch, known.seq - 1, 1):
        _, items = frames.frame_of_entry(frame.entry)
        for data in items[known.idx : known.idx + 1]:
            signed, order = _order_in(data)
            if order is not None and item_hash(signed) == known.order_hash:
                return order, at(decode_boxes(known.seq, frame.boxes), known.idx)
    return None


def _order_in(data: bytes) -> tuple[bytes, Order | None]:
    """An order, or the one that an offer hands on, with its bytes; None for anything else."""
    try:
        item = parse_item(data)
        if isinstance(item, Offer):
            return bytes(item.order.item), ends.inner_order(item.order)
    except RemoteError:
        return data, None
    return data, item if isinstance(item, Order) else None


def _row_of(
    order: Order, peer: int, payment_id: bytes, account: int | None, hold_id: bytes | None, box: str | None
) -> OrderOut:
    """The row of an order as it was before it was signed."""
    return OrderOut(
        payment_id=payment_id, peer=peer, state="queued", purpose=order.purpose,
        amount_seconds=order.amount_seconds, account=account, hold_id=hold_id, created_at=order.created_at,
        deadline_at=order.deadline_at, invoice_hash=order.invoice_hash,
        refund_of=canonical.unb64(order.refund_of, 16) if order.refund_of else None, payer_commit=order.payer_commit,
        memo_commit=order.memo_commit, box=canonical.unb64(box, None) if box else None, order_hash=None, seq=None,
        idx=None, code=None, transfer_id=None, ended_at=None, cancel_asked=0,
        path=path_of(order), attempt=order.attempt,
    )  # fmt: skip


def path_of(order: Order) -> str | None:
    """The way of an order as its row has it."""
    return " ".join(order.path) if len(order.path) > 2 else None


def _salts(note: Note | None) -> tuple[bytes | None, bytes | None]:
    if note is None or note.payer_salt is None or note.memo_salt is None:
        return None, None
    return canonical.unb64(note.payer_salt, 16), canonical.unb64(note.memo_salt, 16)


def at(beside: tuple[Beside, ...], index: int) -> str | None:
    """The box or note of one item."""
    return next((each.sealed for each in beside if each.index == index), None)
