# SPDX-License-Identifier: AGPL-3.0-or-later
"""The operator's page: at a glance whether all is well, and how each line to another ring stands."""

from __future__ import annotations

from ringtausch_node.ledger import service as ledger
from ringtausch_node.ring import Ring
from ringtausch_node.web.door.visit import Page, PageRoute, Visit
from ringtausch_node.web.operator import glance

#: Lines of which this page shows all figures; of the others the name and how they stand, with a link to the rest.
FIGURES_SHOWN = 15


def routes(services: Ring) -> list[PageRoute]:
    """The part of the table that is the operator's."""
    of = _Handlers(services)
    return [PageRoute("GET", "/betrieb", "operator", of.show)]


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
            "checked": self._services.checking.last, "is_stopping": await self._services.winding_down.is_announced(),
            "backup": await self._services.backups.newest(),
            "peers": await self._services.federation.peers(), "with_figures": FIGURES_SHOWN,
            "letters": await self._services.post.counts(), "sends_mail": self._services.post.is_open,
        }  # fmt: skip
        return Page("operator/operating.html", data)
