# SPDX-License-Identifier: AGPL-3.0-or-later
"""What all doors of this edge have in common: how often, how much, how many at once; and how a refusal looks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp.web import BaseRequest, Response
from multidict import CIMultiDict

from ringtausch_node.clock import Clock
from ringtausch_node.errors import RingtauschError
from ringtausch_node.federation.line.model import Reply
from ringtausch_node.rates import Busy, Rates
from ringtausch_node.serving import Places, asker, read_body
from ringtausch_node.serving.problems import JSON_HEADERS, code_row
from ringtausch_protocol import canonical
from ringtausch_protocol.requests import Refusal

_REFUSED, _OUR_FAULT = 400, 500
#: Refusals that cost the asker nothing more.
_NOT_THEIR_FAULT = frozenset({"busy", "storage_failed"})


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
    #: Bytes of a log that cost as much as one message: a tile costs two, and who reads 8 MB a second is slowed.
    read_bytes: int = 8 * 1024
    #: Pieces of logs in memory at once; a bundle of entries is at most 16 MiB, and usually some hundred KiB.
    pages: int = 8
    pages_per_address: int = 2


class Edge:
    """The gate before every handler of this edge."""

    def __init__(self, clock: Clock, bounds: PeerLimits) -> None:
        self.rates = Rates(clock, per_second=bounds.per_second, burst=bounds.burst)
        self._bodies = Places(bounds.bodies, bounds.bodies_per_address)
        self._refused_cost = bounds.refused_cost

    def verify_rate(self, remote: str) -> None:
        """One more request of this address. Raises Busy."""
        if wait := self.rates.take(remote):
            raise Busy(wait)

    @asynccontextmanager
    async def body(self, request: BaseRequest, limit_bytes: int) -> AsyncIterator[bytes]:
        """The body of a message, which has its place in memory until it is answered.

        Raises RemoteError: busy, and as `read_body`.
        """
        with self._bodies.hold(asker(request)):
            yield await read_body(request, limit_bytes)

    def answer(self, request: BaseRequest, reply: Reply) -> Response:
        """What a room answered; a refusal costs the asker something."""
        if _REFUSED <= reply.status < _OUR_FAULT:
            self.rates.charge(asker(request), self._refused_cost)
        answer = Response(body=reply.body, status=reply.status, headers=JSON_HEADERS)
        answer.headers.update(reply.headers)
        return answer

    def refuse(self, request: BaseRequest, error: RingtauschError) -> Response:
        """A refusal of this edge itself."""
        headers: CIMultiDict[str] = CIMultiDict(JSON_HEADERS)
        if isinstance(error, Busy):
            headers["Retry-After"] = str(error.retry_after_seconds)
        elif error.code not in _NOT_THEIR_FAULT:
            self.rates.charge(asker(request), self._refused_cost)
        body = canonical.encode(Refusal(code=error.code))
        answer = Response(body=body, status=code_row(error.code).status, headers=headers)
        if not request.content.is_eof():
            answer.force_close()
        return answer
