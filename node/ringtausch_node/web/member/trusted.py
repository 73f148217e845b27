# SPDX-License-Identifier: AGPL-3.0-or-later
"""Trusted people: who acts for a member, for whom the member acts; allowing it and ending it."""

from __future__ import annotations

from aiohttp.web import Response

from ringtausch_node.errors import LocalError
from ringtausch_node.ring import Ring
from ringtausch_node.web.door.visit import Page, PageRoute, Visit
from ringtausch_node.web.look.answers import see_other

_SHOWN_LENGTH = 100


def routes(services: Ring) -> list[PageRoute]:
    """The part of the table that is about trusted people."""
    of = _Handlers(services)
    return [
        PageRoute("GET", "/vertrauen", "member", of.show),
        PageRoute("POST", "/vertrauen", "member", of.grant),
        PageRoute("POST", "/vertrauen/{helper}/beenden", "member", of.end),
    ]


class _Handlers:
    def __init__(self, services: Ring) -> None:
        self._helping = services.members.helping

    async def show(self, visit: Visit) -> Page:
        """Both lists."""
        return await self._page(visit, "", {})

    async def _page(self, visit: Visit, typed: str, errors: dict[str, str]) -> Page:
        view = await self._helping.list(visit.actor.handle, visit.actor)
        data = {"helpers": view.helpers, "helps": view.helps, "wer": typed, "errors": errors}
        return Page("member/trusted.html", data, 422 if errors else 200)

    async def grant(self, visit: Visit) -> Page | Response:
        """Let somebody act for the member."""
        try:
            await self._helping.grant(visit.field("wer"), visit.actor.handle, visit.actor)
        except LocalError as error:
            return await self._page(visit, visit.field("wer")[:_SHOWN_LENGTH], {"wer": error.code})
        return see_other("/vertrauen")

    async def end(self, visit: Visit) -> Response:
        """End it at once. Raises LocalError: address, not_found."""
        await self._helping.end(visit.found[0], visit.actor.handle, visit.actor)
        return see_other("/vertrauen")
