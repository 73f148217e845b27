# SPDX-License-Identifier: AGPL-3.0-or-later
"""What other rings reach: POST /peer/v1/..., and our card. Sizes and rates here, every rule in `federation`.

Refusals are canonical JSON {"code": ...}, as the other ring's sender reads them (SPEC.md 6), not problem documents.
"""

from __future__ import annotations

from typing import Protocol

from aiohttp.web import BaseRequest, Response, StreamResponse

from ringtausch_node.clock import Clock
from ringtausch_node.errors import RemoteError, RingtauschError
from ringtausch_node.federation.line.model import Reply
from ringtausch_node.ids import Ids
from ringtausch_node.peer_api.edge import Edge, PeerLimits
from ringtausch_node.peer_api.logs import Publication, WitnessAnswers, log_routes
from ringtausch_node.rates import Busy, Rates
from ringtausch_node.serving import App, Route, asker
from ringtausch_node.serving.problems import JSON_HEADERS
from ringtausch_protocol import limits

MESSAGES = ("hello", "frames", "peering", "quote", "recover", "reset", "adverts")
_JSON = "application/json"
_REFUSED, _OUR_FAULT = 400, 500


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


class Witnessing(Protocol):
    """What this edge needs of `witnessing`."""

    @property
    def answers(self) -> WitnessAnswers:
        """Takes heads and proofs."""
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

    @property
    def witnessing(self) -> Witnessing:
        """The ring as a witness."""
        ...

    @property
    def publication(self) -> Publication:
        """The ring's own log."""
        ...


class _Messages:
    """POST /peer/v1/..., and our card."""

    def __init__(self, services: Services, bounds: PeerLimits, edge: Edge) -> None:
        self._federation, self._edge = services.federation, edge
        self._wrong_invitations = Rates(
            services.clock, per_second=bounds.wrong_invitations_per_second, burst=bounds.wrong_invitations
        )

    async def message(self, request: BaseRequest, path: str) -> StreamResponse:
        """Rate, size, kind; then the bytes go down and come up untouched."""
        remote = asker(request)
        try:
            self._edge.verify_rate(remote)
            if path == "peering" and (wait := self._wrong_invitations.wait(remote)):
                raise Busy(wait)
            if request.headers.get("Content-Type", "").partition(";")[0].strip().lower() != _JSON:
                raise RemoteError("media_type", "expected application/json")
            async with self._edge.body(request, limits.REQUEST_BYTES) as body:
                reply = await self._federation.receiver.handle(path, body)
        except RingtauschError as error:
            return self._edge.refuse(request, error)
        if path == "peering" and _REFUSED <= reply.status < _OUR_FAULT:
            self._wrong_invitations.charge(remote, 1.0)
        return self._edge.answer(request, reply)

    async def card(self, request: BaseRequest, _found: tuple[str, ...]) -> StreamResponse:
        """The ring's card, as signed."""
        try:
            self._edge.verify_rate(asker(request))
        except Busy as error:
            return self._edge.refuse(request, error)
        return Response(body=self._federation.card(), headers=JSON_HEADERS)


def build_app(services: Services, bounds: PeerLimits | None = None) -> App:
    """This edge of one ring."""
    return App(routes(services, bounds or PeerLimits()), services.ids)


def routes(services: Services, bounds: PeerLimits) -> list[Route]:
    """The table of this edge."""
    edge = Edge(services.clock, bounds)
    messages = _Messages(services, bounds, edge)

    def message(name: str) -> Route:
        async def handler(request: BaseRequest, _found: tuple[str, ...]) -> StreamResponse:
            return await messages.message(request, name)

        return Route("POST", f"/peer/v1/{name}", handler)

    return [
        *(message(name) for name in MESSAGES),
        Route("GET", "/.well-known/ringtausch", messages.card),
        *log_routes(services.witnessing.answers, services.publication, edge, bounds),
    ]
