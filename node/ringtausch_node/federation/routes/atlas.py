# SPDX-License-Identifier: AGPL-3.0-or-later
"""What this ring knows of lines between others, in memory: the newest advert of each ring, and lines that failed.

A line counts if both of its ends name it. Rings that say nothing for a day are forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

from ringtausch_node.clock import Clock
from ringtausch_node.federation.routes.buckets import BUCKETS, bucket, claim_seconds, guess_seconds
from ringtausch_node.federation.routes.paths import Road, choose
from ringtausch_protocol.documents import Advert, Edge
from ringtausch_protocol.limits import AMOUNT_MAX

#: claims[one][other]: how much `other` owes `one`, at most.
Claims: TypeAlias = dict[str, dict[str, int]]

#: How long a line on which a payment failed is left alone.
REST_SECONDS = 600


class Atlas:
    """The known lines of others. Belongs to the event loop's thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        #: By ring and neighbour what the ring's newest advert says, and until when it counts.
        self._edges: dict[str, dict[str, Edge]] = {}
        self._until: dict[str, int] = {}
        #: What both ends name, kept as it is needed: a payment that asks for a way must not read every advert again.
        self._roads: dict[str, dict[str, Road]] = {}
        self._addresses: dict[str, set[str]] = {}
        self._resting: dict[tuple[str, str], int] = {}

    def take(self, advert: Advert, address: str) -> None:
        """A ring's newest advert, and the address on its newest card."""
        self._replace(advert.ring_id, {edge.peer: edge for edge in advert.edges})
        self._until[advert.ring_id] = advert.expires_at
        self._addresses.setdefault(address, set()).add(advert.ring_id)

    def drop(self, ring: str) -> None:
        """Its advert is not kept any more."""
        self._until.pop(ring, None)
        self._replace(ring, {})
        del self._edges[ring], self._roads[ring]
        self._addresses = {address: left for address, rings in self._addresses.items() if (left := rings - {ring})}

    def is_named(self, ring: str, peers: Iterable[str]) -> bool:
        """Whether one of these peers names the ring."""
        return any(ring in self._edges.get(peer, ()) for peer in peers)

    def is_on_a_road(self, ring: str) -> bool:
        """Whether a ring that it names names it back."""
        return bool(self._roads.get(ring))

    def room(self, debtor: str, creditor: str) -> int | None:
        """How much more one ring may owe another, at least; None where not both name the line."""
        road = self._roads.get(debtor, {}).get(creditor)
        return None if road is None else road.free_seconds

    def ring_at(self, address: str) -> str | None:
        """The one ring of an address; None where there is none, or two claim it."""
        known = self._addresses.get(address, set())
        return next(iter(known)) if len(known) == 1 else None

    def addresses(self) -> set[str]:
        """Where exactly one ring is, to which a line leads."""
        return {address for address, rings in self._addresses.items() if len(rings) == 1 and self.is_on_a_road(*rings)}

    def rest(self, one: str, other: str) -> None:
        """A payment failed between two rings: no way leads there for a while."""
        self._resting[one, other] = self._clock.now() + REST_SECONDS

    def rests(self, one: str, other: str) -> bool:
        """Whether a payment failed there a while ago."""
        return self._resting.get((one, other), 0) > self._clock.now()

    def way(
        self, start: str, own: dict[str, Road], goal: str, amount_seconds: int, *, over_resting: bool = False
    ) -> tuple[str, ...] | None:
        """The best way to a ring. `own`: our own lines as they really are; `over_resting`: though payments failed.

        Where none surely has room, one that may have it: a line has more than its step tells, but less than the next.
        """
        self._forget(self._clock.now())
        closed = () if over_resting else self._resting
        able = {peer: road for peer, road in own.items() if road.free_seconds >= amount_seconds}
        roads = self._roads_from(start, able)
        return choose(roads, start, goal, amount_seconds, closed) or choose(
            roads, start, goal, bucket(amount_seconds), closed
        )

    def claims(self, besides: str) -> Claims:
        """Which rings surely owe which, by what both ends tell, and how much at most; not of the lines of one ring."""
        return self._claims(besides, claim_seconds)

    def guesses(self, besides: str) -> Claims:
        """As `claims`, with what rings may owe of which adverts tell nothing: then either may be the one who owes."""
        return self._claims(besides, guess_seconds)

    def _claims(self, besides: str, seconds: Callable[[Edge, Edge], int]) -> Claims:
        self._forget(self._clock.now())
        edges = {ring: told for ring, told in self._edges.items() if ring != besides}
        return {
            ring: {
                peer: claim for peer, there in told.items()
                if ring in edges.get(peer, ()) and (claim := seconds(there, edges[peer][ring]))
            }
            for ring, told in edges.items()
        }  # fmt: skip

    def _forget(self, now: int) -> None:
        """Adverts that have expired, and lines that have rested."""
        for ring in [ring for ring, until in self._until.items() if until <= now]:
            del self._until[ring]
            self._replace(ring, {})
        self._resting = {pair: until for pair, until in self._resting.items() if until > now}

    def _replace(self, ring: str, edges: dict[str, Edge]) -> None:
        """Put what a ring says in the place of what it said, and change the roads at its own lines only."""
        before, self._edges[ring] = self._edges.get(ring, {}), edges
        named = [peer for peer in edges if ring in self._edges.get(peer, ())]
        self._roads[ring] = {peer: _road(edges[peer]) for peer in named}
        for peer in before.keys() - named:
            self._roads.get(peer, {}).pop(ring, None)
        for peer in named:
            self._roads[peer][ring] = _road(self._edges[peer][ring])

    def _roads_from(self, start: str, own: dict[str, Road]) -> dict[str, dict[str, Road]]:
        """All roads as this ring sees them: its own lines as they are, whatever its own advert says of them."""
        back = {
            peer: {**self._roads[peer], start: _road(self._edges[peer][start])}
            for peer in own if start in self._edges.get(peer, ())
        }  # fmt: skip
        return {**self._roads, **back, start: own}


def _road(edge: Edge) -> Road:
    """More room than the limit: the neighbour owes something, and what goes there pays it back."""
    free = AMOUNT_MAX if edge.free_bucket >= BUCKETS[-1] else edge.free_bucket
    return Road(free, edge.free_bucket > edge.limit_bucket, edge.transit)
