# SPDX-License-Identifier: AGPL-3.0-or-later
"""Invoices: who did something writes down what for; a payer who is named finds it in his list, here or elsewhere.

An invoice is paid once. Across rings it is a signed promise (SPEC.md 7.2) that travels in a sealed request (7.11).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from ringtausch_node.clock import Clock
from ringtausch_node.federation.line.lines import Line
from ringtausch_node.federation.service import Federation
from ringtausch_node.ids import Ids
from ringtausch_node.members.model import Actor
from ringtausch_node.members.service import Members
from ringtausch_node.payments import invoice_records as records
from ringtausch_node.payments.invoice_model import (
    DAY_SECONDS,
    LISTED_MAX,
    NEWEST,
    OPEN_MAX,
    InvoiceRequest,
    InvoicesView,
    InvoiceView,
    check_invoice,
    content_of,
    parse_place,
)
from ringtausch_node.payments.invoice_records import Written
from ringtausch_node.payments.invoice_views import REQUEST, AnyInvoice, Choices, InvoiceViews
from ringtausch_node.payments.model import parse_payment_id
from ringtausch_node.store import Store, Tx
from ringtausch_protocol.addresses import parse_handle, parse_member
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.errors import LocalError
from ringtausch_protocol.letters import Request


class _Payer(NamedTuple):
    """Who shall pay: as the invoice names him, his handle, and his ring where that is another one.

    `is_beyond`: one with which we have no line ourselves.
    """

    name: str | None
    handle: str
    ring: str | None
    is_beyond: bool = False


class Invoices:
    """Invoices of one ring. Constructor arguments are the seams of the simulator."""

    def __init__(
        self, *, store: Store, clock: Clock, ids: Ids, members: Members, federation: Federation, views: InvoiceViews
    ) -> None:
        self._store, self._clock, self._ids = store, clock, ids
        self._members, self._federation, self._views = members, federation, views

    async def create(self, request: InvoiceRequest, actor: Actor) -> InvoiceView:
        """Write an invoice. The same id and content again gives the same invoice.

        Raises LocalError: amount, memo, days, payment_id (its number), address, id_reused, not_allowed (not your
        account, or frozen), unknown_member, payee_refuses (keeps a distance), own_account, too_many_invoices, no_route,
        bill_too_far (his ring is none of our neighbours), paused, mail_full, recovering, superseded.
        """
        check_invoice(request)
        payee, payer = parse_handle(request.payee), self._payer_of(request.payer)
        invoice_id = parse_payment_id(request.invoice_id) if request.invoice_id else self._ids.uuid7()
        content = content_of(payee, payer.name, request)
        return await self._store.write(lambda tx: self._create(tx, invoice_id, content, payee, payer, request, actor))

    async def get(self, invoice_id: str, actor: Actor) -> InvoiceView:
        """An invoice as it stands now. Raises LocalError: payment_id, not_found (also where it is not yours)."""
        wanted = parse_payment_id(invoice_id)
        return await self._store.read(lambda tx: self._views.view(tx, self._views.find(tx, wanted, actor)))

    async def choices(self, invoice_id: str, actor: Actor) -> Choices:
        """What this actor may answer to it while it is open. Raises as `get`."""
        wanted = parse_payment_id(invoice_id)
        return await self._store.read(lambda tx: self._views.choices(tx, self._views.find(tx, wanted, actor), actor))

    async def list(
        self, actor: Actor, handle: str | None = None, before: str | None = None, count: int | None = None
    ) -> InvoicesView:
        """A member's invoices, to pay and written; without a handle those of the whole ring, for who reads all.

        `before`: `next` of a page; `count`: the most of either kind, LISTED_MAX where nobody says less. Raises
        LocalError: address, query, not_found (also where it is not yours).
        """
        wanted = None if handle is None else parse_handle(handle)
        place = NEWEST if before is None else parse_place(before)
        count = min(count or LISTED_MAX, LISTED_MAX)

        def use_case(tx: Tx) -> InvoicesView:
            self._verify_readable(tx, actor, wanted)
            asked: list[AnyInvoice] = [*records.list_asked(tx, wanted, place, count + 1)]
            if wanted is not None:
                asked += records.list_written_to(tx, wanted, place, count + 1)
            return self._page(tx, asked, records.list_written(tx, wanted, place, count + 1), count)

        return await self._store.read(use_case)

    def _page(self, tx: Tx, asked: Sequence[AnyInvoice], written: Sequence[AnyInvoice], count: int) -> InvoicesView:
        """Both lists end at one place, where the first of them is full; so `next` holds for both."""
        found = [sorted(each, key=records.place_of, reverse=True) for each in (asked, written)]
        end = max((records.place_of(each[count - 1]) for each in found if len(each) > count), default=None)
        to_pay, own = (
            [self._views.view(tx, each) for each in one if end is None or records.place_of(each) >= end]
            for one in found
        )
        return InvoicesView(to_pay=to_pay, written=own, next=end.text if end else None)

    def _verify_readable(self, tx: Tx, actor: Actor, handle: str | None) -> None:
        member = self._members.member(tx, handle) if handle is not None else None
        is_known = handle is None or member is not None
        if not is_known or not self._members.rights.may_read(tx, actor, handle or ""):
            raise LocalError("not_found", "invoices")

    def _payer_of(self, text: str | None) -> _Payer:
        if text is None:
            return _Payer(None, "", None)
        handle, ring = parse_member(text) if "@" in text else (parse_handle(text), self._federation.identity.address)
        if ring == self._federation.identity.address:
            return _Payer(handle, handle, None)
        return _Payer(f"{handle}@{ring}", handle, ring, self._federation.outgoing.is_beyond(ring))

    def _create(
        self, tx: Tx, invoice_id: bytes, content: bytes, payee: str, payer: _Payer, request: InvoiceRequest,
        actor: Actor,
    ) -> InvoiceView:  # fmt: skip
        if not self._members.rights.may_act(tx, actor, payee):
            raise LocalError("not_allowed", "not your account")
        known = records.load_written(tx, invoice_id)
        if known is not None:
            if known.content != content:
                raise LocalError("id_reused", "another invoice")
            return self._views.view(tx, known)
        account = self._verify_may_ask(tx, invoice_id, payee, payer)
        now = self._clock.now()
        written = Written(
            invoice_id, content, payee, payer.name, None, None, request.amount_seconds, request.memo, actor.handle, now,
            now + request.days * DAY_SECONDS,
        )  # fmt: skip
        if payer.is_beyond:
            raise LocalError("bill_too_far", payer.ring or "")
        if payer.ring is not None:
            written = self._promise(tx, self._federation.outgoing.line_to(payer.ring), written, payer.handle, account)
        records.insert_written(tx, written)
        return self._views.view(tx, written)

    def _verify_may_ask(self, tx: Tx, invoice_id: bytes, payee: str, payer: _Payer) -> int:
        """-> the payee's account."""
        self._federation.recovery.verify_ready()
        found = self._members.account_for(tx, payee)
        if found is None or found[1] == "left":
            raise LocalError("unknown_member", "payee")
        if found[1] != "active":
            raise LocalError("not_allowed", f"account is {found[1]}")
        if payer.name is not None and payer.ring is None:
            other = self._members.account_for(tx, payer.handle)
            if other is None or other[1] == "left":
                raise LocalError("unknown_member", "payer")
            if self._members.blocking.is_blocked(tx, payer.handle, payee):
                raise LocalError("payee_refuses")
            if other[0] == found[0]:
                raise LocalError("own_account", "payer and payee are one")
        if records.load_asked(tx, invoice_id) is not None:
            raise LocalError("id_reused", "another ring's invoice")
        if len(records.load_open_of(tx, payee, self._clock.now())) >= OPEN_MAX:
            raise LocalError("too_many_invoices", f"at most {OPEN_MAX} open")
        return found[0]

    def _promise(self, tx: Tx, line: Line, written: Written, payer: str, account: int) -> Written:
        """Sign the promise and send the request, in the same transaction."""
        made = self._federation.promises.make(
            tx, account=account, handle=written.payee, amount_seconds=written.amount_seconds,
            expires_at=written.expires_at, peer=None, invoice_id=written.id, memo=written.memo,
        )  # fmt: skip
        body = Request(
            invoice=msgspec.Raw(made.envelope), payee=written.payee, payer=payer, memo=written.memo, salt=b64(made.salt)
        )
        self._federation.mail.send(tx, line, REQUEST, written.id, body, account)
        return written._replace(peer=line.peer.id, hash=made.hash)
