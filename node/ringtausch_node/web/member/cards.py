# SPDX-License-Identifier: AGPL-3.0-or-later
"""A member's card, and where its QR code leads: the payer's own ring, and never a form to sign in on a foreign page."""

from __future__ import annotations

from aiohttp.web import Response

from ringtausch_node.amounts import clock, typed
from ringtausch_node.errors import LocalError
from ringtausch_node.ring import Ring
from ringtausch_node.web.door.visit import Page, PageRoute, Visit
from ringtausch_node.web.look.answers import see_other
from ringtausch_node.web.look.drawing import qr_code
from ringtausch_node.web.look.pay_links import PLAIN, Wish, link_of, query_of, read_link, read_sign
from ringtausch_protocol.addresses import parse_handle

_FIELDS = ("betrag", "wofuer")
_SHOWN_LENGTH = 400
_FIELD_OF = {"amount": "betrag", "memo": "wofuer"}


def routes(services: Ring) -> list[PageRoute]:
    """The part of the table that is about cards."""
    of = _Handlers(services)
    return [
        PageRoute("GET", "/karte", "member", of.card, is_paper=True),
        PageRoute("GET", "/z/{handle}", "open", of.whose_ring),
    ]


class _Handlers:
    def __init__(self, services: Ring) -> None:
        self._services, self._config = services, services.config
        self._unit = services.config.parsed_unit

    async def card(self, visit: Visit) -> Page:
        """The card to print, cut out and show; with an amount and a few words it is a sign for a stall."""
        account = await self._services.accounts.account(visit.actor.handle, visit.actor)
        values = {name: visit.request.query.get(name, "").strip()[:_SHOWN_LENGTH] for name in _FIELDS}
        wish, errors = PLAIN, {}
        try:
            wish = read_sign(values["betrag"], values["wofuer"], self._unit)
        except LocalError as error:
            errors = {_FIELD_OF[error.code]: error.code}
        url, plain = (link_of(self._config.public_url, visit.actor.handle, each) for each in (wish, PLAIN))
        data = {
            "name": account.name, "url": url, "plain_url": plain, "qr": qr_code(url), "values": values,
            "errors": errors, "amount_seconds": wish.amount_seconds, "memo": wish.memo,
            "query": query_of(values) if wish != PLAIN else "",
        }  # fmt: skip
        return Page("member/card.html", data, 422 if errors else 200)

    async def whose_ring(self, visit: Visit) -> Page | Response:
        """Which ring does the payer belong to? Who is signed in here goes on at once.

        Says nothing of whether there is such a member. Raises LocalError('address').
        """
        to = f"{parse_handle(visit.found[0])}@{self._config.address}"
        wish = read_link(visit.request.query, self._unit)
        seconds = wish.amount_seconds
        here = _form(to, wish, "" if seconds is None else typed(seconds, self._unit))
        if visit.access is not None:
            return see_other(here)
        there = _form(to, wish, "" if seconds is None else clock(seconds))
        lines = [line for line in self._services.federation.lines.all() if line.peer.state == "confirmed"]
        rings = {line.peer.address: f"{line.peer.url.rstrip('/')}{there}" for line in lines}
        data = {"to": to, "amount_seconds": seconds, "memo": wish.memo, "rings": rings, "here": here}
        return Page("member/whose_ring.html", data)


def _form(to: str, wish: Wish, amount: str) -> str:
    """The form to pay, filled: its path at whatever ring."""
    return "/zahlen?" + query_of({"an": to, "betrag": amount, "wofuer": wish.memo})
