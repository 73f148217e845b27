# SPDX-License-Identifier: AGPL-3.0-or-later
"""What this ring knows of lines between others, in memory: the newest advert of each ring, and lines that failed.

A line counts if both of its ends name it. Rings that say nothing for a day are forgotten.
"""

from __future__ import annotations

from ringtausch_node.clock import Clock
from ringtausch_node.federation.routes.buckets import BUCKETS, claim_seconds
from ringtausch_node.federation.routes.paths import Road, choose
from ringtausch_protocol.documents import Advert, Edge
from ringtausch_protocol.limits import AMOUNT_MAX

#: How long a line on which a payment failed is left alone.
REST_SECONDS = 600


class Atlas:
    """The known lines of others. Belongs to the event loop's thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._adverts: dict[str, Advert] = {}
        self._addresses: dict[str, set[str]] = {}
        self._resting: dict[tuple[str, str], int] = {}

    def take(self, advert: Advert, address: str) -> None:
        """A ring's newest advert, and the address on its newest card."""
        self._adverts[advert.ring_id] = advert
        self._addresses.setdefault(address, set()).add(advert.ring_id)

    def ring_at(self, address: str) -> str | None:
        """The one ring of an address; None where there is none, or two claim it."""
        known = self._addresses.get(address, set())
        return next(iter(known)) if len(known) == 1 else None

    def rest(self, one: str, other: str) -> None:
        """A payment failed between two rings: no way leads there for a while."""
        self._resting[one, other] = self._clock.now() + REST_SECONDS

    def rests(self, one: str, other: str) -> bool:
        """Whether a payment failed there a while ago."""
        return self._resting.get((one, other), 0) > self._clock.now()

    def way(
        self, start: str, own: dict[str, Road], goal: str, amount_seconds: int, *, over_resting: bool = False
    ) -> tuple[str, ...] | None:
        """The best way to a ring. `own`: our own lines as they really are; `over_resting`: though payments failed."""
        now = self._clock.now()
        self._resting = {pair: until for pair, until in self._resting.items() if until > now}
        closed = () if over_resting else self._resting
        return choose(self._roads(start, own), start, goal, amount_seconds, closed)

    def claims(self, besides: str) -> dict[str, dict[str, int]]:
        """Which rings surely owe which, by what both ends tell, and how much at most; not of the lines of one ring."""
        edges = {ring: {edge.peer: edge for edge in advert.edges} for ring, advert in self._live(besides).items()}
        return {
            ring: {
                peer: claim for peer, there in told.items()
                if ring in edges.get(peer, ()) and (claim := claim_seconds(there, edges[peer][ring]))
            }
            for ring, told in edges.items()
        }  # fmt: skip

    def _live(self, besides: str) -> dict[str, Advert]:
        now = self._clock.now()
        return {ring: advert for ring, advert in self._adverts.items() if advert.expires_at > now and ring != besides}

    def _roads(self, start: str, own: dict[str, Road]) -> dict[str, dict[str, Road]]:
        live = self._live(start)
        named = {ring: {edge.peer for edge in advert.edges} for ring, advert in live.items()} | {start: set(own)}
        told = {
            ring: {edge.peer: _road(edge) for edge in advert.edges if ring in named.get(edge.peer, ())}
            for ring, advert in live.items()
        }
        return {**told, start: own}


def _road(edge: Edge) -> Road:
    """More room than the limit: the neighbour owes something, and what goes there pays it back."""
    free = AMOUNT_MAX if edge.free_bucket >= BUCKETS[-1] else edge.free_bucket
    return Road(free, edge.free_bucket > edge.limit_bucket, edge.transit)
