# SPDX-License-Identifier: AGPL-3.0-or-later
"""Somebody broke in, or a table of accesses was seen: the operator signs everybody out at once."""

from __future__ import annotations

from aiohttp.web import Response

from ringtausch_node.entrance.model import VISIT_SECONDS
from ringtausch_node.errors import RingtauschError
from ringtausch_node.ring import Ring
from ringtausch_node.web.door.doorkeeper import Cookies
from ringtausch_node.web.door.proving import Proving
from ringtausch_node.web.door.visit import Page, PageRoute, Visit
from ringtausch_node.web.everybody.coming_in import signed_in

_PATH = "/betrieb/abmelden"
_PROOF = "nachweis"


def routes(services: Ring, cookies: Cookies) -> list[PageRoute]:
    """The part of the table that ends everybody's accesses."""
    of = _Handlers(services, cookies)
    return [PageRoute("GET", _PATH, "operator", of.show), PageRoute("POST", _PATH, "operator", of.end)]


class _Handlers:
    def __init__(self, services: Ring, cookies: Cookies) -> None:
        self._access, self._cookies, self._proving = services.members.access, cookies, Proving(services)

    async def show(self, visit: Visit) -> Page:
        """How many are signed in beside this device, and what it means to end that."""
        return await self._page(visit, {})

    async def _page(self, visit: Visit, errors: dict[str, str]) -> Page:
        data = {**await self._proving.asked(visit), "others": await self._access.count(visit.access), "errors": errors}
        return Page("operator/sign_out.html", data, 422 if errors else 200)

    async def end(self, visit: Visit) -> Page | Response:
        """Everybody signs in anew, but for this device: else nobody could print letters with codes.

        Its own token is a new one, for it may be the one that was stolen.
        """
        access = visit.access
        assert access is not None
        if visit.field("sicher") != "ja":
            return await self._page(visit, {"sicher": "not_sure_all"})
        try:
            await self._proving.verify(visit, _PROOF)
        except RingtauschError as error:
            return await self._page(visit, {_PROOF: error.code})
        token = await self._access.renew(access)
        with_programs = visit.field("programme") == "ja"
        await self._access.end_everybodys(visit.actor, with_programs=with_programs, but=access)
        stay = access.ends_at is not None and access.ends_at - access.begun_at > VISIT_SECONDS
        return signed_in(self._cookies, token, _PATH, stay=stay)
