# SPDX-License-Identifier: AGPL-3.0-or-later
"""The ring's own texts, typed by its operator: one page for each, in German and English."""

from __future__ import annotations

from aiohttp.web import Response

from ringtausch_node.errors import LocalError
from ringtausch_node.ring import Ring
from ringtausch_node.upkeep.texts import LANGUAGES, NAMES
from ringtausch_node.web.door.visit import Page, PageRoute, Visit
from ringtausch_node.web.look.answers import see_other

_TEXTS = "/betrieb/texte"
#: A text of 20 000 letters; in a form each umlaut takes six bytes.
_FORM_BYTES = 192 * 1024


def routes(services: Ring) -> list[PageRoute]:
    """The part of the table that is about texts."""
    of = _Handlers(services)
    return [
        PageRoute("GET", _TEXTS, "operator", of.list),
        PageRoute("GET", f"{_TEXTS}/{{name}}", "operator", of.form),
        PageRoute("POST", f"{_TEXTS}/{{name}}", "operator", of.save, _FORM_BYTES),
    ]


class _Handlers:
    def __init__(self, services: Ring) -> None:
        self._texts = services.texts

    async def list(self, _visit: Visit) -> Page:
        """Which texts there are, and which the ring has written."""
        written = {name: [lang for lang in LANGUAGES if self._texts.source(name, lang)] for name in NAMES}
        return Page("operator/texts.html", {"written": written})

    async def form(self, visit: Visit) -> Page:
        """One text to change. Raises LocalError('not_found')."""
        name, lang = visit.found[0], visit.request.query.get("sprache", "de")
        return self._page(name, lang, self._texts.source(name, lang), {})

    def _page(self, name: str, lang: str, text: str, errors: dict[str, str]) -> Page:
        data = {"name": name, "text_lang": lang, "text": text, "languages": LANGUAGES, "errors": errors}
        return Page("operator/text_form.html", data, 422 if errors else 200)

    async def save(self, visit: Visit) -> Page | Response:
        """Put a text down, and look at it as others do."""
        name, lang, text = visit.found[0], visit.field("sprache"), visit.field("text")
        try:
            await self._texts.write(name, lang, text, visit.actor)
        except LocalError as error:
            if error.code != "words":
                raise
            return self._page(name, lang, text, {"text": "text_long"})
        return see_other(_TEXTS)
