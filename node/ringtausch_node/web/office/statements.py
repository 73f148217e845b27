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
        PageRoute("GET", _OWN, "member", of.own, is_paper=True),
        PageRoute("GET", _ALL, "office", of.all, is_paper=True),
    ]


class _Handlers:
    def __init__(self, services: Ring) -> None:
        self._accounts, self._members, self._clock = services.accounts, services.members, services.clock
        self._zone = ZoneInfo(services.config.time_zone)

    async def own(self, visit: Visit) -> Page:
        """The statement of whoever is signed in; who shares an account sees the account's."""
        account = await self._accounts.account(visit.actor.handle, visit.actor)
        return await self._page(visit, _OWN, [(Owner(visit.actor.handle, account.name), account.balance_seconds)])

    async def all(self, visit: Visit) -> Page:
        """A statement for everybody who has not left, each on a page of paper of its own."""
        members = [each for each in await self._members.list() if each.state != "left" and not each.account_of]
        owners = [(Owner(each.handle, each.name), each.balance_seconds) for each in members]
        return await self._page(visit, _ALL, owners)

    async def _page(self, visit: Visit, at: str, owners: list[tuple[Owner, int]]) -> Page:
        month = month_asked(visit, self._clock.now(), self._zone)
        sheets = [await self._sheet(visit.actor, owner, balance, month) for owner, balance in owners]
        data = {"month": month, "sheets": [each._asdict() for each in sheets], "at": at}
        return Page("office/statements.html", {**data, "names": await self._members.names()})

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


def _sheet_of(owner: Owner, newest_first: list[EntryView], after: int) -> Sheet:
    before = newest_first[-1].balance_before_seconds if newest_first else after
    return Sheet(owner, newest_first[::-1], before, after)
