# SPDX-License-Identifier: AGPL-3.0-or-later
"""Peers whose URL leads where ours leads: whoever copies that machine has both, so they witness nothing for us.

What a machine is cannot be proved over a network. One address behind both names is what can be seen of it, from inside
a container and behind a proxy too (docs/adr/0018).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from ringtausch_node.clock import Clock
from ringtausch_node.federation.line.identity import RingIdentity
from ringtausch_node.federation.line.lines import Line
from ringtausch_node.federation.wire.transport import Transport
from ringtausch_node.witnessing.model import ASK_SECONDS, WATCH_SECONDS


class Neighbours:
    """Ring ids of the peers that stand at our own address, looked up now and then."""

    def __init__(self, clock: Clock, transport: Transport, identity: RingIdentity) -> None:
        self._clock, self._transport, self._identity = clock, transport, identity
        self._again_at = float("-inf")
        self.known: frozenset[str] = frozenset()

    async def look(self, lines: Sequence[Line]) -> None:
        """Look the names up again, if that was some minutes ago. What cannot be looked up stays as it was known."""
        if not lines or self._clock.monotonic() < self._again_at:
            return
        self._again_at = self._clock.monotonic() + WATCH_SECONDS
        urls = [self._identity.own.card.url, *(line.peer.url for line in lines)]
        own, *others = await asyncio.gather(*map(self._addresses, urls))
        for line, addresses in zip(lines, others, strict=True):
            if own and addresses:
                which = {line.peer.ring_id}
                self.known = self.known | which if own & addresses else self.known - which

    async def _addresses(self, url: str) -> frozenset[str]:
        try:
            async with asyncio.timeout(ASK_SECONDS):
                return await self._transport.addresses(url)
        except TimeoutError:
            return frozenset()
