# SPDX-License-Identifier: AGPL-3.0-or-later
"""A member's own accesses and helpers over HTTP: decode, one call of the room, encode."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

import msgspec
from aiohttp.web import BaseRequest, Response

from ringtausch_node.api.problems import hidden
from ringtausch_node.api.schemas import FlatDecoder, HelperBody
from ringtausch_node.errors import LocalError, RingtauschError
from ringtausch_node.members import Actor, Members
from ringtausch_node.serving import Route, json_answer
from ringtausch_node.serving.routing import Handler

_encode = msgspec.json.Encoder().encode
_decode_helper = FlatDecoder(HelperBody)
#: Digits of 2**53 - 1, the largest number that every JSON reader keeps exact.
_DIGITS_MAX = 16

#: Reads the JSON body of a request.
Reader: TypeAlias = Callable[[BaseRequest], Awaitable[bytes]]
#: A handler behind the token: (actor, request, placeholders of the path) -> answer.
MemberHandler: TypeAlias = Callable[[Actor, BaseRequest, tuple[str, ...]], Awaitable[Response]]
#: Puts a handler behind the token.
Guard: TypeAlias = Callable[[MemberHandler], Handler]


def routes(members: Members, read_json: Reader, guarded: Guard) -> list[Route]:
    """The part of the API's table that is about members."""
    of = Handlers(members, read_json)
    return [
        Route("GET", "/api/v1/members/{handle}/tokens", guarded(of.tokens)),
        Route("POST", "/api/v1/members/{handle}/tokens/revoke", guarded(of.revoke_tokens)),
        Route("POST", "/api/v1/members/{handle}/tokens/{token_id}/revoke", guarded(of.revoke_token)),
        Route("GET", "/api/v1/members/{handle}/helpers", guarded(of.helpers)),
        Route("POST", "/api/v1/members/{handle}/helpers", guarded(of.grant)),
        Route("POST", "/api/v1/members/{handle}/helpers/{helper}/revoke", guarded(of.end)),
    ]


class Handlers:
    """The handlers of one ring's members. What is not theirs reads like what does not exist."""

    def __init__(self, members: Members, read_json: Reader) -> None:
        self._members, self._read_json = members, read_json

    async def tokens(self, actor: Actor, _request: BaseRequest, found: tuple[str, ...]) -> Response:
        """The accesses of a member, without the tokens themselves."""
        return await _answered(self._members.access.list(found[0], actor))

    async def revoke_tokens(self, actor: Actor, _request: BaseRequest, found: tuple[str, ...]) -> Response:
        """Void all accesses of a member, the one of this request too."""
        return await _answered(self._members.access.revoke(found[0], None, actor))

    async def revoke_token(self, actor: Actor, _request: BaseRequest, found: tuple[str, ...]) -> Response:
        """Void one access. -> those that are left."""
        return await _answered(self._members.access.revoke(found[0], _number(found[1]), actor))

    async def helpers(self, actor: Actor, _request: BaseRequest, found: tuple[str, ...]) -> Response:
        """Who can act for a member, and for whom the member acts."""
        return await _answered(self._members.helping.list(found[0], actor))

    async def grant(self, actor: Actor, request: BaseRequest, found: tuple[str, ...]) -> Response:
        """Let somebody act for a member. Whom one may name is no secret: one may pay them, too."""
        body = _decode_helper(await self._read_json(request))
        return json_answer(_encode(await self._members.helping.grant(body.helper, found[0], actor)))

    async def end(self, actor: Actor, _request: BaseRequest, found: tuple[str, ...]) -> Response:
        """End a help."""
        return await _answered(self._members.helping.end(found[1], found[0], actor))


async def _answered(asked: Awaitable[msgspec.Struct]) -> Response:
    try:
        return json_answer(_encode(await asked))
    except RingtauschError as error:
        raise hidden(error) from None


def _number(text: str) -> int:
    """The number of an access. What is none does not exist. Raises LocalError('not_found')."""
    if not (text.isascii() and text.isdecimal()) or len(text) > _DIGITS_MAX:
        raise LocalError("not_found")
    return int(text)
