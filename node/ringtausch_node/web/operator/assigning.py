# SPDX-License-Identifier: AGPL-3.0-or-later
"""Claims that other rings want to hand over to us, or away from us: the operator agrees, or declines."""

from __future__ import annotations

from aiohttp.web import Response

from ringtausch_node.errors import LocalError
from ringtausch_node.ring import Ring
from ringtausch_node.web.door.visit import Page, PageRoute, Visit
from ringtausch_node.web.look.answers import see_other

_ASKED = "/betrieb/uebernahme"
#: Of the largest amount, in seconds.
_AMOUNT_DIGITS = 10


def routes(services: Ring) -> list[PageRoute]:
    """The part of the table that is about claims that change hands."""
    of = _Handlers(services)
    return [
        PageRoute("GET", _ASKED, "operator", of.show),
        PageRoute("POST", f"{_ASKED}/zustimmen", "operator", of.agree),
        PageRoute("POST", f"{_ASKED}/ablehnen", "operator", of.decline),
    ]


class _Handlers:
    def __init__(self, services: Ring) -> None:
        self._assigning = services.assigning

    async def show(self, _visit: Visit) -> Page:
        """Who asks for what, and what we have answered."""
        return await self._page({})

    async def _page(self, errors: dict[str, str]) -> Page:
        data = {"asked": await self._assigning.asked(), "errors": errors}
        return Page("operator/assigning.html", data, 422 if errors else 200)

    async def agree(self, visit: Visit) -> Page | Response:
        """To what stands on the page that was read; once."""
        return await self._answer(visit, agrees=True)

    async def decline(self, visit: Visit) -> Page | Response:
        """Nothing changes."""
        return await self._answer(visit, agrees=False)

    async def _answer(self, visit: Visit, *, agrees: bool) -> Page | Response:
        text = visit.field("sekunden")
        amount = int(text) if text.isascii() and text.isdecimal() and len(text) <= _AMOUNT_DIGITS else 0
        try:
            await self._assigning.answer(visit.field("von"), visit.field("mit"), amount, agrees=agrees)
        except LocalError as error:
            return await self._page({"": error.code})
        return see_other(_ASKED)
