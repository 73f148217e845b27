# SPDX-License-Identifier: AGPL-3.0-or-later
"""Devices ("Meine Geräte"): where one is signed in, which programs have an access, and ending each."""

from __future__ import annotations

from aiohttp.web import Response

from ringtausch_node.errors import LocalError, RingtauschError
from ringtausch_node.ring import Ring
from ringtausch_node.web.door.doorkeeper import Cookies
from ringtausch_node.web.door.proving import ABOUT_PROOF, Proving
from ringtausch_node.web.door.visit import Page, PageRoute, Visit
from ringtausch_node.web.look.answers import see_other

_DIGITS = 16
_SHOWN_LENGTH = 100


def routes(services: Ring, cookies: Cookies) -> list[PageRoute]:
    """The part of the table that is about devices."""
    of = _Handlers(services, cookies)
    return [
        PageRoute("GET", "/geraete", "member", of.list),
        PageRoute("POST", "/geraete/programm", "member", of.admit_program),
        PageRoute("POST", "/geraete/{id}/abmelden", "member", of.end),
        PageRoute("POST", "/geraete/alle-abmelden", "member", of.end_all),
    ]


class _Handlers:
    def __init__(self, services: Ring, cookies: Cookies) -> None:
        self._access, self._cookies, self._proving = services.members.access, cookies, Proving(services)

    async def list(self, visit: Visit) -> Page:
        """All of them; this one is marked."""
        return await self._page(visit, {}, "")

    async def _page(self, visit: Visit, errors: dict[str, str], label: str) -> Page:
        assert visit.access is not None
        view, asked = await self._access.list(visit.actor.handle, visit.actor), await self._proving.asked(visit)
        data = {**asked, "devices": view.tokens, "this": visit.access.id, "errors": errors, "label": label}
        return Page("member/devices.html", data, 422 if errors else 200)

    async def admit_program(self, visit: Visit) -> Page:
        """A key for a program of the member's own: shown this once."""
        label = visit.field("wofuer")
        try:
            token = await self._access.issue_own(label, visit.actor, lambda: self._proving.verify(visit, "nachweis"))
        except RingtauschError as error:
            field = "nachweis" if error.code in ABOUT_PROOF else "wofuer"
            return await self._page(visit, {field: error.code}, label[:_SHOWN_LENGTH])
        return Page("member/program.html", {"token": token, "label": label})

    async def end(self, visit: Visit) -> Response:
        """End one. Raises LocalError('not_found') also for what is another's."""
        number = visit.found[0]
        if not number.isascii() or not number.isdecimal() or len(number) > _DIGITS:
            raise LocalError("not_found", "device")
        await self._access.revoke(visit.actor.handle, int(number), visit.actor)
        return see_other("/geraete")

    async def end_all(self, visit: Visit) -> Response:
        """End all of them, this one too."""
        await self._access.revoke(visit.actor.handle, None, visit.actor)
        return see_other("/anmelden")
