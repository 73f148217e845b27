# SPDX-License-Identifier: AGPL-3.0-or-later
"""One member, as the office sees and serves them: figures, limits, a rest, booking back, going for good."""

from __future__ import annotations

from aiohttp.web import Response

from ringtausch_node.amounts import parse_signed_amount
from ringtausch_node.errors import LocalError, RingtauschError
from ringtausch_node.members.model import Departure, MemberView
from ringtausch_node.payments.invoice_model import InvoiceView
from ringtausch_node.payments.model import parse_payment_id, payment_text
from ringtausch_node.ring import Ring
from ringtausch_node.web.door.visit import Page, PageRoute, Visit
from ringtausch_node.web.look.answers import see_other
from ringtausch_node.web.look.paging import LINES_SHOWN, beginning
from ringtausch_node.web.member.account import statement_table

_NEWEST = 30
_SHOWN_LENGTH = 400


def routes(services: Ring) -> list[PageRoute]:
    """The part of the table that is about one member at the office's desk."""
    of = _Handlers(services)
    one = "/buero/mitglied/{handle}"
    return [
        PageRoute("GET", one, "office", of.show),
        PageRoute("GET", f"{one}/buchungen.csv", "office", of.as_table),
        PageRoute("POST", f"{one}/grenzen", "office", of.set_limits),
        PageRoute("POST", f"{one}/ruhen", "office", of.freeze),
        PageRoute("POST", f"{one}/wecken", "office", of.thaw),
        PageRoute("POST", f"{one}/abmelden", "office", of.sign_out),
        PageRoute("GET", f"{one}/austritt", "office", of.ask_leave),
        PageRoute("POST", f"{one}/austritt", "office", of.leave),
        PageRoute("GET", "/buero/zurueckbuchen/{payment_id}", "office", of.ask_reverse),
        PageRoute("POST", "/buero/zurueckbuchen/{payment_id}", "office", of.reverse),
    ]


