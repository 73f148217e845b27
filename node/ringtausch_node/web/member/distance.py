# SPDX-License-Identifier: AGPL-3.0-or-later
"""Keeping somebody at a distance, telling the office about somebody, and the office's list of what it was told."""

from __future__ import annotations

from collections.abc import Awaitable
from uuid import UUID

from aiohttp.web import Response

from ringtausch_node.errors import LocalError
from ringtausch_node.ring import Ring
from ringtausch_node.web.door.visit import Page, PageRoute, Visit
from ringtausch_node.web.look.answers import see_other
from ringtausch_node.web.look.paging import FORMS_SHOWN, beginning

_PAGE = "/abstand"
_SHOWN_LENGTH = 1_200
_DIGITS = 16


def routes(services: Ring) -> list[PageRoute]:
    """The part of the table that is about distance."""
    of = _Handlers(services)
    return [
        PageRoute("GET", _PAGE, "member", of.show),
        PageRoute("POST", f"{_PAGE}/halten", "member", of.block),
        PageRoute("POST", f"{_PAGE}/beenden", "member", of.unblock),
        PageRoute("POST", f"{_PAGE}/melden", "member", of.report),
        PageRoute("GET", "/buero/meldungen", "office", of.reports),
        PageRoute("POST", "/buero/meldungen/{id}/erledigt", "office", of.close),
    ]


class _Handlers:
    def __init__(self, services: Ring) -> None:
        self._blocking, self._members, self._ids = services.members.blocking, services.members, services.ids

    async def show(self, visit: Visit) -> Page:
        """Whom the member avoids, and both forms; a link may have filled in whom it is about."""
        return await self._page(visit, {}, visit.request.query.get("wen", "")[:_SHOWN_LENGTH])

    async def _page(self, visit: Visit, errors: dict[str, str], whom: str, *, is_told: bool = False) -> Page:
        data = {
            "blocks": (await self._blocking.list(visit.actor)).blocks, "names": await self._members.names(),
            "errors": errors, "wen": whom, "ueber": visit.field("ueber")[:_SHOWN_LENGTH] or whom,
            "worte": visit.field("worte")[:_SHOWN_LENGTH], "is_told": is_told,
            "nummer": ("" if is_told else visit.field("nummer")) or str(UUID(bytes=self._ids.uuid7())),
        }  # fmt: skip
        return Page("member/distance.html", data, 422 if errors else 200)

    async def block(self, visit: Visit) -> Page | Response:
        """Keep somebody at a distance."""
        return await self._done(visit, self._blocking.block(visit.field("wen"), visit.actor), "wen")

    async def unblock(self, visit: Visit) -> Page | Response:
        """End it."""
        return await self._done(visit, self._blocking.unblock(visit.field("wen"), visit.actor), "")

    async def _done(self, visit: Visit, wish: Awaitable[None], field: str) -> Page | Response:
        try:
            await wish
        except LocalError as error:
            return await self._page(visit, {field: error.code}, visit.field("wen")[:_SHOWN_LENGTH])
        return see_other(_PAGE)

    async def report(self, visit: Visit) -> Page:
        """Tell the office; the same form again tells nothing."""
        try:
            await self._blocking.report(visit.field("ueber"), visit.field("worte"), visit.actor, visit.field("nummer"))
        except LocalError as error:
            field = {"address": "ueber", "words": "worte"}.get(error.code, "")
            return await self._page(visit, {field: error.code}, "")
        return await self._page(visit, {}, "", is_told=True)

    async def reports(self, visit: Visit) -> Page:
        """What the office was told."""
        reports = beginning(await self._blocking.reports(visit.actor), FORMS_SHOWN)
        data = {"reports": reports.rows, "left_out": reports.left_out, "names": await self._members.names()}
        return Page("member/reports.html", data)

    async def close(self, visit: Visit) -> Response:
        """Seen to."""
        number = visit.found[0]
        if not number.isascii() or not number.isdecimal() or len(number) > _DIGITS:
            raise LocalError("not_found", "report")
        await self._blocking.close(int(number), visit.actor)
        return see_other("/buero/meldungen")
