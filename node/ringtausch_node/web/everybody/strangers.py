# SPDX-License-Identifier: AGPL-3.0-or-later
"""Pages for everybody: the first one, the texts that the ring edits, how pages look, files that all pages need."""

from __future__ import annotations

from aiohttp.web import Response
from multidict import CIMultiDict

from ringtausch_node.errors import LocalError
from ringtausch_node.ring import Ring
from ringtausch_node.upkeep.texts import FIRST, NAMES, ring_text
from ringtausch_node.web.door.doorkeeper import Cookies, own_path
from ringtausch_node.web.door.visit import Page, PageRoute, Visit
from ringtausch_node.web.look.answers import see_other, set_cookie
from ringtausch_node.web.look.rendering import static_file

_YEAR_SECONDS = 365 * 86_400
_TYPES = {
    "style.css": "text/css; charset=utf-8",
    "enhance.js": "text/javascript; charset=utf-8",
    "ring.svg": "image/svg+xml",
}
_LANGUAGES, _SIZES = ("de", "en"), ("normal", "gross", "riesig")


def routes(services: Ring, cookies: Cookies) -> list[PageRoute]:
    """The part of the table that is open to all."""
    of = _Handlers(services, cookies)
    return [
        PageRoute("GET", "/", "open", of.first),
        PageRoute("GET", "/seite/{name}", "open", of.text),
        PageRoute("POST", "/ansicht", "open", of.look),
        PageRoute("GET", "/web/{name}", "open", of.file),
    ]


class _Handlers:
    def __init__(self, services: Ring, cookies: Cookies) -> None:
        self._folder, self._cookies, self._is_open = services.folder.path, cookies, services.joining.is_open
        self._winding_down = services.winding_down

    async def first(self, visit: Visit) -> Page | Response:
        """What strangers see first; members go on to their account, their programs read what strangers do."""
        if visit.access and visit.path == "/":
            return see_other("/konto")
        text = ring_text(self._folder, FIRST, visit.speech.lang)
        stop = await self._winding_down.standing()
        data = {"is_open": self._is_open and not stop.is_stopping, "stop": stop, "text": text}
        return Page("everybody/first.html", data)

    async def text(self, visit: Visit) -> Page:
        """A text of the ring, or the one that we bring along. Raises LocalError('not_found')."""
        name = visit.found[0]
        if name not in NAMES or name == FIRST:
            raise LocalError("not_found", "page")
        return Page("everybody/text.html", {"name": name, "text": ring_text(self._folder, name, visit.speech.lang)})

    async def look(self, visit: Visit) -> Response:
        """How pages look on this device: language and size of letters."""
        answer, own = see_other(own_path(visit.field("weiter"), "/")), self._cookies
        for name, cookie, choices in (("sprache", own.language, _LANGUAGES), ("schrift", own.text_size, _SIZES)):
            if (value := visit.field(name)) in choices:
                set_cookie(answer, cookie, value, secure=own.is_secure, seconds=_YEAR_SECONDS)
        return answer

    async def file(self, visit: Visit) -> Response:
        """Stylesheet and script; their address changes with them, so browsers keep them.

        Raises LocalError('not_found').
        """
        name = visit.found[0]
        if name not in _TYPES:
            raise LocalError("not_found", "file")
        headers = {
            "Content-Type": _TYPES[name], "Cache-Control": "public, max-age=31536000, immutable",
            "X-Content-Type-Options": "nosniff", "Server": "ringtausch",
        }  # fmt: skip
        return Response(body=static_file(name)[0], headers=CIMultiDict(headers))
