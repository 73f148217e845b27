# SPDX-License-Identifier: AGPL-3.0-or-later
"""Paying, cancelling, asking, reading: each use case one hop to the writer, and one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

import msgspec

from ringtausch_node import booking
from ringtausch_node.clock import Clock
from ringtausch_node.federation.line.lines import Line
from ringtausch_node.federation.line.model import Payee
from ringtausch_node.federation.orders.payer import Draft
from ringtausch_node.federation.outgoing import Wanted
from ringtausch_node.federation.routes.ways import Way
from ringtausch_node.federation.service import Federation
from ringtausch_node.ids import Ids
from ringtausch_node.ledger.model import LimitPolicy
from ringtausch_node.members.model import Actor
from ringtausch_node.members.service import Members
from ringtausch_node.payments import records
from ringtausch_node.payments.checked_names import CheckedNames
from ringtausch_node.payments.community import find_fund, is_community, parse_community
from ringtausch_node.payments.model import (
    FINAL,
    PaymentView,
    PayRequest,
    QuoteView,
    active_account,
    check_request,
    content_of,
    parse_payment_id,
)
from ringtausch_node.payments.quoting import quote_there, with_most
from ringtausch_node.payments.records import Payment
from ringtausch_node.payments.views import PaymentViews, view_of
from ringtausch_node.store import Store, Tx
from ringtausch_protocol import limits
from ringtausch_protocol.addresses import parse_handle, parse_member
from ringtausch_protocol.errors import LocalError


class Payments:
    """Payments of one ring. Constructor arguments are the seams of the simulator."""

    def __init__(
        self, *, store: Store, clock: Clock, ids: Ids, members: Members, federation: Federation, policy: LimitPolicy,
        views: PaymentViews,
    ) -> None:  # fmt: skip
        self._store, self._clock, self._ids, self._members = store, clock, ids, members
        self._federation, self._policy, self._views = federation, policy, views
        self._address, self._names = federation.identity.address, CheckedNames()
        self._fresh: dict[bytes, str] = {}
        self._waiters: dict[bytes, set[asyncio.Event]] = {}
        federation.watch(on_held=self._note_held, on_ended=self._note_ended)

    async def pay(self, request: PayRequest, actor: Actor) -> PaymentView:
        """Pay, here or in another ring. The same id and content again gives the same payment, booked once.

        Raises LocalError: amount, memo, payment_id, address, id_reused, not_allowed, unknown_member, own_account,
        limit_lower, limit_upper, no_route, no_capacity, line_ended, winding_down, paused, payee_refuses, recovering,
        superseded, clock_doubtful. no_capacity has the figure `most_seconds`, as in a quote.
        """
        check_request(request)
        payer, (handle, ring) = self._handle_here(request.from_), self._payee_of(request.to)
        payment_id = parse_payment_id(request.payment_id) if request.payment_id else self._ids.uuid7()
        payee = handle if ring == self._address else f"{handle}@{ring}"
        content = content_of(payer, payee, request)
        if ring == self._address:
            return await self._store.write(
                lambda tx: self._pay_here(tx, payment_id, content, payer, handle, request, actor)
            )
        if not actor.may_pay_from(payer):  # before a box is sealed: helpers and shared accounts cost a look
            await self._store.read(lambda tx: _require(self._members.rights.might_act(tx, actor, payer)))
        try:
            return await self._pay_there(payment_id, content, payer, handle, ring, request, actor)
        except LocalError as refused:
            raise await with_most(self._federation.outgoing, ring, request.amount_seconds, refused) from None

    async def get(self, payment_id: str, actor: Actor) -> PaymentView:
        """A payment as it stands now. Raises LocalError: payment_id, not_found (also where it is not yours)."""
        wanted = parse_payment_id(payment_id)
        return await self._store.read(lambda tx: self._views.seen(tx, wanted, actor))

    async def cancel(self, payment_id: str, actor: Actor) -> PaymentView:
        """Take a payment back while nobody has decided it; what is decided stays, and is shown.

        queued ends here; held asks the deciding ring and shows its true answer when that comes.
        """
        wanted = parse_payment_id(payment_id)

        def use_case(tx: Tx) -> PaymentView:
            self._federation.recovery.verify_ready()
            payment = self._views.readable(tx, wanted, actor)
            _require(self._members.rights.may_act(tx, actor, payment.payer))
            order = self._federation.outgoing.order(tx, wanted)
            if order is not None:
                self._federation.outgoing.cancel(tx, order)
            return self._views.view(tx, payment)

        return await self._store.write(use_case)

    async def wait(self, payment_id: str, seconds: float, actor: Actor) -> PaymentView:
        """The payment once it is decided, or as it stands after `seconds`."""
        wanted, event = parse_payment_id(payment_id), asyncio.Event()
        self._waiters.setdefault(wanted, set()).add(event)
        try:
            view = await self.get(payment_id, actor)
            if view.state not in FINAL:
                async with asyncio.timeout(seconds):
                    await event.wait()
        except TimeoutError:
            pass
        finally:
            self._waiters[wanted].discard(event)
            if not self._waiters[wanted]:
                del self._waiters[wanted]
        return await self.get(payment_id, actor)

    async def quote(self, to: str, amount_seconds: int, actor: Actor, payment_id: bytes | None = None) -> QuoteView:
        """Is the payee there and willing? A neighbour's answer brings an invoice to pay by."""
        check_request(PayRequest(None, actor.handle, to, amount_seconds))
        handle, ring = self._payee_of(to)
        if ring == self._address:
            payee = await self._store.read(lambda tx: self._payee_here(tx, handle))
            if payee is None or not payee.is_payable:
                return QuoteView(to=to, amount_seconds=amount_seconds, reachable=True, code="payee_refuses")
            return QuoteView(to=to, amount_seconds=amount_seconds, reachable=True, name=payee.name)
        number = payment_id or self._ids.uuid7()
        asked = await quote_there(self._federation.outgoing, number, to, handle, ring, amount_seconds)
        return self._names.kept(asked) if asked.name else asked

    # -- inside ------------------------------------------------------------------------------------------------------

    def _handle_here(self, text: str) -> str:
        """A handle of this ring, written with or without its address."""
        if is_community(text):
            return parse_community(text)
        if "@" not in text:
            return parse_handle(text)
        handle, ring = parse_member(text)
        if ring != self._address:
            raise LocalError("unknown_member", "of another ring")
        return handle

    def _payee_of(self, text: str) -> tuple[str, str]:
        if is_community(text):
            return parse_community(text), self._address
        if "@" not in text:
            return parse_handle(text), self._address
        handle, ring = parse_member(text)
        return handle, ring

    def _pay_here(
        self, tx: Tx, payment_id: bytes, content: bytes, payer: str, payee: str, request: PayRequest, actor: Actor
    ) -> PaymentView:
        _require(self._members.rights.may_act(tx, actor, payer))
        self._federation.recovery.verify_ready()
        try:
            debit, credit = self._parties(tx, payer, payee)
        except LocalError as refused:
            return self._views.view(tx, self._known_or(refused, tx, payment_id, content))
        transfer_id, salt, now = self._ids.uuid7(), self._ids.random(limits.SALT_BYTES), self._clock.now()
        payment = Payment(
            payment_id, content, debit, credit, payer, payee, request.amount_seconds, request.memo, actor.handle, "",
            now, transfer_id,
        )  # fmt: skip
        if not records.insert_payment(tx, payment):
            return self._views.view(tx, self._known(tx, payment_id, content))
        if request.on_made is not None:
            request.on_made(tx, payment_id)
        warnings = booking.book(
            tx, transfer_id=transfer_id, debit=debit, credit=credit, amount_seconds=request.amount_seconds,
            kind="payment", at=now, payment_id=payment_id, salt=salt, policy=self._policy,
        )  # fmt: skip
        return view_of(self._warned(tx, payment, warnings), "paid", None)

    async def _pay_there(
        self, payment_id: bytes, content: bytes, payer: str, handle: str, ring: str, request: PayRequest, actor: Actor
    ) -> PaymentView:
        try:
            way = await self._federation.outgoing.way_to(ring, request.amount_seconds)
        except LocalError as error:
            refused = error  # what was asked before is answered, whatever became of the line since
            return await self._store.read(
                lambda tx: self._views.view(tx, self._known_or(refused, tx, payment_id, content))
            )
        wanted = Wanted(
            payment_id, f"{payer}@{self._address}", handle, request.memo, request.amount_seconds,
            request.invoice_hash, request.refund_of,
        )  # fmt: skip
        order = partial(
            self._order, content=content, payer=payer, payee=f"{handle}@{ring}", request=request, actor=actor
        )
        try:
            return await self._send(way, wanted, order)
        except LocalError as error:
            way = await self._federation.outgoing.wider_than(way, wanted.amount_seconds, error)
        return await self._send(way, wanted, order)

    async def _send(self, way: Way, wanted: Wanted, order: Callable[[Tx, Line, Draft], PaymentView]) -> PaymentView:
        payment_id, draft = wanted.payment_id, self._federation.outgoing.draft(way, wanted)
        self._fresh[payment_id] = "queued"
        try:
            view = await self._store.write(lambda tx: order(tx, way.line, draft))
            state = self._fresh.get(payment_id, "queued")
            return msgspec.structs.replace(view, state=state) if view.state == "queued" else view
        finally:
            self._fresh.pop(payment_id, None)

    def _order(
        self, tx: Tx, line: Line, draft: Draft, content: bytes, payer: str, payee: str, request: PayRequest,
        actor: Actor,
    ) -> PaymentView:  # fmt: skip
        _require(self._members.rights.may_act(tx, actor, payer))
        self._federation.recovery.verify_ready()
        try:
            account = active_account(self._members.account_for(tx, payer))
        except LocalError as refused:
            return self._views.view(tx, self._known_or(refused, tx, draft.payment_id, content))
        payment = Payment(
            draft.payment_id, content, account, None, payer, payee, request.amount_seconds, request.memo, actor.handle,
            "", self._clock.now(), None, self._names.of(draft.payment_id, request.to),
        )  # fmt: skip
        if not records.insert_payment(tx, payment):
            return self._views.view(tx, self._known(tx, draft.payment_id, content))
        if request.on_made is not None:
            request.on_made(tx, draft.payment_id)
        warnings = self._federation.outgoing.queue(tx, line, draft, account)
        return view_of(self._warned(tx, payment, warnings), "queued", None)

    def _warned(self, tx: Tx, payment: Payment, warnings: tuple[str, ...]) -> Payment:
        """Keep the warnings of a limit with the payment, so that the same question gets the same answer."""
        if not warnings:
            return payment
        warned = payment._replace(warnings=" ".join(warnings))
        records.set_warnings(tx, warned)
        return warned

    def _known(self, tx: Tx, payment_id: bytes, content: bytes) -> Payment:
        """The payment that already has this id. Raises LocalError('id_reused') where it is another one."""
        known = records.load_payment(tx, payment_id)
        if known is None or known.content != content:
            raise LocalError("id_reused", "the id stands for another payment")
        return known

    def _parties(self, tx: Tx, payer: str, payee: str) -> tuple[int, int]:
        """The accounts of both sides of a payment inside the ring."""
        if payer == payee:
            raise LocalError("own_account", "payer and payee are one")
        debit = active_account(self._account_for(tx, payer))
        credit = self._account_for(tx, payee)
        if credit is None:
            raise LocalError("unknown_member", "payee")
        if credit[1] != "active":
            raise LocalError("payee_refuses", f"account is {credit[1]}")
        if self._members.blocking.is_blocked(tx, payee, payer):
            raise LocalError("payee_refuses")
        return debit, credit[0]

    def _account_for(self, tx: Tx, name: str) -> tuple[int, str] | None:
        """(account id, state) of a member, or of an account of the ring that has a name."""
        if not is_community(name):
            return self._members.account_for(tx, name)
        fund = find_fund(tx, name)
        return (fund.account, "active") if fund else None

    def _payee_here(self, tx: Tx, name: str) -> Payee | None:
        if not is_community(name):
            return self._members.payee(tx, name)
        fund = find_fund(tx, name)
        return Payee(account=fund.account, name=fund.name, is_payable=True) if fund else None

    def _known_or(self, refused: LocalError, tx: Tx, payment_id: bytes, content: bytes) -> Payment:
        """What was paid before stays answered, whoever has left since; what was not is refused."""
        if records.load_payment(tx, payment_id) is None:
            raise refused
        return self._known(tx, payment_id, content)

    def _note_held(self, payment_id: bytes) -> None:
        if payment_id in self._fresh:
            self._fresh[payment_id] = "held"

    def _note_ended(self, payment_id: bytes) -> None:
        for event in self._waiters.get(payment_id, ()):
            event.set()


def _require(is_allowed: bool) -> None:  # noqa: FBT001 - reads as a sentence where it is called
    if not is_allowed:
        raise LocalError("not_allowed", "not your account")
