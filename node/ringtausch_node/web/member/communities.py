# SPDX-License-Identifier: AGPL-3.0-or-later
"""The ring's own accounts: members see them and give; the office opens them, names them, and gives from them.

Both ways of giving are the ordinary form of paying, filled in: one check page, one payment.
"""

from __future__ import annotations

from aiohttp.web import Response

from ringtausch_node.errors import LocalError
from ringtausch_node.ring import Ring
from ringtausch_node.web.door.visit import Page, PageRoute, Visit
from ringtausch_node.web.look.answers import see_other
from ringtausch_node.web.look.kind_words import CHOOSING

_SHOWN_LENGTH = 100


def routes(services: Ring) -> list[PageRoute]:
    """The part of the table that is about the ring's own accounts."""
    of = _Handlers(services)
    return [
        PageRoute("GET", "/gemeinschaft", "member", of.show),
        PageRoute("GET", "/buero/gemeinschaft", "office", of.office),
        PageRoute("POST", "/buero/gemeinschaft", "office", of.open),
    ]


class _Handlers:
    def __init__(self, services: Ring) -> None:
        self._communities = services.communities

    async def show(self, _visit: Visit) -> Page:
        """How the accounts of all stand, and a form to give."""
        return Page("member/communities.html", {"communities": await self._communities.list()})

    async def office(self, visit: Visit) -> Page:
        """The same for the office, with a form to open one."""
        return await self._page(visit, {})

    async def _page(self, visit: Visit, errors: dict[str, str]) -> Page:
        typed = {name: visit.field(name)[:_SHOWN_LENGTH] for name in ("kuerzel", "name")}
        data = {"communities": await self._communities.list(), "errors": errors, "typed": typed}
        return Page("member/communities_office.html", data, 422 if errors else 200)

    async def open(self, visit: Visit) -> Page | Response:
        """Open one, or give one another name."""
        try:
            await self._communities.open(visit.field("kuerzel"), visit.field("name"), visit.actor)
        except LocalError as error:
            field = {"address": "kuerzel", "member_name": "name"}.get(error.code, "")
            return await self._page(visit, {field: CHOOSING.get(error.code, error.code)})
        return see_other("/buero/gemeinschaft")
