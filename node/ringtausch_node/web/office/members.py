# SPDX-License-Identifier: AGPL-3.0-or-later
"""The office: members and balances as a list, a sheet of paper and a table."""

from __future__ import annotations

import msgspec
from aiohttp.web import Response

from ringtausch_node.members.model import MemberView
from ringtausch_node.ring import Ring
from ringtausch_node.web.door.visit import Page, PageRoute, Visit
from ringtausch_node.web.look.answers import hours, table
from ringtausch_node.web.look.wording import Wording

#: Members on one page, which stays below 50 KB with them; whoever looks for one person types a part of the name.
LISTED_MAX = 75
_DIGITS = 9


def routes(services: Ring) -> list[PageRoute]:
    """The part of the table that is the office's."""
    of = _Handlers(services)
    return [
        PageRoute("GET", "/buero", "office", of.members),
        PageRoute("GET", "/buero/liste", "reader", of.sheet, is_paper=True),
        PageRoute("GET", "/buero/liste.csv", "reader", of.sheet_table),
        PageRoute("GET", "/buero/mitglieder", "office", of.people, is_paper=True),
        PageRoute("GET", "/buero/mitglieder.csv", "office", of.as_table),
    ]


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A member on the list with names and addresses; `email` is empty where nobody knows one."""

    handle: str
    name: str
    state: str
    email: str


class _Handlers:
    def __init__(self, services: Ring) -> None:
        self._services = services

    async def members(self, visit: Visit) -> Page:
        """Members with their balances, so many at a time, and how much waits for the office."""
        wanted = visit.request.query.get("suche", "").strip()[:100]
        found = await self._services.members.list()
        if wanted:
            found = [each for each in found if wanted.casefold() in f"{each.handle} {each.name}".casefold()]
        first = _number(visit.request.query.get("ab", ""))
        waiting = len(await self._services.doubts.list()) + len(await self._services.recovered.waiting())
        data = {
            "members": found[first : first + LISTED_MAX], "count": len(found), "suche": wanted, "waiting": waiting,
            "next": first + LISTED_MAX if len(found) > first + LISTED_MAX else None,
            "dead": await self._services.members.life.dead(),
            "reports": len(await self._services.members.blocking.reports(visit.actor)),
            "joining": len(await self._services.joining.waiting(visit.actor)),
        }  # fmt: skip
        return Page("office/office.html", data)

    async def sheet(self, visit: Visit) -> Page:
        """Balances of everybody who has not left and of the ring's own accounts, with their sum, to print."""
        view = await self._services.accounts.balances(visit.actor)
        return Page("office/balances.html", {"balances": view, "now": int(self._services.clock.now())})

    async def sheet_table(self, visit: Visit) -> Response:
        """The same for a spreadsheet: each account once, so that the column adds up to zero."""
        text, say = visit.speech.text, Wording(visit.speech, self._services.config, self._services.towns.of)
        view = await self._services.accounts.balances(visit.actor)
        rows = [[each.handle, each.name, hours(each.balance_seconds)] for each in view.members if not each.account_of]
        rows += [["", say.own_account(each), hours(each.balance_seconds)] for each in view.own]
        headings = [text("Kürzel"), text("Konto"), text("Stunden")]
        return table("saldenliste.csv", headings, [*rows, ["", text("Summe"), hours(view.sum_seconds)]])

    async def people(self, visit: Visit) -> Page:
        """Everybody who has not left, with number and mail address, to print."""
        emails = await self._emails(visit)
        listed = [
            Listed(handle=each.handle, name=each.name, state=each.state, email=emails.get(each.handle, ""))
            for each in await self._services.members.list() if each.state != "left"
        ]  # fmt: skip
        return Page("office/people.html", {"people": listed, "now": int(self._services.clock.now())})

    async def as_table(self, visit: Visit) -> Response:
        """Members, balances, limits and mail addresses for a spreadsheet, hours with a decimal comma."""
        text = visit.speech.text
        headings = [
            text("Kürzel"), text("Name"), text("Rolle"), text("Stunden"), text("Untere Grenze"), text("Obere Grenze"),
            text("Zustand"), text("E-Mail"),
        ]  # fmt: skip
        emails = await self._emails(visit)
        rows = [[*_row(each), emails.get(each.handle, "")] for each in await self._services.members.list()]
        return table("mitglieder.csv", headings, rows)

    async def _emails(self, visit: Visit) -> dict[str, str]:
        """Where members get mail who have not left, by handle; empty where nowhere."""
        return {each.handle: each.email for each in await self._services.entrance.on_paper.ways_in(visit.actor)}


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _DIGITS else 0


def _row(each: MemberView) -> list[str]:
    limits = [hours(limit) if limit is not None else "" for limit in (each.min_seconds, each.max_seconds)]
    return [each.handle, each.name, each.role, hours(each.balance_seconds), *limits, each.state]
