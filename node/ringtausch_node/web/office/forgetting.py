# SPDX-License-Identifier: AGPL-3.0-or-later
"""A member who left: the office hands over what is known, then has it erased (GDPR, articles 15 and 17)."""

from __future__ import annotations

from aiohttp.web import Response

from ringtausch_node.errors import LocalError
from ringtausch_node.ring import Ring
from ringtausch_node.web.door.visit import Page, PageRoute, Visit
from ringtausch_node.web.look.answers import as_file


def routes(services: Ring) -> list[PageRoute]:
    """The part of the table that is about forgetting."""
    of = _Handlers(services)
    one = "/buero/mitglied/{handle}"
    return [
        PageRoute("GET", f"{one}/daten", "office", of.everything),
        PageRoute("GET", f"{one}/vergessen", "office", of.ask),
        PageRoute("POST", f"{one}/vergessen", "office", of.forget),
    ]


class _Handlers:
    def __init__(self, services: Ring) -> None:
        self._services = services

    async def everything(self, visit: Visit) -> Response:
        """All that is known of a member who left, as one file to hand over. Raises LocalError('not_found')."""
        handle = await self._left(visit)
        return as_file(f"daten-{handle}.json", await self._services.own_data.of(handle))

    async def ask(self, visit: Visit) -> Page:
        """What goes, what stays, and what to do before. Raises LocalError('not_found')."""
        return self._page(await self._left(visit), {})

    async def forget(self, visit: Visit) -> Page:
        """Forget. Nothing of it can be taken back, so it is said once more in a box to tick."""
        handle = await self._left(visit)
        if visit.field("sicher") != "ja":
            return self._page(handle, {"sicher": "not_sure"})
        forgotten = await self._services.forgetting.forget(handle, visit.actor)
        return Page("office/forgotten.html", {"forgotten": forgotten})

    def _page(self, handle: str, errors: dict[str, str]) -> Page:
        return Page("office/forget.html", {"handle": handle, "errors": errors}, 422 if errors else 200)

    async def _left(self, visit: Visit) -> str:
        """The handle of a member who left and is not forgotten yet."""
        for each in await self._services.members.list():
            if each.handle == visit.found[0] and each.state == "left":
                return each.handle
        raise LocalError("not_found", "member")
