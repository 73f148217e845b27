# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the office looks at after a month: every booking with its heading, and the sums."""

from __future__ import annotations

import re
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from aiohttp.web import Response

from ringtausch_node.errors import LocalError
from ringtausch_node.ring import Ring
from ringtausch_node.web.door.visit import Page, PageRoute, Visit
from ringtausch_node.web.look.answers import hours, see_other, table
from ringtausch_node.web.look.wording import Wording
from ringtausch_protocol.yearly import FIRST_YEAR, LAST_YEAR

#: Bookings that one form sorts: with the longest words and twelve headings its page stays below 60 KB.
SORTED_MAX = 35
_HEADING = "rubrik"
_WRITTEN = re.compile("([0-9]{4})-([0-9]{2})")


class Month(NamedTuple):
    """A month in the ring's time zone: how it is written, its first second and that of the next, its neighbours."""

    text: str
    since: int
    until: int
    before: str
    after: str


def routes(services: Ring) -> list[PageRoute]:
    """The part of the table that is about months."""
    of = _Handlers(services)
    return [
        PageRoute("GET", "/buero/monat", "office", of.show),
        PageRoute("POST", "/buero/monat", "office", of.sort),
        PageRoute("GET", "/buero/monat.csv", "office", of.as_table),
    ]


class _Handlers:
    def __init__(self, services: Ring) -> None:
        self._services, self._review = services, services.review
        self._zone = ZoneInfo(services.config.time_zone)

    async def show(self, visit: Visit) -> Page:
        """A month: sums by heading, and every booking with a place for its heading, so many at a time."""
        month = month_asked(visit, self._services.clock.now(), self._zone)
        view = await self._review.bookings(month.since, month.until, visit.actor)
        wanted, first = visit.request.query.get("nur", ""), _number(visit.request.query.get("ab", ""))
        listed = [each for each in view.bookings if each.number >= first and (wanted != "offen" or not each.category)]
        data = {
            "month": month, "review": view, "bookings": listed[:SORTED_MAX], "only_open": wanted == "offen",
            "next": listed[SORTED_MAX].number if len(listed) > SORTED_MAX else None,
            "categories": self._review.categories, "names": await self._services.members.names(),
        }  # fmt: skip
        return Page("office/month.html", data)

    async def sort(self, visit: Visit) -> Response:
        """Keep the headings that were chosen."""
        month = parse_month(visit.field("monat"), self._zone)
        if month is None:
            raise LocalError("not_found", "month")
        chosen = {
            _number(name.removeprefix(_HEADING)): value for name, value in visit.form.items()
            if name.startswith(_HEADING) and value != visit.field(f"war{name.removeprefix(_HEADING)}")
        }  # fmt: skip
        await self._review.sort(chosen, visit.actor)
        only = "&nur=offen" if visit.field("nur") == "offen" else ""
        return see_other(f"/buero/monat?monat={month.text}{only}")

    async def as_table(self, visit: Visit) -> Response:
        """The month for a spreadsheet."""
        month = month_asked(visit, self._services.clock.now(), self._zone)
        text, say = visit.speech.text, Wording(visit.speech, self._services.config)
        names = await self._services.members.names()
        view = await self._review.bookings(month.since, month.until, visit.actor)
        headings = [
            text("Tag"), text("Nummer"), text("Von"), text("Name"), text("An"), text("Name"), text("Wofür"),
            text("Stunden"), text("Rubrik"), text("Art"),
        ]  # fmt: skip
        rows = [
            [
                say.iso(each.at)[:10], str(each.number), each.from_, names.get(each.from_, ""), each.to,
                names.get(each.to, ""), each.memo, hours(each.amount_seconds), each.category, each.kind,
            ]
            for each in view.bookings
        ]  # fmt: skip
        return table(f"buchungen-{month.text}.csv", headings, rows)


def month_asked(visit: Visit, now: int, zone: ZoneInfo) -> Month:
    """The month that was asked for, else this one."""
    return parse_month(visit.request.query.get("monat", ""), zone) or month_of(now, zone)


def month_over_asked(visit: Visit, now: int, zone: ZoneInfo) -> Month:
    """The month that was asked for, else the last one that is over: what goes on can still change."""
    asked = parse_month(visit.request.query.get("monat", ""), zone)
    return asked or month_of(month_of(now, zone).since - 1, zone)


def parse_month(text: str, zone: ZoneInfo) -> Month | None:
    """A month written "2026-11", or None."""
    written = _WRITTEN.fullmatch(text)
    if written is None or not FIRST_YEAR <= int(written[1]) <= LAST_YEAR or not 1 <= int(written[2]) <= 12:
        return None
    return _month(int(written[1]), int(written[2]), zone)


def month_of(at: int, zone: ZoneInfo) -> Month:
    """The month of a moment."""
    when = datetime.fromtimestamp(at, zone)
    return _month(when.year, when.month, zone)


def _month(year: int, month: int, zone: ZoneInfo) -> Month:
    count = year * 12 + month - 1
    first, following = (datetime(each // 12, each % 12 + 1, 1, tzinfo=zone) for each in (count, count + 1))
    text, before, after = (f"{each // 12:04d}-{each % 12 + 1:02d}" for each in (count, count - 1, count + 1))
    return Month(text, int(first.timestamp()), int(following.timestamp()), before, after)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 16 else 0
