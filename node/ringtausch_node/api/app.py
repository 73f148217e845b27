# SPDX-License-Identifier: AGPL-3.0-or-later
"""The API for members' programs: its routes, who may ask, and how often."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import msgspec
from aiohttp.web import BaseRequest, Response, StreamResponse

from ringtausch_node.api import accounts, invoices, members, own, payments
from ringtausch_node.api.members import MemberHandler
from ringtausch_node.api.openapi import description
from ringtausch_node.api.schemas import BODY_BYTES, Health, Me
from ringtausch_node.errors import LocalError, RemoteError
from ringtausch_node.members import Actor
from ringtausch_node.rates import Busy, Rates
from ringtausch_node.ring import Ring
from ringtausch_node.serving import App, Route, asker, json_answer, read_body
from ringtausch_node.version import version

_BEARER = "bearer "
_JSON = "application/json"
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class ApiLimits:
    """How often members' programs may ask; a benchmark sets more."""

    #: A shop's till asks a few times a second; an office that books a year's paper slips comes through in minutes.
    per_member_per_second: float = 100.0
    per_member_burst: float = 1_000.0
    #: Requests with a false token, of one address: tokens cannot be guessed, this only keeps the noise down.
    strangers_per_second: float = 5.0
    strangers_burst: float = 100.0


class Doorkeeper:
    """Turns a bearer token into an actor, and counts."""

    def __init__(self, services: Ring, limits: ApiLimits) -> None:
        self._members, self._refusals = services.members, services.entrance.refusals
        self._strangers = Rates(services.clock, per_second=limits.strangers_per_second, burst=limits.strangers_burst)
        self._by_member = Rates(services.clock, per_second=limits.per_member_per_second, burst=limits.per_member_burst)

    def guarded(self, handler: MemberHandler) -> Callable[[BaseRequest, tuple[str, ...]], Awaitable[StreamResponse]]:
        """A handler that only members reach."""

        async def guarded_handler(request: BaseRequest, found: tuple[str, ...]) -> StreamResponse:
            with self._refusals.noted("a program"):
                return await handler(await self.admit(request), request, found)

        return guarded_handler

    async def admit(self, request: BaseRequest) -> Actor:
        """Who asks. Raises LocalError('unauthorized'), RemoteError('too_many_requests')."""
        header = request.headers.get("Authorization", "")
        if header[:7].lower() != _BEARER:
            raise LocalError("unauthorized", "expected Authorization: Bearer")
        address = asker(request)
        if self._strangers.is_empty(address):
            raise Busy(self._strangers.take(address))
        try:
            actor = await self._members.authenticate(header[7:].strip())
        except LocalError as error:
            if error.code == "unauthorized":
                self._strangers.charge(address, 1.0)
            raise
        if wait := self._by_member.take(actor.handle):
            raise Busy(wait)
        return actor


async def read_json(request: BaseRequest) -> bytes:
    """The JSON body of a request. Raises RemoteError: media_type, too_large, too_slow, bad_request."""
    kind = request.headers.get("Content-Type", "")
    if kind != _JSON and kind.partition(";")[0].strip().lower() != _JSON:
        raise RemoteError("media_type", "expected application/json")
    return await read_body(request, BODY_BYTES)


def build_app(services: Ring, limits: ApiLimits | None = None) -> App:
    """The API of one ring."""
    return App(routes(services, limits or ApiLimits()), services.ids)


def _stands(services: Ring) -> str:
    """How a ring is, in a word of `Health`. A clock that jumped is for the operator, no reason to start it again."""
    if services.store.failed.is_set():
        return "failed"
    return "clock_doubtful" if services.timekeeping.doubt() else "ready"


def routes(services: Ring, limits: ApiLimits) -> list[Route]:
    """The table of the API. tests/api/routes.txt keeps it by hand."""
    guarded = Doorkeeper(services, limits).guarded
    of_accounts = accounts.Handlers(services.accounts, services.towns.of)
    document = description()
    versions = version()

    async def me(actor: Actor, _request: BaseRequest, _found: tuple[str, ...]) -> Response:
        return json_answer(_encode(Me(handle=actor.handle, role=actor.role)))

    async def openapi(_request: BaseRequest, _found: tuple[str, ...]) -> Response:
        return json_answer(document)

    async def health(_request: BaseRequest, _found: tuple[str, ...]) -> Response:
        stands = _stands(services)
        has_failed = stands == "failed"
        log = None if has_failed else await services.witnessing.cosigned_head()
        return json_answer(_encode(Health(state=stands, version=versions, log=log)), 503 if has_failed else 200)

    return [
        *payments.routes(services.payments, services.refunds, services.notes, services.receipts, read_json, guarded),
        *invoices.routes(services, read_json, guarded),
        Route("GET", "/api/v1/accounts/{handle}", guarded(of_accounts.account)),
        Route("GET", "/api/v1/accounts/{handle}/statement", guarded(of_accounts.statement)),
        *own.routes(services, read_json, guarded),
        *members.routes(services.members, read_json, guarded),
        Route("GET", "/api/v1/me", guarded(me)),
        Route("GET", "/api/v1/openapi.json", openapi),
        Route("GET", "/health", health),
    ]
