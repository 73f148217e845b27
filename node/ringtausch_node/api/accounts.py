# SPDX-License-Identifier: AGPL-3.0-or-later
"""Accounts and statements over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

import msgspec
from aiohttp.web import BaseRequest, Response

from ringtausch_node.api.problems import hidden
from ringtausch_node.errors import RemoteError, RingtauschError
from ringtausch_node.members import Actor
from ringtausch_node.payments.accounts import PAGE_MAX, Accounts
from ringtausch_node.serving import json_answer

_encode = msgspec.json.Encoder().encode
#: Entries of a page where the caller says nothing: one screen.
PAGE_DEFAULT = 50
#: What somebody looks for: a name and a few words.
SEARCH_LENGTH = 100
#: Digits of 2**53 - 1, the largest key that every JSON reader keeps exact.
_DIGITS_MAX = 16


class Handlers:
    """The handlers of one ring's accounts."""

    def __init__(self, accounts: Accounts, town: Callable[[str], str]) -> None:
        self._accounts, self._town = accounts, town

    async def account(self, actor: Actor, _request: BaseRequest, found: tuple[str, ...]) -> Response:
        """The figures of an account."""
        try:
            return json_answer(_encode(await self._accounts.account(found[0], actor)))
        except RingtauschError as error:
            raise hidden(error) from None

    async def statement(self, actor: Actor, request: BaseRequest, found: tuple[str, ...]) -> Response:
        """A page of a statement, or of what a search finds in it; the next page is linked (RFC 8288)."""
        asked, wanted = page_of(request), search_of(request)
        before, limit = asked.get("before"), asked.get("limit", PAGE_DEFAULT)
        try:
            if wanted:
                view = await self._accounts.search(found[0], wanted, before, limit, actor, self._town)
            else:
                view = await self._accounts.statement(found[0], before, limit, actor)
        except RingtauschError as error:
            raise hidden(error) from None
        answer = json_answer(_encode(view))
        if view.next is not None:
            again = f"&{urlencode({'search': wanted})}" if wanted else ""
            answer.headers["Link"] = f'<?before={view.next}&limit={limit}{again}>; rel="next"'
        return answer


def page_of(request: BaseRequest) -> dict[str, int]:
    """`before` and `limit` of a query, each at most once. Raises RemoteError('query')."""
    asked: dict[str, int] = {}
    for name, text in request.query.items():
        if name == "search":
            continue
        if name not in ("before", "limit") or name in asked:
            raise RemoteError("query", "only before, limit and search, each once")
        if not (text.isascii() and text.isdecimal()) or len(text) > _DIGITS_MAX or int(text) < 1:
            raise RemoteError("query", f"{name}: expected a whole number from 1 on")
        asked[name] = int(text)
    if asked.get("limit", 1) > PAGE_MAX:
        raise RemoteError("query", f"limit: at most {PAGE_MAX}")
    return asked


def search_of(request: BaseRequest) -> str:
    """`search` of a query, at most once; empty where nothing is looked for. Raises RemoteError('query')."""
    found = request.query.getall("search", [""])
    if len(found) > 1 or len(found[0]) > SEARCH_LENGTH:
        raise RemoteError("query", f"search: once, at most {SEARCH_LENGTH} characters")
    return found[0].strip()
