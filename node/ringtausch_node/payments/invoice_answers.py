# SPDX-License-Identifier: AGPL-3.0-or-later
"""What becomes of an invoice: the payer pays or declines it, the payee reminds him or takes it back."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from ringtausch_node.clock import Clock
from ringtausch_node.federation.service import Federation
from ringtausch_node.ids import Ids
from ringtausch_node.members.model import Actor
from ringtausch_node.members.service import Members
from ringtausch_node.payments import invoice_records as records
from ringtausch_node.payments.invoice_letters import ANSWER, REMINDER, WITHDRAWN
from ringtausch_node.payments.invoice_model import DECLINES, LEFT, REMINDER_SECONDS, InvoiceView
from ringtausch_node.payments.invoice_records import Asked, Written
from ringtausch_node.payments.invoice_views import AnyInvoice, InvoiceViews
from ringtausch_node.payments.model import PayRequest, parse_payment_id
from ringtausch_node.payments.service import Payments
from ringtausch_node.payments.slips import Slips, shortened_memo, verify_slip_of
from ringtausch_node.store import Store, Tx
from ringtausch_protocol.addresses import parse_handle
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.errors import LocalError
from ringtausch_protocol.letters import RequestAnswer, RequestReminder, RequestWithdrawn

#: What changes an invoice, in the writer.
_Change: TypeAlias = Callable[[Tx, AnyInvoice], None]


class _How(NamedTuple):
    """What a payer says beside the invoice: who pays, a number for the payment, that of a slip of paper."""

    payer: str | None
    payment_id: str | None
    slip: str | None


class _ToPay(NamedTuple):
    """What paying an invoice asks for; `is_done`: it is paid already, or a payment is under way."""

    request: PayRequest
    is_done: bool


class InvoiceAnswers:
    """Answers to invoices of one ring. Constructor arguments are the seams of the simulator."""

    def __init__(
        self, *, store: Store, clock: Clock, ids: Ids, members: Members, federation: Federation, views: InvoiceViews,
        payments: Payments, slips: Slips,
    ) -> None:  # fmt: skip
        self._store, self._clock, self._ids = store, clock, ids
        self._members, self._federation = members, federation
        self._views, self._payments, self._slips = views, payments, slips

    async def pay(
        self, invoice_id: str, actor: Actor, *, payer: str | None = None, payment_id: str | None = None,
        slip: str | None = None,
    ) -> InvoiceView:  # fmt: skip
        """Pay an invoice. One that is paid, or whose payment is under way, is shown and not paid again.

        `payer` is needed where the invoice names nobody; the actor if nothing is said. `slip`: the number of the paper
        by which a member asked the office to pay; it names the payment. Raises LocalError: payment_id, address,
        not_found (also where it is not yours), not_allowed (it is for somebody else; a slip outside of the office),
        slip_number, slip (booked before), invoice_closed, and what `Payments.pay` raises.
        """
        wanted = parse_payment_id(invoice_id)
        if slip is not None:
            verify_slip_of(actor, slip)
        how = _How(None if payer is None else parse_handle(payer), payment_id, slip)
        to_pay = await self._store.read(lambda tx: self._to_pay(tx, wanted, actor, how))
        if not to_pay.is_done:
            try:
                await self._payments.pay(to_pay.request, actor)
            except LocalError as error:  # two clicks at once: the second finds what the first has done
                if error.code == "id_reused" and slip is not None:
                    raise LocalError("slip", "booked before") from None
                if error.code != "invoice_closed":
                    raise
                await self._store.read(lambda tx: self._to_pay(tx, wanted, actor, how))
        return await self._store.read(lambda tx: self._views.view(tx, self._views.find(tx, wanted, actor)))

    async def decline(self, invoice_id: str, code: str, actor: Actor) -> InvoiceView:
        """Say that one will not pay, and why. Again: nothing.

        Raises LocalError: payment_id, decline (no such reason), not_found, not_allowed, invoice_closed, recovering.
        """
        if code not in DECLINES - {LEFT}:
            raise LocalError("decline", "wrong_person, wrong_amount, not_received, settled_otherwise or other")
        return await self._change(invoice_id, actor, lambda tx, found: self._decline(tx, found, code, actor))

    async def cancel(self, invoice_id: str, actor: Actor) -> InvoiceView:
        """Take an invoice back while it is open. Again: nothing.

        Raises LocalError: payment_id, not_found, not_allowed, invoice_closed, recovering.
        """
        return await self._change(invoice_id, actor, lambda tx, found: self._cancel(tx, found, actor))

    async def remind(self, invoice_id: str, actor: Actor) -> InvoiceView:
        """Ask once more, at most once a day.

        Raises LocalError: payment_id, not_found, not_allowed (also where nobody was asked), invoice_closed, too_soon,
        recovering.
        """
        return await self._change(invoice_id, actor, lambda tx, found: self._remind(tx, found, actor))

    def void(self, tx: Tx, handle: str) -> None:
        """A member leaves: what he asks for is asked no longer, and what he is asked for he will not pay."""
        now = self._clock.now()
        for written in records.load_open_of(tx, handle, now):
            self._withdraw(tx, written, None)
        for asked in records.load_open_to(tx, handle, now):
            if self._views.standing(tx, asked).is_payable:
                self._refuse(tx, asked, LEFT, None)
        for written in records.load_open_written_to(tx, handle, now):
            self._refuse(tx, written, LEFT, None)

    async def _change(self, invoice_id: str, actor: Actor, change: _Change) -> InvoiceView:
        wanted = parse_payment_id(invoice_id)

        def use_case(tx: Tx) -> InvoiceView:
            self._federation.recovery.verify_ready()
            change(tx, self._views.find(tx, wanted, actor))
            return self._views.view(tx, self._views.find(tx, wanted, actor))

        return await self._store.write(use_case)

    # -- paying ------------------------------------------------------------------------------------------------------

    def _to_pay(self, tx: Tx, invoice_id: bytes, actor: Actor, how: _How) -> _ToPay:
        found = self._views.find(tx, invoice_id, actor)
        handle = self._payer_of(tx, found, actor, how.payer)
        stands = self._views.standing(tx, found)
        is_done = stands.state == "paid" or stands.payment_state is not None
        if not is_done and stands.state != "open":
            raise LocalError("invoice_closed", stands.state)

        def settle(tx: Tx, made: bytes) -> None:
            self._settle(tx, invoice_id, handle, made)

        hash_ = found.hash if isinstance(found, Asked) else b64(found.id)
        number, memo = how.payment_id, found.memo
        if how.slip is not None:
            number, memo = self._slips.payment_id_in(tx, how.slip), shortened_memo(how.slip, found.memo)
        request = PayRequest(
            number, handle, found.payee, found.amount_seconds, memo, invoice_hash=hash_, on_made=settle
        )  # fmt: skip
        return _ToPay(request, is_done)

    def _payer_of(self, tx: Tx, found: AnyInvoice, actor: Actor, payer: str | None) -> str:
        named = found.payer
        if isinstance(found, Written) and found.peer is not None:
            raise LocalError("not_allowed", "a member of another ring pays it")
        handle = named or payer or actor.handle
        if payer not in (None, handle):
            raise LocalError("not_allowed", "for somebody else")
        if actor.is_operator and named is None and payer is None:
            raise LocalError("address", "who pays?")
        if not self._members.rights.might_act(tx, actor, handle):
            raise LocalError("not_allowed", "not your account")
        return handle

    def _settle(self, tx: Tx, invoice_id: bytes, payer: str, payment_id: bytes) -> None:
        """In the transaction of the payment: the invoice must still be open, and knows from now on who pays it."""
        found: AnyInvoice | None = records.load_written(tx, invoice_id) or records.load_asked(tx, invoice_id)
        if found is None or not self._views.standing(tx, found).is_payable:
            raise LocalError("invoice_closed", "paid, declined, taken back or out of date")
        if isinstance(found, Asked):
            records.save_asked(tx, found._replace(payment_id=payment_id))
            return
        paid = found._replace(payer=payer, state="paid", payment_id=payment_id, ended_at=self._clock.now())
        records.save_written(tx, paid)

    # -- the other answers -------------------------------------------------------------------------------------------

    def _decline(self, tx: Tx, found: AnyInvoice, code: str, actor: Actor) -> None:
        is_elsewhere = isinstance(found, Written) and found.peer is not None
        if found.payer is None or is_elsewhere or not self._members.rights.may_act(tx, actor, found.payer):
            raise LocalError("not_allowed", "you were not asked")
        if (found.state, found.code) != ("declined", code):
            self._verify_payable(tx, found)
            self._refuse(tx, found, code, actor)

    def _refuse(self, tx: Tx, found: AnyInvoice, code: str, actor: Actor | None) -> None:
        now, by = self._clock.now(), None if actor is None else actor.handle
        if isinstance(found, Written):
            records.save_written(tx, found._replace(state="declined", code=code, ended_at=now, ended_by=by))
            return
        records.save_asked(tx, found._replace(state="declined", code=code, ended_at=now, ended_by=by))
        body = RequestAnswer(invoice_id=b64(found.id), code=code)
        self._federation.mail.send(tx, self._federation.lines.by_id(found.peer), ANSWER, found.id, body)

    def _cancel(self, tx: Tx, found: AnyInvoice, actor: Actor) -> None:
        written = self._own(tx, found, actor)
        if written.state != "cancelled":
            self._verify_payable(tx, written)
            self._withdraw(tx, written, actor)

    def _withdraw(self, tx: Tx, written: Written, actor: Actor | None) -> None:
        now, by = self._clock.now(), None if actor is None else actor.handle
        records.save_written(tx, written._replace(state="cancelled", ended_at=now, ended_by=by))
        if written.peer is not None and written.hash is not None:
            self._federation.promises.take_back(tx, written.hash)
            body = RequestWithdrawn(invoice_id=b64(written.id))
            self._federation.mail.send(tx, self._federation.lines.by_id(written.peer), WITHDRAWN, written.id, body)

    def _remind(self, tx: Tx, found: AnyInvoice, actor: Actor) -> None:
        written, now = self._own(tx, found, actor), self._clock.now()
        if written.payer is None:
            raise LocalError("not_allowed", "nobody was asked")
        self._verify_payable(tx, written)
        if now < (written.reminded_at or written.created_at) + REMINDER_SECONDS:
            raise LocalError("too_soon", "once a day")
        records.save_written(tx, written._replace(reminded_at=now))
        if written.peer is not None:
            line, body = self._federation.lines.by_id(written.peer), RequestReminder(invoice_id=b64(written.id))
            self._federation.mail.send(tx, line, REMINDER, self._ids.uuid7(), body)

    def _own(self, tx: Tx, found: AnyInvoice, actor: Actor) -> Written:
        """The invoice, if this actor acts for its payee."""
        if not isinstance(found, Written) or not self._members.rights.may_act(tx, actor, found.payee):
            raise LocalError("not_allowed", "not your invoice")
        return found

    def _verify_payable(self, tx: Tx, found: AnyInvoice) -> None:
        stands = self._views.standing(tx, found)
        if not stands.is_payable:
            raise LocalError("invoice_closed", stands.payment_state or stands.state)
