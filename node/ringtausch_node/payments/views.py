# SPDX-License-Identifier: AGPL-3.0-or-later
"""Looking at a payment: as its payer sees it, and as who received it from another ring does; each with its notes."""

from __future__ import annotations

import msgspec

from ringtausch_node.federation.line.model import OrderOut
from ringtausch_node.federation.orders import records as orders
from ringtausch_node.federation.orders.records import Credited
from ringtausch_node.federation.reset.shown import is_paid_late
from ringtausch_node.federation.service import Federation
from ringtausch_node.members.model import Actor
from ringtausch_node.members.service import Members
from ringtausch_node.payments import note_records, records
from ringtausch_node.payments.model import ENDINGS, STATES, NoteView, PaymentView, payment_text
from ringtausch_node.payments.note_records import TOPIC, Note
from ringtausch_node.payments.records import Payment, by_whom
from ringtausch_node.store import Tx
from ringtausch_protocol.errors import LocalError


class PaymentViews:
    """What people of one ring may see of payments."""

    def __init__(self, members: Members, federation: Federation) -> None:
        self._members, self._federation = members, federation
        self._ring_id = federation.identity.ring_id

    def seen(self, tx: Tx, payment_id: bytes, actor: Actor) -> PaymentView:
        """A payment with its notes, from here or received. Raises LocalError('not_found'), also where it is not yours.

        An id that another ring made up does not hide a payment of ours.
        """
        payment = records.load_payment(tx, payment_id)
        if payment is not None and self.is_readable(tx, payment, actor):
            return self.whole(tx, payment)
        return self.whole(tx, self.received(tx, payment_id, actor)[0])

    def readable(self, tx: Tx, payment_id: bytes, actor: Actor) -> Payment:
        """A payment that was ordered here. Raises LocalError('not_found'), also where it is not yours."""
        payment = records.load_payment(tx, payment_id)
        if payment is None or not self.is_readable(tx, payment, actor):
            raise LocalError("not_found", "payment")
        return payment

    def is_readable(self, tx: Tx, payment: Payment, actor: Actor) -> bool:
        """Whether a payment that was ordered here is this actor's to see."""
        may_read = self._members.rights.may_read
        return may_read(tx, actor, payment.payer) or may_read(tx, actor, payment.payee)

    def received(self, tx: Tx, payment_id: bytes, actor: Actor) -> tuple[Credited, str]:
        """A payment from another ring, and the handle it was credited to. Raises LocalError('not_found')."""
        for credited in orders.load_credited(tx, payment_id):
            member = self._members.member_by_account(tx, credited.account)
            handle = member.handle if member else ""
            if self._members.rights.may_read(tx, actor, handle):
                return credited, handle
        raise LocalError("not_found", "payment")

    def ended(self, tx: Tx, account: int, most: int) -> list[Payment | Credited]:
        """What has ended of an account's payments, from here and received, newest first; `whole` shows each."""
        ours: list[Payment | Credited] = [*records.load_ended(tx, account, most)]
        ours += orders.load_credited_to(tx, account, most)
        return sorted(ours, key=_ended_at, reverse=True)[:most]

    def whole(self, tx: Tx, payment: Payment | Credited) -> PaymentView:
        """A payment with its notes, to somebody of whom the caller knows that it is theirs to see."""
        if isinstance(payment, Payment):
            return self._with_notes(tx, self.view(tx, payment), self._ring_id, payment.id)
        member = self._members.member_by_account(tx, payment.account)
        view = _view_received(payment, member.handle if member else "")
        return self._with_notes(tx, view, payment.payer_ring, payment.payment_id)

    def view(self, tx: Tx, payment: Payment) -> PaymentView:
        """A payment as its payer sees it, without notes."""
        if payment.payee_account is not None:
            return view_of(payment, "paid", None)
        order = self._federation.outgoing.order(tx, payment.id)
        if order is None:
            return view_of(payment, "queued", None)
        via = self._federation.outgoing.via(tx, order)
        view, late = view_of(payment, *state_of(order)), is_paid_late(tx, order)
        return msgspec.structs.replace(view, via=via, asked_back=bool(order.cancel_asked), is_paid_there=late)

    def _with_notes(self, tx: Tx, view: PaymentView, payer_ring: str, payment_id: bytes) -> PaymentView:
        notes = note_records.load_notes(tx, payer_ring, payment_id)
        if not notes:
            return view
        return msgspec.structs.replace(view, notes=[self._note(tx, note) for note in notes])

    def _note(self, tx: Tx, note: Note) -> NoteView:
        state, code = "delivered", None
        if note.actor and note.peer is not None:
            line = self._federation.lines.by_id(note.peer)
            standing = self._federation.mail.standing(tx, line, TOPIC, note.id)
            state, code = standing or ("delivered", None)
        return NoteView(writer=note.writer, text=note.text, at=note.at, state=state, code=code)


def state_of(order: OrderOut) -> tuple[str, str | None]:
    """(state, code) of an order in a member's words. A refusal because of the member's own cancel is a cancel.

    A code that another ring made up, or a later version knows, reads as a plain refusal.
    """
    if order.state != "released":
        return STATES[order.state], order.code
    if order.code == "cancelled":
        return "cancelled", order.code
    return STATES[order.state], order.code if order.code in ENDINGS else "payee_refuses"


def view_of(payment: Payment, state: str, code: str | None) -> PaymentView:
    """A payment that was ordered here, in a given state."""
    return PaymentView(
        payment_id=payment_text(payment.id), state=state, amount_seconds=payment.amount_seconds, from_=payment.payer,
        to=payment.payee, memo=payment.memo, created_at=payment.created_at, code=code,
        warnings=payment.warnings.split(), by=by_whom(payment), payee_name=payment.payee_name,
    )  # fmt: skip


def _ended_at(payment: Payment | Credited) -> int:
    return payment.created_at if isinstance(payment, Payment) else payment.decided_at


def _view_received(credited: Credited, handle: str) -> PaymentView:
    return PaymentView(
        payment_id=payment_text(credited.payment_id), state="paid", amount_seconds=credited.amount_seconds,
        from_=credited.payer or "", to=handle, memo=credited.memo or "", created_at=credited.decided_at,
    )  # fmt: skip
