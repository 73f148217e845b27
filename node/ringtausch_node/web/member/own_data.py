# SPDX-License-Identifier: AGPL-3.0-or-later
"""What this ring has stored about a member, for the member: a page, and one file with all of it (GDPR, article 15)."""

from __future__ import annotations

from aiohttp.web import Response

from ringtausch_node.ring import Ring
from ringtausch_node.web.door.visit import Page, PageRoute, Visit
from ringtausch_node.web.look.answers import as_file


def routes(services: Ring) -> list[PageRoute]:
    """The part of the table that is about one's own data."""
    of = _Handlers(services)
    return [
        PageRoute("GET", "/daten", "member", of.show),
        PageRoute("GET", "/daten/alles", "member", of.everything),
    ]


class _Handlers:
    def __init__(self, services: Ring) -> None:
        self._services = services

    async def show(self, visit: Visit) -> Page:
        """What there is, in words; the file has it all."""
        handle, actor = visit.actor.handle, visit.actor
        settings = await self._services.entrance.own_settings(actor)
        helpers = await self._services.members.helping.list(handle, actor)
        data = {
            "account": await self._services.accounts.account(handle, actor),
            "email": settings.email, "has_password": settings.has_password,
            "devices": len((await self._services.members.access.list(handle, actor)).tokens),
            "helpers": len(helpers.helpers) + len(helpers.helps),
            "blocks": len((await self._services.members.blocking.list(actor)).blocks),
        }  # fmt: skip
        return Page("member/own_data.html", data)

    async def everything(self, visit: Visit) -> Response:
        """All of it as one file that programs read too."""
        return as_file("meine-daten.json", await self._services.own_data.collect(visit.actor))
