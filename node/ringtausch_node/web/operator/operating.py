# SPDX-License-Identifier: AGPL-3.0-or-later
"""The operator's page: at a glance whether all is well, and how each line to another ring stands."""

from __future__ import annotations

from aiohttp.web import Response

from ringtausch_node.ledger import service as ledger
from ringtausch_node.ring import Ring
from ringtausch_node.web.door.visit import Page, PageRoute, Visit
from ringtausch_node.web.look.answers import hours, table
from ringtausch_node.web.look.wording import Wording
from ringtausch_node.web.operator import glance

#: Lines of which this page shows all figures; of the others the name and how they stand, with a link to the rest.
FIGURES_SHOWN = 15


def routes(services: Ring) -> list[PageRoute]:
    """The part of the table that is the operator's."""
    of = _Handlers(services)
    return [
        PageRoute("GET", "/betrieb", "operator", of.show),
        PageRoute("GET", "/betrieb/ringe.csv", "operator", of.as_table),
    ]


class _Handlers:
    def __init__(self, services: Ring) -> None:
        self._services = services

    async def show(self, visit: Visit) -> Page:
        """What is not well, what is still to do; then sums, lines, letters."""
        totals = await self._services.store.read(ledger.totals)
        data = {
            "sum_seconds": totals.sum_seconds, "accounts": totals.accounts, "open_holds": totals.open_holds,
            "alarms": [each._asdict() for each in await glance.alarms(self._services)],
            "hints": [each._asdict() for each in await glance.hints(self._services)],
            "checked": self._services.checking.last, "stop": await self._services.winding_down.standing(),
            "backup": await self._services.backups.newest(),
            "peers": await self._services.federation.peers(), "with_figures": FIGURES_SHOWN,
            "letters": await self._services.post.counts(), "sends_mail": self._services.post.is_open,
        }  # fmt: skip
        return Page("operator/operating.html", data)

    async def as_table(self, visit: Visit) -> Response:
        """All lines to other rings for a spreadsheet; what we owe there has a plus."""
        text, towns = visit.speech.text, self._services.towns
        say = Wording(visit.speech, self._services.config, towns.of)
        rows = [
            [
                each.address, towns.given(each.address), say.line(each),
                *(hours(seconds) for seconds in (
                    each.clearing_seconds, each.limit_out, each.limit_in, each.held_out, each.held_in)),
            ]
            for each in await self._services.federation.peers()
        ]  # fmt: skip
        headings = [
            text("Tauschring"), text("Name"), text("Zustand"), text("Wir haben zu geben"), text("Höchstens von uns"),
            text("Höchstens von dort"), text("Unterwegs hin"), text("Unterwegs her"),
        ]  # fmt: skip
        return table("ringe.csv", headings, rows)
