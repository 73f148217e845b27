# SPDX-License-Identifier: AGPL-3.0-or-later
"""Cards with QR codes for members without internet, eight on a sheet to cut out: whoever gets hours shows one."""

from __future__ import annotations

import asyncio

from ringtausch_node.entrance.model import WayIn
from ringtausch_node.ring import Ring
from ringtausch_node.web.door.visit import Page, PageRoute, Visit
from ringtausch_node.web.look.drawing import qr_code
from ringtausch_node.web.look.pay_links import PLAIN, link_of
from ringtausch_node.web.office.invitations import LISTED_MAX, TICKED, groups_of, ticked_in

_CARDS = "/buero/karten"
#: Two columns of four stand between the margins of A4, each wider than a banknote: the drawing stays large enough.
SHEET = 8


def routes(services: Ring) -> list[PageRoute]:
    """The part of the table that is about cards on paper."""
    of = _Handlers(services)
    return [
        PageRoute("GET", _CARDS, "office", of.choose),
        PageRoute("POST", _CARDS, "office", of.cards, is_paper=True),
    ]


class _Handlers:
    def __init__(self, services: Ring) -> None:
        self._on_paper, self._url = services.entrance.on_paper, services.config.public_url

    async def choose(self, visit: Visit) -> Page:
        """Who gets a card: ticked are those who have never come in by themselves."""
        found = await self._on_paper.ways_in(visit.actor)
        return _choice(found, {each.handle for each in found if not each.is_in}, {})

    async def cards(self, visit: Visit) -> Page:
        """A card for each who was ticked, or for all. A card opens nothing, so it may be printed as often as one likes.

        Who has left since the form was opened gets none.
        """
        found, chosen = await self._on_paper.ways_in(visit.actor), set(ticked_in(visit))
        is_for_all = bool(visit.field("alle"))
        picked = [each for each in found if is_for_all or each.handle in chosen]
        if not picked:
            return _choice(found, chosen, {"wer": "nobody_chosen"})
        named = sorted(picked, key=lambda each: (each.name.casefold(), each.handle))
        sheets = [await self._sheet(named[at : at + SHEET]) for at in range(0, len(named), SHEET)]
        again = {"alle": "ja"} if is_for_all else {TICKED + each.handle: "ja" for each in named}
        return Page("office/cards.html", {"sheets": sheets, "count": len(named), "again": again})

    async def _sheet(self, members: list[WayIn]) -> list[dict[str, str]]:
        """A drawing takes milliseconds and a ring has hundreds of members: others get their turn between sheets."""
        await asyncio.sleep(0)
        links = [(each, link_of(self._url, each.handle, PLAIN)) for each in members]
        return [{"handle": each.handle, "name": each.name, "qr": qr_code(url)} for each, url in links]


def _choice(found: list[WayIn], ticked: set[str], errors: dict[str, str]) -> Page:
    data = {
        "groups": groups_of(found[:LISTED_MAX]), "left_out": max(len(found) - LISTED_MAX, 0),
        "ticked": sorted(ticked), "errors": errors,
    }  # fmt: skip
    return Page("office/cards_choice.html", data, 422 if errors else 200)
