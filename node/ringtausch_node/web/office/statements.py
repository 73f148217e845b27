# SPDX-License-Identifier: AGPL-3.0-or-later
"""Statements of a month on paper: one's own, and at the office a sheet for everybody."""

from __future__ import annotations

from typing import NamedTuple
from zoneinfo import ZoneInfo

from ringtausch_node.members import Actor
from ringtausch_node.payments.accounts import PAGE_MAX
from ringtausch_node.payments.model import EntryView
from ringtausch_node.ring import Ring
from ringtausch_node.web.door.visit import Page, PageRoute, Visit
from ringtausch_node.web.office.months import Month, month_asked

_OWN, _ALL = "/konto/auszug", "/buero/auszuege"


class Owner(NamedTuple):
    """Whose statement it is."""

    handle: str
    name: str


class Sheet(NamedTuple):
    """A member's statement of one month, to print."""

    member: Owner
    entries: list[EntryView]
    before_seconds: int
    after_seconds: int


def routes(services: Ring) -> list[PageRoute]:
    """The part of the table that is about statements on paper."""
    of = _Handlers(services)
    return [
        PageRoute("GET", _OWN, "member", of.one, is_paper=True),
        PageRoute("GET", _ALL, "office", of.all, is_paper=True),
    ]


class Sheets:
    """Statements of months: of one account, or of everybody's."""

    def __init__(self, services: Ring) -> None:
        self._accounts, self._members = services.accounts, services.members

    async def of(self, handle: str, actor: Actor, month: Month) -> list[Sheet]:
        """That of one account, for whoever may see it. Raises LocalError: address, not_found."""
        account = await self._accounts.account(handle, actor)
        return [await self._sheet(actor, Owner(handle, account.name), account.balance_seconds, month)]

    async def all(self, actor: Actor, month: Month) -> list[Sheet]:
        """One for everybody who has not left."""
        members = [each for each in await self._members.list() if each.state != "left" and not each.account_of]
        return [
            await self._sheet(actor, Owner(each.handle, each.name), each.balance_seconds, month) for each in members
        ]

    async def _sheet(self, actor: Actor, owner: Owner, balance_seconds: int, month: Month) -> Sheet:
        """The bookings of the month, oldest first, and how the account stood before and after them."""
        found: list[EntryView] = []
        after, before_entry = balance_seconds, None
        while True:
            page = await self._accounts.statement(owner.handle, before_entry, PAGE_MAX, actor)
            for each in page.entries:
                if each.at < month.since:
                    return _sheet_of(owner, found, after)
                if each.at < month.until:
                    found.append(each)
                else:
                    after = each.balance_before_seconds
            if page.next is None:
                return _sheet_of(owner, found, after)
            before_entry = page.next


class _Handlers:
    def __init__(self, services: Ring) -> None:
        self._sheets, self._members, self._clock = Sheets(services), services.members, services.clock
        self._zone = ZoneInfo(services.config.time_zone)

    async def one(self, visit: Visit) -> Page:
        """The statement of whoever is signed in. `konto`: of somebody else, for whoever may see it."""
        month, asked = month_asked(visit, self._clock.now(), self._zone), visit.account_asked
        other = "" if asked == visit.actor.handle else asked
        return await self._page(_OWN, month, await self._sheets.of(asked, visit.actor, month), other)

    async def all(self, visit: Visit) -> Page:
        """A statement for everybody who has not left, each on a page of paper of its own."""
        month = month_asked(visit, self._clock.now(), self._zone)
        return await self._page(_ALL, month, await self._sheets.all(visit.actor, month))

    async def _page(self, at: str, month: Month, sheets: list[Sheet], konto: str = "") -> Page:
        data = {"month": month, "sheets": [each._asdict() for each in sheets], "at": at, "konto": konto}
        return Page("office/statements.html", {**data, "names": await self._members.names()})


def _sheet_of(owner: Owner, newest_first: list[EntryView], after: int) -> Sheet:
    before = newest_first[-1].balance_before_seconds if newest_first else after
    return Sheet(owner, newest_first[::-1], before, after)
