# SPDX-License-Identifier: AGPL-3.0-or-later
"""Payments of others that pass through this ring: what passes, and for whom the operator lets it. What commands do."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp.web import Response

from ringtausch_node.errors import LocalError
from ringtausch_node.federation.carrying import SHOWN_MAX, CarriedView
from ringtausch_node.federation.line.views import PeerView
from ringtausch_node.ring import Ring
from ringtausch_node.web.door.visit import Page, PageRoute, Visit
from ringtausch_node.web.look.answers import hours, see_other, table
from ringtausch_node.web.look.paging import all_rows
from ringtausch_node.web.look.wording import Wording

_PASSING, _RING = "/betrieb/durchgang", "/betrieb/ring/{address}/durchgang"
#: Payments on a page, which stays below 60 KB with them and fifty neighbours.
LISTED_MAX = 30
#: Lines over which nothing new passes, whatever is said of them.
_ENDED = ("ended", "given_up")
_OVER = ("agreed", *_ENDED)


def routes(services: Ring) -> list[PageRoute]:
    """The part of the table that is about what passes."""
    of = _Handlers(services)
    return [
        PageRoute("GET", _PASSING, "operator", of.show),
        PageRoute("GET", f"{_PASSING}.csv", "operator", of.as_table),
        PageRoute("POST", f"{_RING}/anfangen", "operator", of.begin),
        PageRoute("POST", f"{_RING}/anhalten", "operator", of.stop),
    ]


class _Handlers:
    def __init__(self, services: Ring) -> None:
        self._federation, self._carrying = services.federation, services.federation.carrying
        self._config, self._towns = services.config, services.towns

    async def show(self, visit: Visit) -> Page:
        """For which neighbours payments pass, and which do now and did. Raises LocalError('query')."""
        return await self._page({}, visit.request.query.get("vor") or None)

    async def as_table(self, visit: Visit) -> Response:
        """What passes and passed, for a spreadsheet."""
        text, say = visit.speech.text, Wording(visit.speech, self._config, self._towns.of)
        rows = [
            [
                say.iso(each.arrived_at)[:10], say.town_at(each.payer_ring), say.town_at(each.payee_ring),
                say.town_at(each.from_), say.town_at(each.to), hours(each.amount_seconds), say.passing(each.state),
            ]
            for each in await all_rows(self._rows)
        ]  # fmt: skip
        headings = [
            text("Tag"), text("Von"), text("An"), text("Tauschring davor"), text("Tauschring danach"), text("Stunden"),
            text("Zustand"),
        ]  # fmt: skip
        return table("durchgang.csv", headings, rows)

    async def _rows(self, before: str | None) -> tuple[Sequence[CarriedView], str | None]:
        page = await self._carrying.page(before, SHOWN_MAX)
        return page.payments, page.next

    async def _page(self, errors: dict[str, str], before: str | None = None) -> Page:
        carried, known = await self._carrying.peers(), await self._federation.peers()
        peers = [
            {"address": peer.address, "carries": peer.address in carried, "is_over": peer.state in _OVER}
            for peer in known if peer.state not in _OVER or (peer.address in carried and _is_open(peer))
        ]  # fmt: skip
        page = await self._carrying.page(before, LISTED_MAX)
        data = {
            "peers": peers, "are_all_over": bool(known) and all(peer.state in _ENDED for peer in known),
            "payments": page.payments, "next": page.next, "is_first": before is None, "errors": errors,
        }  # fmt: skip
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


def _is_open(peer: PeerView) -> bool:
    """Whether anything is left that may still go home over this line."""
    return bool(peer.clearing_seconds or peer.held_in or peer.held_out)
