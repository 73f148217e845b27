# SPDX-License-Identifier: AGPL-3.0-or-later
"""Payments of others that pass through this ring: what passes, and for whom the operator lets it. What commands do."""

from __future__ import annotations

from aiohttp.web import Response

from ringtausch_node.errors import LocalError
from ringtausch_node.ring import Ring
from ringtausch_node.web.door.visit import Page, PageRoute, Visit
from ringtausch_node.web.look.answers import see_other

_PASSING, _RING = "/betrieb/durchgang", "/betrieb/ring/{address}/durchgang"
#: Lines over which nothing new passes, whatever is said of them.
_OVER = ("agreed", "ended", "given_up")


def routes(services: Ring) -> list[PageRoute]:
    """The part of the table that is about what passes."""
    of = _Handlers(services)
    return [
        PageRoute("GET", _PASSING, "operator", of.show),
        PageRoute("POST", f"{_RING}/anfangen", "operator", of.begin),
        PageRoute("POST", f"{_RING}/anhalten", "operator", of.stop),
    ]


class _Handlers:
    def __init__(self, services: Ring) -> None:
        self._federation, self._carrying = services.federation, services.federation.carrying

    async def show(self, _visit: Visit) -> Page:
        """For which neighbours payments pass, and which do now and did."""
        return await self._page({})

    async def _page(self, errors: dict[str, str]) -> Page:
        carried = await self._carrying.peers()
        peers = [
            {"address": peer.address, "carries": peer.address in carried}
            for peer in await self._federation.peers() if peer.state not in _OVER or peer.address in carried
        ]  # fmt: skip
        data = {"peers": peers, "payments": await self._carrying.list(), "errors": errors}
        return Page("operator/passing.html", data, 422 if errors else 200)

    async def begin(self, visit: Visit) -> Page | Response:
        """From now on payments of others may come from this neighbour and go to it."""
        return await self._set(visit, carries=True)

    async def stop(self, visit: Visit) -> Page | Response:
        """Nothing new; what is under way still ends."""
        return await self._set(visit, carries=False)

    async def _set(self, visit: Visit, *, carries: bool) -> Page | Response:
        """Who is no neighbour has no page."""
        try:
            await self._carrying.set(visit.found[0], carries=carries)
        except LocalError as error:
            if error.code == "unknown_peer":
                raise
            return await self._page({"": error.code})
        return see_other(_PASSING)
