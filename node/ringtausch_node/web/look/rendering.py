# SPDX-License-Identifier: AGPL-3.0-or-later
"""From a page to bytes: one environment of templates for all rings, its filters, headers, and the .json beside it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from aiohttp.web import BaseRequest, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from multidict import CIMultiDict, istr

from ringtausch_node.printing.press import Press
from ringtausch_node.printing.program import Job
from ringtausch_node.ring import Ring
from ringtausch_node.serving import json_answer
from ringtausch_node.translations import Speech
from ringtausch_node.web.door.doorkeeper import Doorkeeper
from ringtausch_node.web.door.visit import Page, TextSize, Visit
from ringtausch_node.web.look.answers import attachment
from ringtausch_node.web.look.wording import Wording

_FOLDER = Path(__file__).parent.parent
#: Where base.html finds the stylesheet.
_STYLE_PATH = "/web/style.css"
#: Nothing but our own files and forms; no script or style inside a page, no frame around it.
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'"
)
_PAGE_HEADERS: CIMultiDict[str] = CIMultiDict(
    {
        istr("Content-Type"): "text/html; charset=utf-8",
        istr("Content-Security-Policy"): POLICY,
        istr("X-Content-Type-Options"): "nosniff",
        # Our own forms need their Origin; other sites learn nothing of the page that was left.
        istr("Referrer-Policy"): "same-origin",
        istr("Cross-Origin-Opener-Policy"): "same-origin",
        istr("Permissions-Policy"): "camera=(), geolocation=(), microphone=()",
        istr("Cache-Control"): "no-store",
        istr("Vary"): "Cookie",
        istr("Server"): "ringtausch",
    }
)
#: Where a browser would break a line wrongly, or not at all.
_BREAKS = (
    ("@", "@<wbr>"),
    ("E-Mail", '<span class="nobr">E-Mail</span>'),
    ("90 min", "90&nbsp;min"),
    ("Gemeinschaftskonten", "Gemeinschafts&shy;konten"),
)
_encode = msgspec.json.Encoder().encode
_speech: ContextVar[Speech] = ContextVar("speech")


@cache
def environment() -> Environment:
    """The templates. What a person wrote is escaped, what is not defined is an error."""
    made = Environment(
        loader=FileSystemLoader(_FOLDER / "templates"), autoescape=True, undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"], trim_blocks=True, lstrip_blocks=True, auto_reload=False,
    )  # fmt: skip
    made.filters["fitting"] = fitting
    made.filters["apart"] = apart
    made.policies["ext.i18n.trimmed"] = True
    made.install_gettext_callables(  # type: ignore[attr-defined]  # the extension adds it
        lambda text: _speech.get().text(text),
        lambda one, many, count: _speech.get().plural(one, many, count),
        newstyle=True,
    )
    return made


def fitting(text: str) -> Markup:
    """A text for narrow screens and large letters: it breaks where one would break it by hand."""
    safe = str(escape(text))
    for where, how in _BREAKS:
        safe = safe.replace(where, how)
    return Markup(safe)  # noqa: S704 - escaped above


def apart(text: str) -> Markup:
    """What a person wrote, beside our own words: letters that run from right to left reorder nothing around it."""
    return Markup("<bdi>%s</bdi>") % text


@cache
def static_file(name: str) -> tuple[bytes, str]:
    """(bytes, a word that changes with them) of a file that every page needs."""
    data = (_FOLDER / "static" / name).read_bytes()
    return data, hashlib.sha256(data).hexdigest()[:12]


class Renderer:
    """Makes the pages of one ring."""

    def __init__(self, services: Ring, doorkeeper: Doorkeeper, press: Press) -> None:
        self._config, self._towns, self._winding_down = services.config, services.towns, services.winding_down
        self._doorkeeper, self._press = doorkeeper, press

    async def answer(self, visit: Visit, page: Page, *, as_json: bool, is_paper: bool = False) -> Response:
        """The response for a page. `is_paper`: it offers its PDF where one can be made."""
        if as_json:
            return json_answer(_encode(page.data), page.status)
        has_pdf = is_paper and await self._press.is_ready()
        text = self._page(visit, page, visit.text_size, has_pdf=has_pdf)
        return Response(body=text.encode(), status=page.status, headers=_PAGE_HEADERS)

    async def paper(self, visit: Visit, page: Page, path: str) -> Response:
        """The same page as a PDF, named after the last fixed part of its path. Raises LocalError as `Press.pdf`."""
        style = static_file("style.css")[0].decode()
        data = await self._press.pdf(Job(self._page(visit, page, "normal"), style, _STYLE_PATH))
        parts = [part for part in path.split("/") if part and not part.startswith("{")]
        return attachment(f"{parts[-1]}.pdf", "application/pdf", data)

    def _page(self, visit: Visit, page: Page, size: TextSize, *, has_pdf: bool = False) -> str:
        return self.html(
            page.template, page.data, visit.speech, size, path=visit.path,
            role=visit.access.actor.role if visit.access else "", handle=visit.actor.handle if visit.access else "",
            form_token=visit.form_token, has_pdf=has_pdf,
        )  # fmt: skip

    def html(
        self, template: str, data: Mapping[str, Any], speech: Speech, text_size: TextSize, *, path: str,
        role: str = "", handle: str = "", form_token: str = "", has_pdf: bool = False,
    ) -> str:  # fmt: skip
        """A page as text."""
        _speech.set(speech)
        frame = {
            "lang": speech.lang, "tongue": speech.tongue, "text_size": text_size, "path": path, "role": role,
            "me": handle, "form_token": form_token, "has_pdf": has_pdf, "is_stopping": self._winding_down.is_begun,
            "ring": self._config, "say": Wording(speech, self._config, self._towns.of),
            "style": static_file("style.css")[1], "script": static_file("enhance.js")[1],
        }  # fmt: skip
        return environment().get_template(template).render({**frame, **data})

    def problem_page(self, request: BaseRequest, document: Mapping[str, object], status: int) -> Response:
        """The page for something that went wrong, wherever it was noticed; in the language of the device."""
        speech = self._doorkeeper.speech(request)
        wording = Wording(speech, self._config)
        data = {"problem": wording.problem(str(document["code"])), "reference": document.get("reference", "")}
        text = self.html("problem.html", data, speech, "normal", path="")
        return Response(body=text.encode(), status=status, headers=_PAGE_HEADERS)
