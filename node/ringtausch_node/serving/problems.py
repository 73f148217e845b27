# SPDX-License-Identifier: AGPL-3.0-or-later
"""Answers of the HTTP edge: JSON bodies, and problem documents (RFC 9457) for every refusal.

One table from code to status and words: the node's, and here the few codes that only HTTP knows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

import msgspec
from aiohttp.web import BaseRequest, RequestKey, Response
from multidict import CIMultiDict, istr

from ringtausch_node.errors import CODES, PROBLEM_TYPE, Code, problem

_EDGE = [
    Code(
        "method_not_allowed", "E", 405,
        "So kann diese Adresse nicht angesprochen werden.", "This address does not take this method.",
        "Der Kopf „Allow“ nennt, was möglich ist.", "The header 'Allow' names what is possible.",
    ),
    Code(
        "media_type", "E", 415,
        "Diese Art von Inhalt nehmen wir nicht an.", "We do not take this kind of content.",
        "Senden Sie unkomprimiertes JSON mit „Content-Type: application/json“.",
        "Send JSON, not compressed, with 'Content-Type: application/json'.",
    ),
    Code(
        "too_slow", "T", 408,
        "Die Anfrage kam nicht rechtzeitig vollständig an.", "The request did not arrive completely in time.",
        "Senden Sie sie noch einmal.", "Send it again.",
    ),
    Code(
        "unknown_host", "E", 421,
        "Unter diesem Namen gibt es hier keinen Ring.", "There is no ring of this name here.",
        "Prüfen Sie die Adresse des Rings.", "Check the address of the ring.",
    ),
    Code(
        "bad_request", "E", 400,
        "Das ist keine verständliche HTTP-Anfrage.", "This is not an HTTP request that we understand.",
        "Prüfen Sie das Programm, das sie gesendet hat.", "Check the program that sent it.",
    ),
]  # fmt: skip

#: Codes that only HTTP knows.
EDGE_CODES: dict[str, Code] = {code.name: code for code in _EDGE}

#: What every answer says to browsers that open it by itself: take it for what it says, run and frame nothing. Pages,
#: which show something, have a policy of their own.
FOR_BROWSERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
}
_SAFE = {"Server": "ringtausch", "Cache-Control": "no-store", **FOR_BROWSERS}
JSON_HEADERS: CIMultiDict[str] = CIMultiDict({istr("Content-Type"): "application/json", **_SAFE})
_PROBLEM_HEADERS: CIMultiDict[str] = CIMultiDict(
    {istr("Content-Type"): PROBLEM_TYPE, istr("Vary"): "Accept-Language", **_SAFE}
)
_encode = msgspec.json.Encoder().encode
#: The language of the ring that is asked, for readers who name none; set by whoever knows the ring.
OWN_LANGUAGE: RequestKey[str] = RequestKey("own_language", str)
#: A browser sends some 40 characters; who sends a book gets the ring's language.
_LANGUAGE_LENGTH = 200

#: Makes a page of a problem document, for people who came with a browser; set by whoever knows the ring.
ProblemPage: TypeAlias = Callable[[BaseRequest, Mapping[str, object], int], Response]
PROBLEM_PAGE: RequestKey[ProblemPage] = RequestKey("problem_page", Callable)  # type: ignore[arg-type]
#: Where programs ask: they get a document, whatever they say they accept.
_FOR_PROGRAMS = ("/api/", "/peer/", "/health")


def code_row(name: str) -> Code:
    """The row of a code in the table of this edge; an unknown name is our own fault."""
    return EDGE_CODES.get(name) or CODES.get(name) or CODES["internal"]


def problem_document(name: str, detail: str, lang: str) -> dict[str, object]:
    """A problem document (RFC 9457) for any code of this edge. `detail` is ours and holds no personal data."""
    code = EDGE_CODES.get(name)
    if code is None:
        return problem(name, detail, lang)
    is_german = lang == "de"
    document: dict[str, object] = {
        "type": "about:blank",
        "title": code.de if is_german else code.en,
        "status": code.status,
        "code": code.name,
        "next": code.next_de if is_german else code.next_en,
    }
    if detail:
        document["detail"] = detail
    return document


def json_answer(body: bytes, status: int = 200) -> Response:
    """A JSON answer from bytes that are ready."""
    return Response(body=body, status=status, headers=JSON_HEADERS)


def problem_answer(request: BaseRequest, name: str, detail: str = "", **extra: str | int) -> Response:
    """The answer for a code, in the reader's language. `extra` are further members of the document."""
    lang = language_of(request.headers.get("Accept-Language", ""), request.get(OWN_LANGUAGE, "de"))
    document = problem_document(name, detail, lang) | extra
    answer = _problem_response(request, document, code_row(name).status)
    answer.headers["Content-Language"] = lang
    if answer.status == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="ringtausch"'
    return answer


def wants_page(request: BaseRequest) -> bool:
    """Whether a person with a browser asks, and not a program."""
    path = request.raw_path.partition("?")[0]
    accepts = "text/html" in request.headers.get("Accept", "")
    return accepts and not path.startswith(_FOR_PROGRAMS) and not path.endswith(".json")


def _problem_response(request: BaseRequest, document: Mapping[str, object], status: int) -> Response:
    page = request.get(PROBLEM_PAGE)
    if page is None or not wants_page(request):
        return Response(body=_encode(document), status=status, headers=_PROBLEM_HEADERS)
    made: Response = page(request, document, status)
    return made


def language_of(accepted: str, own: str = "de") -> str:
    """The code "de" or "en" from an Accept-Language header (RFC 9110, 12.5.4); `own` where it says nothing useful."""
    if len(accepted) > _LANGUAGE_LENGTH:
        return own
    best, best_weight = own, 0.0
    for part in accepted.split(","):
        tag, _, parameter = part.partition(";")
        primary = tag.strip().lower().partition("-")[0]
        if primary in ("de", "en") and (weight := _weight(parameter)) > best_weight:
            best, best_weight = primary, weight
    return best


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if not name:
        return 1.0
    digits = value.strip()
    if name.strip() != "q" or not digits.replace(".", "", 1).isdecimal() or not digits.isascii():
        return 0.0
    return min(float(digits), 1.0)
