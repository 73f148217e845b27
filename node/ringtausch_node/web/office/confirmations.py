# SPDX-License-Identifier: AGPL-3.0-or-later
"""Confirmations of balances on paper: how an account stood at the end of a month, for both sides to sign and to file.

A statement lists the bookings and may take many sheets; this is one sheet for each account, whatever happened on it.
"""

from __future__ import annotations

from typing import NamedTuple
from zoneinfo import ZoneInfo

from aiohttp.web import Response

from ringtausch_node.ring import Ring
from ringtausch_node.web.door.visit import Page, PageRoute, Visit
from ringtausch_node.web.look.answers import hours, table
from ringtausch_node.web.office.months import Month, month_over_asked
from ringtausch_node.web.office.statements import Owner, Sheet, Sheets

_OWN, _ALL = "/konto/bestaetigung", "/buero/bestaetigungen"


class Confirmation(NamedTuple):
    """How an account stood before and after a month, and what came and went between, in seconds and bookings."""

    member: Owner
    before_seconds: int
    got_seconds: int
    got_count: int
    gave_seconds: int
    gave_count: int
    after_seconds: int

    def amounts(self) -> tuple[int, int, int, int]:
        """Before, what came, what went, and after, as they add up."""
        return self.before_seconds, self.got_seconds, -self.gave_seconds, self.after_seconds


def routes(services: Ring) -> list[PageRoute]:
    """The part of the table that is about confirmations on paper."""
    of = _Handlers(services)
    return [
        PageRoute("GET", _OWN, "member", of.one, is_paper=True),
        PageRoute("GET", _ALL, "office", of.all, is_paper=True),
        PageRoute("GET", f"{_ALL}.csv", "office", of.as_table),
    ]


class _Handlers:
    def __init__(self, services: Ring) -> None:
        self._sheets, self._clock = Sheets(services), services.clock
        self._zone = ZoneInfo(services.config.time_zone)

    async def one(self, visit: Visit) -> Page:
        """That of the account of whoever is signed in. `konto`: of somebody else, for whoever may see it."""
        month, asked = self._month(visit), visit.account_asked
        other = "" if asked == visit.actor.handle else asked
        return self._page(_OWN, month, await self._sheets.of(asked, visit.actor, month), other)

    async def all(self, visit: Visit) -> Page:
        """One for everybody who has not left, each on a sheet of its own."""
        month = self._month(visit)
        return self._page(_ALL, month, await self._sheets.all(visit.actor, month))

    async def as_table(self, visit: Visit) -> Response:
        """How all of them stood, for a spreadsheet."""
        text, month = visit.speech.text, self._month(visit)
        rows = [
            [each.member.handle, each.member.name, *(hours(seconds) for seconds in each.amounts())]
            for each in map(confirmed, await self._sheets.all(visit.actor, month))
        ]
        headings = [
            text("Kürzel"), text("Name"), text("Stand am Anfang"), text("Bekommen"), text("Gegeben"),
            text("Stand am Ende"),
        ]  # fmt: skip
        return table(f"saldenbestaetigungen-{month.text}.csv", headings, rows)

    def _month(self, visit: Visit) -> Month:
        return month_over_asked(visit, self._clock.now(), self._zone)

    def _page(self, at: str, month: Month, sheets: list[Sheet], konto: str = "") -> Page:
        now = int(self._clock.now())
        data = {
            "month": month, "confirmations": [confirmed(each)._asdict() for each in sheets], "at": at,
            "konto": konto, "is_over": now >= month.until, "now": now,
        }  # fmt: skip
        return Page("office/confirmations.html", data)


def confirmed(sheet: Sheet) -> Confirmation:
    """What a statement comes to."""
    amounts = [each.amount_seconds for each in sheet.entries]
    got, gave = ([each for each in amounts if each * sign > 0] for sign in (1, -1))
    return Confirmation(
        sheet.member, sheet.before_seconds, sum(got), len(got), -sum(gave), len(gave), sheet.after_seconds
    )
