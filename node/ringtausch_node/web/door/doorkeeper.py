# SPDX-License-Identifier: AGPL-3.0-or-later
"""From a request to a visit: the signed-in device, the form, where the form came from, and who may use the route."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from typing import NamedTuple
from unicodedata import normalize
from urllib.parse import parse_qsl, urlsplit

from aiohttp.web import BaseRequest

from ringtausch_node.config import Config
from ringtausch_node.errors import LocalError, RemoteError
from ringtausch_node.members import Members
from ringtausch_node.members.access_records import Access
from ringtausch_node.rates import Busy, Rates
from ringtausch_node.serving import read_body
from ringtausch_node.serving.uploads import MEDIA_TYPE, read_parts
from ringtausch_node.translations import Speech, speech_of
from ringtausch_node.upkeep.texts import TEXT_LENGTH
from ringtausch_node.web.door.visit import TextSize, Visit, Who, form_token
from ringtausch_protocol.canonical import has_controls
from ringtausch_protocol.limits import ITEM_BYTES
from ringtausch_protocol.requests import INVITATION_BYTES

#: A path with a filled form behind the question mark: a letter of a purpose takes up to twelve characters there.
PATH_LENGTH = 1_900
_FORM = "application/x-www-form-urlencoded"
#: The choice of letters has a box for each of 200 members, a sheet of slips some 50 fields.
FORM_FIELDS = 400
#: Longest text of one field that a page shows again; no field of ours takes more than 400.
FIELD_LENGTH = 2_000
#: But an invitation of another ring, which holds its cards, and a signed item: as much as the protocol allows.
LONG_FIELDS = {"einladung": INVITATION_BYTES, "quittung": ITEM_BYTES, "text": TEXT_LENGTH + 1}
_SIZES: dict[str, TextSize] = {"gross": "gross", "riesig": "riesig"}
_OFFICE = frozenset({"office", "operator"})
MAY: dict[Who, frozenset[str]] = {
    "member": frozenset({"member", "office", "operator", "auditor"}), "office": _OFFICE,
    "reader": _OFFICE | {"auditor"}, "operator": frozenset({"operator"}),
}  # fmt: skip


class Cookies(NamedTuple):
    """Our cookies. With https the name itself forbids every other host to set it (RFC 6265bis)."""

    session: str
    known: str
    asked: str
    language: str
    text_size: str
    is_secure: bool


def cookies_of(config: Config) -> Cookies:
    """Test nets on one machine speak http, where browsers keep no __Host- cookies."""
    is_secure = config.public_url.startswith("https:")
    prefix = "__Host-" if is_secure else ""
    names = ("sitzung", "bekannt", "anfrage", "sprache", "schrift")
    session, known, asked, language, size = (f"{prefix}{name}" for name in names)
    return Cookies(session, known, asked, language, size, is_secure)


class NotSignedIn(LocalError):
    """The page is for members; sign in first."""

    def __init__(self) -> None:
        super().__init__("unauthorized", "not signed in")


class Doorkeeper:
    """Looks at every request for a page."""

    def __init__(self, config: Config, members: Members, rates: Rates) -> None:
        self._config, self._members, self._rates = config, members, rates
        self.cookies = cookies_of(config)

    async def visit(
        self, request: BaseRequest, found: tuple[str, ...], who: Who, form_bytes: int, *, takes_file: bool = False
    ) -> Visit:
        """Raises NotSignedIn, Busy; LocalError: not_found, form_old; RemoteError: as `read_form`."""
        session = request.cookies.get(self.cookies.session, "")
        access = await self._access(session)
        if access is None:
            session = ""
        if who != "open" and access is None:
            raise NotSignedIn
        if who != "open" and access is not None and access.actor.role not in MAY[who]:
            raise LocalError("not_found", "page")
        if access is not None and (wait := self._rates.take(access.actor.handle)):
            raise Busy(wait)
        form: dict[str, str] = {}
        upload = None
        if request.method == "POST":
            verify_own_origin(request)
            if takes_file and _media_type(request) == MEDIA_TYPE:
                fields, upload = await read_parts(request, FORM_FIELDS, form_bytes)
                form = _kept(fields.items())
            else:
                form = await read_form(request, form_bytes)
            if session and not hmac.compare_digest(form.get("siegel", "").encode(), form_token(session).encode()):
                raise LocalError("form_old", "token")
        return Visit(
            request, self.speech(request), _SIZES.get(request.cookies.get(self.cookies.text_size, ""), "normal"),
            request.raw_path.partition("?")[0], found, form, access, session, upload,
        )  # fmt: skip

    def speech(self, request: BaseRequest) -> Speech:
        """The language that somebody chose on this device, else the ring's."""
        return speech_of(
            request.cookies.get(self.cookies.language) or self._config.language, self._config.form_of_address
        )

    async def _access(self, session: str) -> Access | None:
        if not session:
            return None
        try:
            return await self._members.access.find(session, "device")
        except LocalError:
            return None


def verify_own_origin(request: BaseRequest) -> None:
    """A form must come from a page of this ring. Raises LocalError('form_old').

    Browsers say so in Sec-Fetch-Site, older ones in Origin, the oldest in Referer; who says nothing is not let in.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site != "same-origin":
        raise LocalError("form_old", "from another site")
    host = _host_of(request.headers.get("Origin") or request.headers.get("Referer") or "")
    if not host or host != request.headers.get("Host", "").lower():
        raise LocalError("form_old", "from another origin")


def _host_of(source: str) -> str:
    """Host and port of an address, lower case; empty where there is none. No browser sends what urlsplit cuts out."""
    try:
        return "" if has_controls(source) else urlsplit(source).netloc.lower()
    except ValueError:
        return ""


async def read_form(request: BaseRequest, form_bytes: int) -> dict[str, str]:
    """The fields of a form, NFC; the first of each name. Raises RemoteError: media_type, too_large, bad_request."""
    if _media_type(request) != _FORM:
        raise RemoteError("media_type", "expected a form")
    body = await read_body(request, form_bytes)
    try:
        pairs = parse_qsl(
            body.decode("utf-8"), keep_blank_values=True, max_num_fields=FORM_FIELDS, errors="strict"
        )  # fmt: skip
    except ValueError:
        raise RemoteError("bad_request", "not a form") from None
    return _kept(pairs)


def _media_type(request: BaseRequest) -> str:
    return request.headers.get("Content-Type", "").partition(";")[0].strip().lower()


def _kept(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    form: dict[str, str] = {}
    for name, value in pairs:
        form.setdefault(name, normalize("NFC", value.replace("\r\n", "\n"))[: LONG_FIELDS.get(name, FIELD_LENGTH)])
    return form


def own_path(text: str, otherwise: str) -> str:
    """A path of this ring to go on to; `otherwise` for everything that might lead elsewhere."""
    is_own = text.startswith("/") and not text.startswith(("//", "/\\")) and text.isascii() and text.isprintable()
    return text if is_own and "\\" not in text and " " not in text and len(text) <= PATH_LENGTH else otherwise
