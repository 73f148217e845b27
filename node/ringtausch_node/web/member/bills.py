# SPDX-License-Identifier: AGPL-3.0-or-later
"""Invoices: writing one, paying or declining one, taking one back, asking once more."""

from __future__ import annotations

from collections.abc import Awaitable

from aiohttp.web import Response

from ringtausch_node.errors import LocalError, RingtauschError
from ringtausch_node.payments.invoice_model import DAY_SECONDS, DAYS_DEFAULT, InvoiceRequest, InvoicesView, InvoiceView
from ringtausch_node.payments.model import payment_text
from ringtausch_node.ring import Ring
from ringtausch_node.web.door.visit import Page, PageRoute, Visit
from ringtausch_node.web.look.answers import hours, see_other, table
from ringtausch_node.web.look.wording import Wording
from ringtausch_node.web.member.paying import FIELD_OF
from ringtausch_protocol.units import parse_amount

_FIELDS = ("an", "betrag", "wofuer")
_SHOWN_LENGTH = 400
#: Invoices of either kind on a page, which stays below 60 KB with the longest words.
LISTED_MAX = 25
#: Invoices in a table: some twenty years of a busy member.
TABLE_MAX = 4_000
#: What is wrong with the number of a slip is told at its field.
_SLIP_FIELD = {"slip": "beleg", "slip_number": "beleg"}


def routes(services: Ring) -> list[PageRoute]:
    """The part of the table that is about invoices."""
    of = _Handlers(services)
    one = "/rechnungen/{invoice_id}"
    return [
        PageRoute("GET", "/rechnungen", "member", of.list),
        PageRoute("GET", "/rechnungen.csv", "member", of.as_table),
        PageRoute("GET", "/rechnung-schreiben", "member", of.form),
        PageRoute("POST", "/rechnung-schreiben", "member", of.create),
        PageRoute("GET", one, "member", of.show),
        PageRoute("POST", f"{one}/bezahlen", "member", of.pay),
        PageRoute("POST", f"{one}/ablehnen", "member", of.decline),
        PageRoute("POST", f"{one}/zurueckziehen", "member", of.cancel),
        PageRoute("POST", f"{one}/erinnern", "member", of.remind),
    ]


