# SPDX-License-Identifier: AGPL-3.0-or-later
"""Letters that let people in: one for a member, or one for each of many, to print."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from ringtausch_node.entrance.model import CodeView, WayIn
from ringtausch_node.entrance.on_paper import TOGETHER_MAX
from ringtausch_node.errors import LocalError
from ringtausch_node.ring import Ring
from ringtausch_node.web.door.visit import Page, PageRoute, Visit
from ringtausch_node.web.look.drawing import qr_code

_MANY = "/buero/briefe"
#: Before a handle in the name of a box to tick: a form keeps one value of each name.
TICKED = "wer-"
#: Boxes on one page, which stays below 60 KB with them. Whoever cannot come in yet stands first, so none is missed.
LISTED_MAX = 200


def routes(services: Ring) -> list[PageRoute]:
    """The part of the table that is about letters on paper."""
    of = _Handlers(services)
    return [
        PageRoute("POST", "/buero/brief/{handle}", "office", of.one, is_paper=True),
        PageRoute("GET", _MANY, "office", of.choose),
        PageRoute("POST", _MANY, "office", of.many, is_paper=True),
    ]


class _Handlers:
    def __init__(self, services: Ring) -> None:
        self._entrance, self._url = services.entrance, services.config.public_url.rstrip("/") + "/anmelden"

    async def one(self, visit: Visit) -> Page:
        """A letter with a new code, to print: shown this once."""
        code = await self._entrance.issue_code(visit.found[0], visit.actor)
        return Page("office/letter.html", {"letters": [self._letter(code)], "url": self._url})

    async def choose(self, visit: Visit) -> Page:
        """Who gets a letter: ticked are those who cannot come in yet."""
        return await self._choose_page(visit, None, {})

    async def _choose_page(self, visit: Visit, ticked: set[str] | None, errors: dict[str, str]) -> Page:
        is_operator = visit.actor.role == "operator"
        found = [
            each for each in await self._entrance.on_paper.ways_in(visit.actor) if is_operator or not each.is_operator
        ]
        without = [each.handle for each in found if not each.is_in and each.paper_ends_at is None][:TOGETHER_MAX]
        data = {
            "groups": groups_of(found[:LISTED_MAX]), "left_out": max(len(found) - LISTED_MAX, 0),
            "ticked": sorted(set(without) if ticked is None else ticked), "most": TOGETHER_MAX, "errors": errors,
            "number": self._entrance.on_paper.new_form(),
        }  # fmt: skip
        return Page("office/invitations.html", data, 422 if errors else 200)

    async def many(self, visit: Visit) -> Page:
        """A letter for each who was ticked, a sheet of paper each; the same form gives the same letters for a while."""
        handles = ticked_in(visit)
        number = visit.field("nummer")
        try:
            codes = await self._entrance.on_paper.issue_together(handles, number, visit.actor)
        except LocalError as error:
            return await self._choose_page(visit, set(handles), {"wer": error.code})
        letters = [self._letter(code) for code in codes]
        return Page("office/letters.html", {"letters": letters, "url": self._url, "number": number})

    def _letter(self, code: CodeView) -> dict[str, Any]:
        return {"code": code, "qr": qr_code(f"{self._url}?nummer={quote(code.handle)}")}


def ticked_in(visit: Visit) -> list[str]:
    """The handles whose boxes were ticked, as they stand on the page."""
    return [name.removeprefix(TICKED) for name in visit.form if name.startswith(TICKED)]


def groups_of(found: list[WayIn]) -> dict[str, list[WayIn]]:
    """Those who cannot come in yet, those who have a letter, those who were here."""
    return {
        "without": [each for each in found if not each.is_in and each.paper_ends_at is None],
        "letter": [each for each in found if not each.is_in and each.paper_ends_at is not None],
        "in": [each for each in found if each.is_in],
    }
