# SPDX-License-Identifier: AGPL-3.0-or-later
"""The mails of the ring, as the operator looks after them: what waits, what failed and why; a mail for trial."""

from __future__ import annotations

from aiohttp.web import Response

from ringtausch_node.errors import LocalError
from ringtausch_node.ring import Ring
from ringtausch_node.web.door.visit import Page, PageRoute, Visit
from ringtausch_node.web.look.answers import see_other, table
from ringtausch_node.web.look.paging import all_rows
from ringtausch_node.web.look.wording import Wording

_MAILS = "/betrieb/mails"
_SHOWN_LENGTH = 254
#: Mails on a page, which stays below 60 KB with them.
LISTED_MAX = 50


def routes(services: Ring) -> list[PageRoute]:
    """The part of the table that is about mails."""
    of = _Handlers(services)
    return [
        PageRoute("GET", _MAILS, "operator", of.show),
        PageRoute("GET", f"{_MAILS}.csv", "operator", of.as_table),
        PageRoute("POST", f"{_MAILS}/erneut", "operator", of.try_again),
        PageRoute("POST", f"{_MAILS}/probe", "operator", of.send_trial),
    ]


class _Handlers:
    def __init__(self, services: Ring) -> None:
        self._post, self._entrance, self._config = services.post, services.entrance, services.config

    async def show(self, visit: Visit) -> Page:
        """How mails stand, so many at a time. What they say is nobody's business here. Raises LocalError('query')."""
        return await self._page(visit, {})

    async def as_table(self, visit: Visit) -> Response:
        """The same for a spreadsheet."""
        text, say = visit.speech.text, Wording(visit.speech, self._config)
        rows = [
            [
                say.iso(each.written_at)[:10], each.recipient, each.subject, say.letter(each.state), str(each.tries),
                say.problem(each.code).title if each.code else "",
            ]
            for each in await all_rows(self._post.standing)
        ]  # fmt: skip
        headings = [text("Tag"), text("An"), text("Betreff"), text("Zustand"), text("Versuche"), text("Warum")]
        return table("mails.csv", headings, rows)

    async def _page(self, visit: Visit, errors: dict[str, str]) -> Page:
        own = await self._entrance.email(visit.actor.handle, visit.actor)
        before = visit.request.query.get("vor") or None
        page = await self._post.standing(before, LISTED_MAX)
        data = {
            "letters": [each._asdict() for each in page.letters], "next": page.next, "is_first": before is None,
            "counts": await self._post.counts(),
            "sends_mail": self._post.is_open, "errors": errors, "an": visit.field("an")[:_SHOWN_LENGTH] or own,
        }  # fmt: skip
        return Page("operator/outbox.html", data, 422 if errors else 200)

    async def try_again(self, _visit: Visit) -> Response:
        """What waits is tried at once: somebody has mended the mail server."""
        await self._post.try_again()
        return see_other(_MAILS)

    async def send_trial(self, visit: Visit) -> Page | Response:
        """A mail that only shows that mail arrives."""
        try:
            await self._entrance.send_trial(visit.field("an"))
        except LocalError as error:
            return await self._page(visit, {"an": error.code})
        return see_other(_MAILS)