class _Handlers:
    def __init__(self, services: Ring) -> None:
        self._services = services

    async def list(self, visit: Visit) -> Page:
        """What to pay, and what others were asked for, so many at a time. Raises LocalError('query')."""
        before = visit.request.query.get("vor") or None
        found = await self._services.invoices.list(visit.actor, visit.actor.handle, before, LISTED_MAX)
        data = {
            "to_pay": found.to_pay, "written": found.written, "next": found.next, "is_first": before is None,
            "names": await self._services.members.names(),
        }  # fmt: skip
        return Page("member/bills.html", data)

    async def as_table(self, visit: Visit) -> Response:
        """Those to pay, then those written, for a spreadsheet."""
        text, say = visit.speech.text, Wording(visit.speech, self._services.config)
        names, found = await self._services.members.names(), await self._all(visit)
        both = [(text("An Sie"), each.payee, each) for each in found.to_pay]
        both += [(text("Von Ihnen"), each.payer or "", each) for each in found.written]
        rows = [
            [
                say.iso(each.created_at)[:10], side, other, names.get(other, ""), each.memo,
                hours(each.amount_seconds), say.state(each.payment_state or each.state),
            ]
            for side, other, each in both
        ]  # fmt: skip
        headings = [
            text("Tag"), text("Rechnung"), text("Mit"), text("Name"), text("Wofür"), text("Stunden"), text("Zustand"),
        ]  # fmt: skip
        return table("rechnungen.csv", headings, rows)

    async def _all(self, visit: Visit) -> InvoicesView:
        """The newest invoices, to pay and written, as far back as anybody looks."""
        to_pay: list[InvoiceView] = []
        written: list[InvoiceView] = []
        before: str | None = None
        while len(to_pay) + len(written) < TABLE_MAX:
            view = await self._services.invoices.list(visit.actor, visit.actor.handle, before)
            to_pay, written, before = [*to_pay, *view.to_pay], [*written, *view.written], view.next
            if before is None:
                break
        return InvoicesView(to_pay=to_pay, written=written)

    async def form(self, visit: Visit) -> Page:
        """The empty form."""
        number = payment_text(self._services.ids.uuid7())
        return Page("member/write_bill.html", {"values": dict.fromkeys(_FIELDS, ""), "errors": {}, "nummer": number})

    async def create(self, visit: Visit) -> Page | Response:
        """Write an invoice; the same form again writes none."""
        try:
            amount_seconds = parse_amount(visit.field("betrag"), self._services.config.parsed_unit)
            if not visit.field("an"):
                raise LocalError("payee_empty", "nobody named")
            request = InvoiceRequest(
                visit.field("nummer") or None, visit.actor.handle, amount_seconds, visit.field("wofuer"),
                visit.field("an"), DAYS_DEFAULT,
            )  # fmt: skip
            view = await self._services.invoices.create(request, visit.actor)
        except RingtauschError as error:
            values = {name: visit.field(name)[:_SHOWN_LENGTH] for name in _FIELDS}
            data = {
                "values": values,
                "errors": {FIELD_OF.get(error.code, ""): error.code},
                "nummer": visit.field("nummer"),
            }
            return Page("member/write_bill.html", data, 422)
        return see_other(f"/rechnungen/{view.invoice_id}")

    async def show(self, visit: Visit) -> Page:
        """An invoice as it stands."""
        return await self._page(visit, await self._services.invoices.get(visit.found[0], visit.actor))

    async def _page(self, visit: Visit, invoice: InvoiceView, code: str = "") -> Page:
        choices = await self._services.invoices.choices(invoice.invoice_id, visit.actor)
        account = await self._services.accounts.account(choices.payer, visit.actor) if choices.payer else None
        if code == "not_allowed" and account and account.is_at_rest:
            code = "account_at_rest"
        data = {
            "invoice": invoice, "names": await self._services.members.names(),
            "errors": {_SLIP_FIELD.get(code, ""): code} if code else {}, "slip": visit.field("beleg")[:_SHOWN_LENGTH],
            "accepted_at": self._accepted_at(invoice), "payer": choices.payer, "is_payee": choices.is_payee,
            "account": account,
        }  # fmt: skip
        return Page("member/bill.html", data, 422 if code else 200)

    def _accepted_at(self, invoice: InvoiceView) -> int | None:
        """When an invoice inside the ring counts as accepted, where the ring wants that."""
        days = self._services.config.membership.accept_invoices_after_days
        is_local = "@" not in f"{invoice.payee}{invoice.payer or ''}"
        return invoice.created_at + days * DAY_SECONDS if days and is_local and invoice.state == "open" else None

    async def pay(self, visit: Visit) -> Page | Response:
        """Pay it, once, from the account of whoever was asked, and go on to the payment."""
        slip = visit.field("beleg") or None
        return await self._answered(visit, self._services.answers.pay(visit.found[0], visit.actor, slip=slip))

    async def decline(self, visit: Visit) -> Page | Response:
        """Say no, and why."""
        return await self._answered(
            visit, self._services.answers.decline(visit.found[0], visit.field("grund"), visit.actor)
        )

    async def cancel(self, visit: Visit) -> Page | Response:
        """Take it back."""
        return await self._answered(visit, self._services.answers.cancel(visit.found[0], visit.actor))

    async def remind(self, visit: Visit) -> Page | Response:
        """Ask once more."""
        return await self._answered(visit, self._services.answers.remind(visit.found[0], visit.actor))

    async def _answered(self, visit: Visit, answer: Awaitable[InvoiceView]) -> Page | Response:
        try:
            view = await answer
        except RingtauschError as error:
            if error.code in ("not_found", "payment_id"):
                raise
            return await self._page(visit, await self._services.invoices.get(visit.found[0], visit.actor), error.code)
        if view.payment_id is not None:
            return see_other(f"/zahlungen/{view.payment_id}")
        return see_other(f"/rechnungen/{view.invoice_id}")
