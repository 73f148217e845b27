# SPDX-License-Identifier: AGPL-3.0-or-later
"""The account: how it stands, what is on its way, and the statement with search and table."""

from __future__ import annotations

from aiohttp.web import Response

from ringtausch_node.payments.accounts import PAGE_MAX
from ringtausch_node.payments.model import EntryView
from ringtausch_node.ring import Ring
from ringtausch_node.web.door.visit import Page, PageRoute, Visit
from ringtausch_node.web.look.answers import hours, table
from ringtausch_node.web.look.paging import LINES_SHOWN, all_rows, beginning
from ringtausch_node.web.look.wording import Wording

_NEWEST = 8
_PAGE = 50
#: Digits of the greatest key of an entry.
_DIGITS = 16


def routes(services: Ring) -> list[PageRoute]:
    """The part of the table that is about one's account."""
    of = _Handlers(services)
    return [
        PageRoute("GET", "/konto", "member", of.account),
        PageRoute("GET", "/konto/buchungen", "member", of.statement),
        PageRoute("GET", "/konto/buchungen.csv", "member", of.as_table),
    ]


class _Handlers:
    def __init__(self, services: Ring) -> None:
        self._services = services
        self._accounts, self._invoices, self._members = services.accounts, services.invoices, services.members
        self._winding_down, self._towns = services.winding_down, services.towns

    async def account(self, visit: Visit) -> Page:
        """The figures of the account, in words; what waits for an answer; the newest bookings.

        `konto`: that of somebody else, for whoever may see it. Raises LocalError: address, not_found.
        """
        actor = visit.actor
        handle = visit.account_asked
        account = await self._accounts.account(handle, actor)
        view = await self._accounts.statement(handle, None, _NEWEST if handle == actor.handle else _PAGE, actor)
        invoices = await self._invoices.list(actor, handle)
        unpaid = [each for each in invoices.to_pay if each.state == "open" and not each.payment_state]
        to_pay = beginning(unpaid, LINES_SHOWN)
        under_way = beginning(await self._accounts.under_way(handle, actor), LINES_SHOWN)
        nothing = beginning(await self._accounts.came_to_nothing(handle, actor), LINES_SHOWN)
        return Page(
            "member/account.html",
            {
                "nothing": nothing.rows, "more_nothing": nothing.left_out,
                "account": account, "entries": view.entries, "under_way": under_way.rows,
                "more_under_way": under_way.left_out, "to_pay": to_pay.rows, "more_to_pay": to_pay.left_out,
                "helps": (await self._members.helping.list(actor.handle, actor)).helps,
                "names": await self._members.names(), "stop": await self._winding_down.standing(),
            },
        )  # fmt: skip

    async def statement(self, visit: Visit) -> Page:
        """A page of the statement, or what a search finds in it. `konto`, errors: as `account`."""
        query, actor = visit.request.query, visit.actor
        account = await self._accounts.account(visit.account_asked, actor)
        wanted, before = query.get("suche", "").strip()[:100], _number(query.get("vor", ""))
        names = await self._members.names()
        if wanted:
            view = await self._accounts.search(account.handle, wanted, None, PAGE_MAX, actor, self._towns.of)
            found, onward = view.entries, None
        else:
            view = await self._accounts.statement(account.handle, before, _PAGE, actor)
            found, onward = view.entries, view.next
        return Page(
            "member/statement.html",
            {
                "account": account,
                "entries": found,
                "next": onward,
                "suche": wanted,
                "names": names,
                "is_first": not before,
            },
        )

    async def as_table(self, visit: Visit) -> Response:
        """The whole statement for a spreadsheet. `konto`, errors: as `account`."""
        return await statement_table(self._services, visit, visit.account_asked)


async def statement_table(services: Ring, visit: Visit, handle: str) -> Response:
    """An account's statement for a spreadsheet, for whoever may see it. Raises LocalError: address, not_found."""
    say, names, text = Wording(visit.speech, services.config), await services.members.names(), visit.speech.text

    async def page(before: int | None) -> tuple[list[EntryView], int | None]:
        view = await services.accounts.statement(handle, before, PAGE_MAX, visit.actor)
        return view.entries, view.next

    headings = [
        text("Tag"), text("Buchung"), text("Mit"), text("Name"), text("Wofür"), text("Stunden"), text("Stand"),
    ]  # fmt: skip
    rows = [
        [
            say.iso(each.at)[:10], say.booking(each), each.with_ or "", names.get(each.with_ or "", ""),
            each.memo or "", hours(each.amount_seconds), hours(each.balance_after_seconds),
        ]
        for each in await all_rows(page)
    ]  # fmt: skip
    return table("buchungen.csv", headings, rows)


def _number(text: str) -> int | None:
    is_number = text.isascii() and text.isdecimal() and len(text) <= _DIGITS
    return int(text) if is_number and int(text) > 0 else None