class _Handlers:
    def __init__(self, services: Ring) -> None:
        self._services, self._members = services, services.members
        self._unit = services.config.parsed_unit

    async def show(self, visit: Visit) -> Page:
        """The sheet of a member. Raises LocalError('not_found')."""
        return await self._page(visit, {}, {})

    async def as_table(self, visit: Visit) -> Response:
        """The statement of a member for a spreadsheet. Raises LocalError: address, not_found."""
        return await statement_table(self._services, visit, visit.found[0])

    async def _page(self, visit: Visit, errors: dict[str, str], typed: dict[str, str]) -> Page:
        member = await self._member(visit.found[0])
        before = _number(visit.request.query.get("vor", ""))
        view = await self._services.accounts.statement(member.handle, before, _NEWEST, visit.actor)
        under_way = beginning(await self._services.accounts.under_way(member.handle, visit.actor), LINES_SHOWN)
        bills = beginning(await self._open_bills(member.handle, visit), LINES_SHOWN)
        data = {
            "member": member, "entries": view.entries, "next": view.next,
            "is_first": before is None, "errors": errors, "typed": typed,
            "account": await self._services.accounts.account(member.handle, visit.actor),
            "under_way": under_way.rows, "more_under_way": under_way.left_out,
            "returnable": await self._services.refunds.returnable(member.handle, view.entries),
            "email": await self._email(member, visit), "names": await self._members.names(),
            "dead": await self._members.life.dead(), "bills": bills.rows, "more_bills": bills.left_out,
        }  # fmt: skip
        return Page("office/desk.html", data, 422 if errors else 200)

    async def _open_bills(self, handle: str, visit: Visit) -> list[tuple[InvoiceView, str]]:
        """Invoices that nobody has answered yet, to this member and from it; with each on which side it stands."""
        found = await self._services.invoices.list(visit.actor, handle)
        bills = [*((each, "to_pay") for each in found.to_pay), *((each, "written") for each in found.written)]
        return [(each, side) for each, side in bills if each.state == "open"]

    async def _member(self, handle: str) -> MemberView:
        found = [each for each in await self._members.list() if each.handle == handle]
        if not found:
            raise LocalError("not_found", "member")
        return found[0]

    async def _email(self, member: MemberView, visit: Visit) -> str:
        return "" if member.state == "left" else await self._services.entrance.email(member.handle, visit.actor)

    async def set_limits(self, visit: Visit) -> Page | Response:
        """Other limits for this account, from now on."""
        typed = {name: visit.field(name)[:_SHOWN_LENGTH] for name in ("unten", "oben")}
        limits: dict[str, int] = {}
        errors: dict[str, str] = {}
        for name, text in typed.items():
            try:
                limits[name] = parse_signed_amount(text, self._unit)
            except LocalError as error:
                errors[name] = error.code
        if not errors:
            try:
                await self._members.set_limits(visit.found[0], -abs(limits["unten"]), limits["oben"], visit.actor)
            except LocalError as error:
                errors["unten"] = error.code
        return await self._page(visit, errors, typed) if errors else _back(visit)

    async def freeze(self, visit: Visit) -> Response:
        """The account rests."""
        await self._members.life.freeze(visit.found[0], visit.actor)
        return _back(visit)

    async def thaw(self, visit: Visit) -> Response:
        """The account pays and is paid again."""
        await self._members.life.thaw(visit.found[0], visit.actor)
        return _back(visit)

    async def sign_out(self, visit: Visit) -> Response:
        """All devices and programs of this member are signed out: a tablet was lost, or somebody died."""
        await self._members.access.revoke(visit.found[0], None, visit.actor)
        return _back(visit)

    async def ask_leave(self, visit: Visit) -> Page:
        """What stands against going, and where a rest goes."""
        return await self._leave_page(visit, {})

    async def _leave_page(self, visit: Visit, errors: dict[str, str]) -> Page:
        member = await self._member(visit.found[0])
        data = {
            "member": member, "errors": errors, "communities": await self._services.communities.list(),
            "under_way": await self._services.accounts.under_way(member.handle, visit.actor),
            "rest": visit.field("rest"), "reason": visit.field("grund"),
        }  # fmt: skip
        return Page("office/leave.html", data, 422 if errors else 200)

    async def leave(self, visit: Visit) -> Page | Response:
        """Let a member go for good. Nothing of it can be taken back, so it is said once more in a box to tick."""
        if visit.field("sicher") != "ja":
            return await self._leave_page(visit, {"sicher": "not_sure"})
        reason: Departure = "died" if visit.field("grund") == "died" else "left"
        try:
            await self._services.leaving.leave(visit.found[0], visit.field("rest") or None, visit.actor, reason)
        except LocalError as error:
            return await self._leave_page(visit, {"rest" if error.code == "balance_not_zero" else "": error.code})
        return _back(visit)

    async def ask_reverse(self, visit: Visit) -> Page:
        """Look once more before booking back."""
        return await self._reverse_page(visit, {})

    async def _reverse_page(self, visit: Visit, errors: dict[str, str]) -> Page:
        payment = await self._services.payments.get(visit.found[0], visit.actor)
        data = {
            "payment": payment, "errors": errors, "names": await self._members.names(),
            "wofuer": visit.field("wofuer")[:_SHOWN_LENGTH],
            "nummer": visit.field("nummer") or payment_text(self._services.ids.uuid7()),
        }  # fmt: skip
        return Page("office/reverse.html", data, 422 if errors else 200)

    async def reverse(self, visit: Visit) -> Page | Response:
        """Book back as a whole: a new booking; the first one stays where it stands."""
        parse_payment_id(visit.found[0])
        try:
            back = await self._services.refunds.refund(
                visit.found[0], visit.actor, new_id=visit.field("nummer") or None, memo=visit.field("wofuer")
            )
        except RingtauschError as error:
            if error.code == "not_found":
                raise
            return await self._reverse_page(visit, {"wofuer" if error.code == "memo" else "": error.code})
        return see_other(f"/zahlungen/{back.payment_id}")


def _back(visit: Visit) -> Response:
    return see_other(f"/buero/mitglied/{visit.found[0]}")


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and 0 < len(text) <= 16 and int(text) > 0 else None
