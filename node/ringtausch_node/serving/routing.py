# SPDX-License-Identifier: AGPL-3.0-or-later
"""From a request to its handler, and from every error to an answer.

A table instead of aiohttp's Application: paths are matched as they stand on the wire, one segment at a time, and no
answer is made by anybody but us.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import NamedTuple, TypeAlias
from urllib.parse import unquote

from aiohttp.web import BaseRequest, StreamResponse

from ringtausch_node.errors import RingtauschError
from ringtausch_node.faults import places_of
from ringtausch_node.ids import Ids
from ringtausch_node.rates import Busy
from ringtausch_node.serving.problems import FOR_BROWSERS, problem_answer

logger = logging.getLogger("ringtausch_node.serving")

#: A handler gets the request and what stood at the placeholders of its path.
Handler: TypeAlias = Callable[[BaseRequest, tuple[str, ...]], Awaitable[StreamResponse]]

_REFERENCE_BYTES = 6


class Route(NamedTuple):
    """One line of the table: `path` may hold placeholders, "/accounts/{handle}".

    One that ends in dots, "/log/{path...}", stands for all that is left, as it is on the wire.
    """

    method: str
    path: str
    handler: Handler


class _Pattern(NamedTuple):
    segments: tuple[str, ...]
    methods: dict[str, Handler]

    def match(self, segments: list[str]) -> tuple[str, ...] | None:
        """What stands at the placeholders, or None."""
        if self.segments[-1].endswith("...}"):
            return self._match_rest(segments)
        if len(segments) != len(self.segments):
            return None
        found = []
        for wanted, segment in zip(self.segments, segments, strict=True):
            if wanted.startswith("{"):
                found.append(segment)
            elif wanted != segment:
                return None
        return tuple(unquote(text, errors="strict") for text in found) if all(found) else None

    def _match_rest(self, segments: list[str]) -> tuple[str, ...] | None:
        """Everything behind the fixed beginning, nothing decoded: whoever takes it has a grammar of his own."""
        fixed = self.segments[:-1]
        rest = "/".join(segments[len(fixed) :])
        return (rest,) if tuple(segments[: len(fixed)]) == fixed and rest else None


class App:
    """The routes of one ring. Calling it answers a request and never raises."""

    def __init__(self, routes: Iterable[Route], ids: Ids) -> None:
        self.routes = tuple(routes)
        self._ids = ids
        self._exact: dict[str, dict[str, Handler]] = {}
        self._patterns: list[_Pattern] = []
        for route in self.routes:
            self._methods(route.path)[route.method] = route.handler
        for methods in (*self._exact.values(), *(pattern.methods for pattern in self._patterns)):
            if "GET" in methods:
                methods.setdefault("HEAD", methods["GET"])

    def _methods(self, path: str) -> dict[str, Handler]:
        if "{" not in path:
            return self._exact.setdefault(path, {})
        segments = tuple(path.split("/"))
        for pattern in self._patterns:
            if pattern.segments == segments:
                return pattern.methods
        self._patterns.append(_Pattern(segments, {}))
        return self._patterns[-1].methods

    async def __call__(self, request: BaseRequest) -> StreamResponse:
        """Answer a request. What a handler raises becomes a problem document; what nobody foresaw, a reference."""
        answer = await self._answer(request)
        for name, value in FOR_BROWSERS.items():
            answer.headers.setdefault(name, value)
        return answer

    async def _answer(self, request: BaseRequest) -> StreamResponse:
        try:
            methods, found = self._find(request.raw_path)
            handler = methods.get(request.method)
            if handler is None:
                return self._no_handler(request, methods)
            return await handler(request, found)
        except RingtauschError as error:
            return refuse(request, error)
        except (asyncio.CancelledError, ConnectionError):
            raise
        except Exception as error:  # noqa: BLE001 - the last line of defence: never a traceback in an answer
            return self._unforeseen(request, error)

    def _find(self, target: str) -> tuple[dict[str, Handler], tuple[str, ...]]:
        methods = self._exact.get(target)
        if methods is not None:
            return methods, ()
        path = target.partition("?")[0].partition("#")[0]
        if not path.startswith("/") and "://" in path:  # absolute form, RFC 9112 section 3.2.2
            path = "/" + path.partition("://")[2].partition("/")[2]
        methods = self._exact.get(path)
        if methods is not None:
            return methods, ()
        segments = path.split("/")
        for pattern in self._patterns:
            try:
                found = pattern.match(segments)
            except UnicodeDecodeError:
                break
            if found is not None:
                return pattern.methods, found
        return {}, ()

    def _no_handler(self, request: BaseRequest, methods: dict[str, Handler]) -> StreamResponse:
        answer = problem_answer(request, "method_not_allowed" if methods else "not_found")
        if methods:
            answer.headers["Allow"] = ", ".join(sorted(methods))
        return answer

    def _unforeseen(self, request: BaseRequest, error: Exception) -> StreamResponse:
        """500 with a reference. The log names places in our code; the words of an exception may quote a member."""
        reference = self._ids.random(_REFERENCE_BYTES).hex()
        logger.error("reference %s: %s", reference, places_of(error))
        return problem_answer(request, "internal", reference=reference)


def refuse(request: BaseRequest, error: RingtauschError) -> StreamResponse:
    """The problem document for an error. A request whose body nobody read ends its connection."""
    answer = problem_answer(request, error.code, error.detail, **error.figures)
    if isinstance(error, Busy):
        answer.headers["Retry-After"] = str(error.retry_after_seconds)
    if not request.content.is_eof():
        answer.force_close()
    return answer
