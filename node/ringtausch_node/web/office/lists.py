# SPDX-License-Identifier: AGPL-3.0-or-later
"""A whole list of members from a spreadsheet: looked at first, then taken in at once or not at all."""

from __future__ import annotations

from aiohttp.web import Response

from ringtausch_node.errors import RemoteError
from ringtausch_node.members.lists import PROBLEMS_SHOWN, ListRefused, list_text
from ringtausch_node.ring import Ring
from ringtausch_node.web.door.visit import FORM_BYTES, Page, PageRoute, Visit
from ringtausch_node.web.look.answers import see_other
from ringtausch_node.web.look.list_words import told

_AT = "/buero/einlesen"
_CHECK = f"{_AT}/pruefen"
#: Some three thousand members. The page that asks once more carries the list; the command takes longer ones.
LIST_BYTES = 256 * 1024
#: In a form a letter with dots takes six bytes instead of two.
_LIST_FORM_BYTES = 3 * LIST_BYTES + FORM_BYTES
#: Members shown before taking them in; the sum is of all.
_SHOWN = 100
_DIGITS = 6


def routes(services: Ring) -> list[PageRoute]:
    """The part of the table that is about lists of members."""
    of = _Handlers(services)
    return [
        PageRoute("GET", _AT, "office", of.ask),
        PageRoute("POST", _CHECK, "office", of.check, _LIST_FORM_BYTES, takes_file=True),
        PageRoute("POST", _AT, "office", of.take, _LIST_FORM_BYTES),
    ]


class _Handlers:
    def __init__(self, services: Ring) -> None:
        self._members, self._unit = services.members, services.config.parsed_unit

    async def ask(self, visit: Visit) -> Page:
        """An empty form; behind a list that was taken in, how many came."""
        taken = visit.request.query.get("neu", "")
        return self._page("", taken=taken if taken.isascii() and taken.isdecimal() and len(taken) <= _DIGITS else "")

    def _page(self, text: str, errors: dict[str, str] | None = None, told: list[str] | None = None, more: int = 0,
              taken: str = "") -> Page:  # fmt: skip
        data = {"text": text, "errors": errors or {}, "told": told or [], "more": more, "taken": taken}
        return Page("office/list.html", data, 422 if errors else 200)

    async def check(self, visit: Visit) -> Page:
        """Who would be taken in, and what the opening balances come to; nothing is written."""
        text = visit.field("liste")
        if visit.field("aendern"):
            return self._page(text)
        try:
            text = await self._text(visit)
            wanted = await self._members.preview_csv(text.encode(), self._unit, visit.actor)
        except RemoteError as error:
            return self._page(text, {"datei": error.code})
        except ListRefused as refused:
            return self._refused(visit, text, refused)
        members = [new for _, new in wanted.rows]
        data = {
            "text": text, "members": members[:_SHOWN], "count": len(members), "ignored": wanted.ignored_columns,
            "sum_seconds": sum(new.balance_seconds for new in members),
        }  # fmt: skip
        return Page("office/list_check.html", data)

    async def _text(self, visit: Visit) -> str:
        """The file where one was chosen, else what was pasted. Raises ListRefused; RemoteError: too_large, ..."""
        if visit.upload is None or not visit.upload.name:
            return visit.field("liste")
        return list_text(await visit.upload.read(LIST_BYTES))

    def _refused(self, visit: Visit, text: str, refused: ListRefused) -> Page:
        shown = refused.problems[:PROBLEMS_SHOWN]
        return self._page(
            text, {"liste": "bad_list"}, told(shown, visit.speech), more=len(refused.problems) - len(shown)
        )

    async def take(self, visit: Visit) -> Page | Response:
        """Take all of them in. The same list again finds its names taken, so equal forms are one."""
        text = visit.field("liste")
        try:
            taken = await self._members.import_csv(text.encode(), self._unit, visit.actor)
        except ListRefused as refused:
            return self._refused(visit, text, refused)
        return see_other(f"{_AT}?neu={taken.members}")
