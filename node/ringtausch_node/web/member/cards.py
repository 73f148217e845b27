# SPDX-License-Identifier: AGPL-3.0-or-later
"""A member's card, and where its QR code leads: the payer's own ring, and never a form to sign in on a foreign page."""

from __future__ import annotations

from urllib.parse import urlencode

from aiohttp.web import Response

from ringtausch_node.ring import Ring
from ringtausch_node.web.door.visit import Page, PageRoute, Visit
from ringtausch_node.web.look.answers import see_other
from ringtausch_node.web.look.drawing import qr_code
from ringtausch_protocol.addresses import parse_handle

#: What a link may fill in beside the payee.
_FILLED = ("betrag", "wofuer")
_FILLED_LENGTH = 200


def routes(services: Ring) -> list[PageRoute]:
    """The part of the table that is about cards."""
    of = _Handlers(services)
    return [
        PageRoute("GET", "/karte", "member", of.card, is_paper=True),
        PageRoute("GET", "/z/{handle}", "open", of.whose_ring),
    ]


class _Handlers:
    def __init__(self, services: Ring) -> None:
        self._services = services

    async def card(self, visit: Visit) -> Page:
        """The card to print, cut out and show."""
        account = await self._services.accounts.account(visit.actor.handle, visit.actor)
        url = f"{self._services.config.public_url.rstrip('/')}/z/{visit.actor.handle}"
        return Page("member/card.html", {"name": account.name, "url": url, "qr": qr_code(url)})

    async def whose_ring(self, visit: Visit) -> Page | Response:
        """Which ring does the payer belong to? Who is signed in here goes on at once.

        Says nothing of whether there is such a member. Raises LocalError('address').
        """
        own = self._services.config.address
        filled = {name: visit.request.query.get(name, "")[:_FILLED_LENGTH] for name in _FILLED}
        wish = {"an": f"{parse_handle(visit.found[0])}@{own}", **{name: text for name, text in filled.items() if text}}
        query = urlencode(wish)
        if visit.access is not None:
            return see_other(f"/zahlen?{query}")
        lines = [line for line in self._services.federation.lines.all() if line.peer.state == "confirmed"]
        rings = {line.peer.address: f"{line.peer.url.rstrip('/')}/zahlen?{query}" for line in lines}
        return Page(
            "member/whose_ring.html", {"to": wish["an"], "filled": filled, "rings": rings, "here": f"/zahlen?{query}"}
        )
