# SPDX-License-Identifier: AGPL-3.0-or-later
"""What anybody reads of the ring's log, and what it says and takes as a witness (SPEC.md 8.4, 8.8, 8.9).

No query is accepted: what a cache keeps under a path is what stands there.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from aiohttp.web import BaseRequest, StreamResponse

from ringtausch_node.errors import RemoteError, RingtauschError
from ringtausch_node.federation.line.model import Reply
from ringtausch_node.peer_api.edge import Edge, PeerLimits
from ringtausch_node.serving import Places, Route, asker
from ringtausch_protocol import limits


class WitnessAnswers(Protocol):
    """The ring as a witness, in bytes."""

    async def add_checkpoint(self, body: bytes) -> Reply:
        """Cosign a head, or say why not."""
        ...

    async def told(self, name: str) -> Reply:
        """The newest head that was cosigned of a log."""
        ...

    async def fork_proof(self, body: bytes) -> Reply:
        """Take a proof of two histories."""
        ...


class Publication(Protocol):
    """The ring's own logs, in bytes."""

    async def page(self, path: str, authorization: str) -> Reply:
        """What stands at a path beneath /log/."""
        ...

    async def access(self, body: bytes) -> Reply:
        """A token for a signed request."""
        ...


class _Logs:
    def __init__(self, witness: WitnessAnswers, publication: Publication, edge: Edge, bounds: PeerLimits) -> None:
        self._witness, self._publication = witness, publication
        self._edge, self._read_bytes = edge, bounds.read_bytes
        self._pages = Places(bounds.pages, bounds.pages_per_address)

    async def page(self, request: BaseRequest, found: tuple[str, ...]) -> StreamResponse:
        """A checkpoint, a tile, a bundle of entries."""
        remote = asker(request)
        try:
            self._edge.verify_rate(remote)
            verify_bare(request)
            with self._pages.hold(remote):
                reply = await self._publication.page(found[0], request.headers.get("Authorization", ""))
        except RingtauschError as error:
            return self._edge.refuse(request, error)
        self._edge.rates.charge(remote, len(reply.body) / self._read_bytes)
        return self._edge.answer(request, reply)

    async def told(self, request: BaseRequest, found: tuple[str, ...]) -> StreamResponse:
        """The newest head that was cosigned of a log."""
        try:
            self._edge.verify_rate(asker(request))
            verify_bare(request)
            if f"/{found[0]}/" not in request.raw_path:
                raise RemoteError("not_found", "a name has one form")
            return self._edge.answer(request, await self._witness.told(found[0]))
        except RingtauschError as error:
            return self._edge.refuse(request, error)

    def post(self, path: str, limit_bytes: int, take: Callable[[bytes], Awaitable[Reply]]) -> Route:
        """A route that takes a body of at most so many bytes."""

        async def handler(request: BaseRequest, _found: tuple[str, ...]) -> StreamResponse:
            try:
                self._edge.verify_rate(asker(request))
                verify_bare(request)
                async with self._edge.body(request, limit_bytes) as body:
                    return self._edge.answer(request, await take(body))
            except RingtauschError as error:
                return self._edge.refuse(request, error)

        return Route("POST", path, handler)


def log_routes(witness: WitnessAnswers, publication: Publication, edge: Edge, bounds: PeerLimits) -> list[Route]:
    """The table of logs and witnesses."""
    logs = _Logs(witness, publication, edge, bounds)
    return [
        Route("GET", "/log/{path...}", logs.page),
        logs.post("/log/access", limits.ITEM_BYTES, publication.access),
        logs.post("/witness/add-checkpoint", limits.WITNESS_REQUEST_BYTES, witness.add_checkpoint),
        logs.post("/witness/fork-proof", limits.FORK_PROOF_BYTES, witness.fork_proof),
        Route("GET", "/witness/{name}/checkpoint", logs.told),
    ]


def verify_bare(request: BaseRequest) -> None:
    """The path and nothing behind it. Raises RemoteError('query')."""
    if "?" in request.raw_path or "#" in request.raw_path:
        raise RemoteError("query", "none is accepted here")
