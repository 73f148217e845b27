# SPDX-License-Identifier: AGPL-3.0-or-later
"""What other rings reach: POST /peer/v1/..., and our card. Sizes and rates here, every rule in `federation`.

Refusals are canonical JSON {"code": ...}, as the other ring's sender reads them (SPEC.md 6), not problem documents.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from aiohttp.web import BaseRequest, Response, StreamResponse
from multidict import CIMultiDict

from ringtausch_node.clock import Clock
from ringtausch_node.errors import RemoteError, RingtauschError
from ringtausch_node.federation.line.model import Refusal, Reply
from ringtausch_node.ids import Ids
from ringtausch_node.rates import Busy, Rates
from ringtausch_node.serving import App, Places, Route, asker, read_body
from ringtausch_node.serving.problems import JSON_HEADERS, code_row
from ringtausch_protocol import canonical, limits

MESSAGES = ("hello", "frames", "peering", "quote", "recover", "reset")
_JSON = "application/json"
_REFUSED, _OUR_FAULT = 400, 500
#: Refusals that cost the asker nothing more.
_NOT_THEIR_FAULT = frozenset({"busy", "storage_failed"})


class Messages(Protocol):
    """The receiving side of `federation`."""

    async def handle(self, path: str, body: bytes) -> Reply:
        """Answer one message."""
        ...


class Federation(Protocol):
    """What this edge needs of `federation`."""

    @property
    def receiver(self) -> Messages:
        """Takes the messages."""
        ...

    def card(self) -> bytes:
        """The ring's card."""
        ...


class Services(Protocol):
    """What this edge needs of a ring."""

    @property
    def clock(self) -> Clock:
        """For rates."""
        ...

    @property
    def ids(self) -> Ids:
        """For references."""
        ...

    @property
    def federation(self) -> Federation:
        """Everything behind this edge."""
        ...


@dataclass(frozen=True, slots=True)
class PeerLimits:
    """How often, and how many at once, one address may speak to us before anything is parsed."""

    #: A busy line posts some hundred times a second; agreements set the budgets of known rings.
    per_second: float = 1_000.0
    burst: float = 2_000.0
    #: What a refused message costs more than an accepted one: guessing is slow, work is not.
    refused_cost: float = 20.0
    #: Invitations that do not work, of one address: people mistake a file now and then; secrets cannot be guessed.
    wrong_invitations: float = 20.0
    wrong_invitations_per_second: float = 0.1
    #: Bodies of 256 KiB in memory at once: 32 MiB.
    bodies: int = 128
    bodies_per_address: int = 32


class _Edge:
    def __init__(self, services: Services, bounds: PeerLimits) -> None:
        self._federation = services.federation
        self._rates = Rates(services.clock, per_second=bounds.per_second, burst=bounds.burst)
        self._places = Places(bounds.bodies, bounds.bodies_per_address)
        self._refused_cost = bounds.refused_cost
        self._wrong_invitations = Rates(
            services.clock, per_second=bounds.wrong_invitations_per_second, burst=bounds.wrong_invitations
        )

    async def message(self, request: BaseRequest, path: str) -> StreamResponse:
        """Rate, size, kind; then the bytes go down and come up untouched."""
        remote = asker(request)
        try:
            if wait := self._rates.take(remote) or (path == "peering" and self._wrong_invitations.wait(remote)):
                raise Busy(wait)
            if request.headers.get("Content-Type", "").partition(";")[0].strip().lower() != _JSON:
                raise RemoteError("media_type", "expected application/json")
            with self._places.hold(remote):
                body = await read_body(request, limits.REQUEST_BYTES)
                reply = await self._federation.receiver.handle(path, body)
        except RingtauschError as error:
            return self._refuse(request, error, remote)
        if _REFUSED <= reply.status < _OUR_FAULT:
            self._rates.charge(remote, self._refused_cost)
            if path == "peering":
                self._wrong_invitations.charge(remote, 1.0)
        answer = Response(body=reply.body, status=reply.status, headers=JSON_HEADERS)
        answer.headers.update(reply.headers)
        return answer

    def _refuse(self, request: BaseRequest, error: RingtauschError, remote: str) -> Response:
        headers: CIMultiDict[str] = CIMultiDict(JSON_HEADERS)
        if isinstance(error, Busy):
            headers["Retry-After"] = str(error.retry_after_seconds)
        elif error.code not in _NOT_THEIR_FAULT:
            self._rates.charge(remote, self._refused_cost)
        body = canonical.encode(Refusal(code=error.code))
        answer = Response(body=body, status=code_row(error.code).status, headers=headers)
        if not request.content.is_eof():
            answer.force_close()
        return answer

    async def card(self, request: BaseRequest, _found: tuple[str, ...]) -> StreamResponse:
        """The ring's card, as signed."""
        remote = asker(request)
        if wait := self._rates.take(remote):
            return self._refuse(request, Busy(wait), remote)
        return Response(body=self._federation.card(), headers=JSON_HEADERS)


def build_app(services: Services, bounds: PeerLimits | None = None) -> App:
    """This edge of one ring."""
    return App(routes(services, bounds or PeerLimits()), services.ids)


def routes(services: Services, bounds: PeerLimits) -> list[Route]:
    """The table of this edge."""
    edge = _Edge(services, bounds)

    def message(name: str) -> Route:
        async def handler(request: BaseRequest, _found: tuple[str, ...]) -> StreamResponse:
            return await edge.message(request, name)

        return Route("POST", f"/peer/v1/{name}", handler)

    return [*(message(name) for name in MESSAGES), Route("GET", "/.well-known/ringtausch", edge.card)]
