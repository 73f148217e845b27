# SPDX-License-Identifier: AGPL-3.0-or-later
"""Carries what rings say of their lines, in place of gossip: real adverts, made by the rings, taken to all at once.

Passing an advert on from neighbour to neighbour costs each ring of a country its verification; with a hundred rings
that is more than all payments. What gossip itself does, `tests/federation/transit/test_adverts.py` shows.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from unittest import mock

from ringtausch_node.bootstrap import Ring
from ringtausch_node.federation.routes import records
from ringtausch_node.federation.routes.adverts import LIFE_SECONDS, Adverts
from ringtausch_node.federation.routes.paths import Road
from ringtausch_protocol import canonical, envelope, limits
from ringtausch_protocol.documents import Advert
from tests.federation_run.books import Books
from tests.simulation.nodes import Killed
from tests.simulation.world import World


@contextmanager
def no_gossip() -> Iterator[None]:
    """Rings make their adverts and pass none on."""
    with mock.patch.object(Adverts, "is_due", return_value=False):
        yield


class Postman:
    """Knows every ring's newest advert, and brings it to the rings of its country."""

    def __init__(self, world: World, books: Books, countries: dict[str, str]) -> None:
        self._world, self._books, self._countries = world, books, countries
        self._newest: dict[str, Advert] = {}
        #: How each ring's lines stood when it was asked last.
        self._heard: dict[str, dict[str, Road]] = {}
        self._again: dict[str, int] = {}

    async def go_round(self) -> None:
        """Let every ring whose books have changed say anew how its lines stand, and tell the others."""
        for name, node in self._world.nodes.items():
            roads = self._books.of(name).roads
            if node.ring is None or not self._is_due(name, roads):
                continue
            with suppress(Killed):
                await self._collect(name)

    def _is_due(self, name: str, roads: dict[str, Road]) -> bool:
        """Whether a ring has something new to say; asked twice, because it says nothing new twice in a minute."""
        if roads != self._heard.get(name, {}):
            self._heard[name], self._again[name] = roads, 2
        self._again[name] = self._again.get(name, 0) - 1
        return self._again[name] >= 0 or self._is_old(name)

    def _is_old(self, name: str) -> bool:
        """Adverts live for a day; a ring says its own again long before."""
        newest = self._newest.get(name)
        return newest is not None and newest.expires_at - self._world.nodes[name].clock.now() < LIFE_SECONDS // 2

    async def _collect(self, name: str) -> None:
        advert = await self._world.ask(name, _said)
        if advert is not None and advert != self._newest.get(name):
            self._newest[name] = advert
            for other in self._world.nodes:
                self._tell(other, name, advert)

    def tell_all(self, name: str) -> None:
        """A ring that was away hears everything again."""
        for about, advert in self._newest.items():
            self._tell(name, about, advert)

    def _tell(self, name: str, about: str, advert: Advert) -> None:
        ring = self._world.nodes[name].ring
        if ring is not None and name != about and self._countries[name] == self._countries[about]:
            ring.federation.ways.atlas.take(advert, self._world.nodes[about].address)


async def _said(ring: Ring) -> Advert | None:
    """What a ring says of its lines now."""
    await ring.store.write(ring.federation.ways.adverts.refresh)
    row = await ring.store.read(lambda tx: records.load(tx, ring.identity.ring_id))
    if row is None:
        return None
    return canonical.parse(envelope.parse_envelope(row.envelope).body(), Advert, limits.DOCUMENT_BYTES)
