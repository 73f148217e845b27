# SPDX-License-Identifier: AGPL-3.0-or-later
"""Netting, as the operator sees it: which circles of debts are known, and what it has freed on each line."""

from __future__ import annotations

from aiohttp.web import Response

from ringtausch_node.errors import RingtauschError
from ringtausch_node.ring import Ring
from ringtausch_node.web.door.visit import Page, PageRoute, Visit
from ringtausch_node.web.look.answers import see_other

_NETTING = "/betrieb/verrechnung"


def routes(services: Ring) -> list[PageRoute]:
    """The part of the table that is about netting."""
    of = _Handlers(services)
    return [PageRoute("GET", _NETTING, "operator", of.show), PageRoute("POST", _NETTING, "operator", of.begin)]


class _Handlers:
    def __init__(self, services: Ring) -> None:
        self._netting, self._winding_down = services.federation.netting, services.winding_down

    async def show(self, _visit: Visit) -> Page:
        """The plan of now, the run before, and what all runs have freed."""
        return await self._page({})

    async def _page(self, errors: dict[str, str]) -> Page:
        data = {
            "plan": await self._netting.plan(), "running": self._netting.is_running, "last": self._netting.last,
            "is_closed": (await self._winding_down.standing()).closed_at is not None, "errors": errors,
        }  # fmt: skip
        return Page("operator/netting.html", data, 422 if errors else 200)

    async def begin(self, _visit: Visit) -> Page | Response:
        """Walk the circles in the background; the page says how it stands."""
        try:
            self._netting.begin()
        except RingtauschError as error:
            return await self._page({"": error.code})
        return see_other(_NETTING)
