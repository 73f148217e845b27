# SPDX-License-Identifier: AGPL-3.0-or-later
"""Rings that lie with more than words: one that shows two logs, two that hold a third one's line between them."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from ringtausch_node.bootstrap import Ring
from ringtausch_protocol import canonical
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.items import Order
from ringtausch_protocol.posts import Beside
from tests.audit.exports import Export
from tests.simulation.liars.speaking import Hides, is_taken
from tests.simulation.liars.tongue import Liar, Tongue, name_of

#: First byte of an entry about the ring's own bookings, which nobody else holds (SPEC.md 8.1).
BOOKING = 5
#: How much an order of two colluding rings is, in seconds, and how long the ring between may be kept waiting.
MOST_SECONDS, DEADLINE_SECONDS = 9_000, 3_000


class Forks(Liar):
    """Its operator signs a second log, without one of its own bookings, and shows each to others."""

    async def lie(self, tongue: Tongue) -> None:
        """Nothing is said to anybody: what lies is what readers of logs are shown."""
        self.told += 1

    def show(self, logs: list[Export]) -> list[Export]:
        """Both histories of the newest log, where there is something to leave out."""
        newest = logs[-1]
        own = [place for place, entry in enumerate(newest.entries[:-1]) if entry[0] == BOOKING]
        if not own or not self.told:
            return logs
        self.kept += 1
        place = self.chance.choice(own)
        return [*logs, replace(newest, entries=newest.entries[:place] + newest.entries[place + 1 :])]


class Colludes(Hides):
    """One orders through an honest ring, the other one takes the offer and never decides it."""

    async def lie(self, tongue: Tongue) -> None:
        """The ring between carries for both, as its operator allowed it in good faith."""
        await super().lie(tongue)
        ring, last = tongue.victim, self.world.nodes[self._other(tongue)].ring
        if last is None or ring.federation.lines.by_address(last.config.address) is None:
            return
        for name in self.names:
            await self.world.ask(name_of(tongue.victim), partial(_carry, f"{name}.example"))
        box = self.chance.randbytes(200)
        order = self._order(tongue, last.identity.ring_id, box)
        frame = await tongue.frame([order])
        beside = [Beside(seq=frame.header.seq, index=0, sealed=b64(box))]
        self.world.seen["ordered through the honest"] += await is_taken(tongue, frame, boxes=beside)

    def _without_frames(self, name: str, body: bytes) -> bytes:
        """Only the last in their list says nothing."""
        return super()._without_frames(name, body) if name == self.names[-1] else body

    def _other(self, tongue: Tongue) -> str:
        return next(name for name in self.names if f"{name}.example" != tongue.liar.config.address)

    def _order(self, tongue: Tongue, last: str, box: bytes) -> Order:
        now = tongue.liar.clock.now()
        commit: dict[str, Any] = {
            name: b64(self.chance.randbytes(32)) for name in ("payer_commit", "memo_commit")
        }  # fmt: skip
        return Order(
            payment_id=b64(self.chance.randbytes(16)), attempt=1, purpose="transfer",
            path=[tongue.liar.identity.ring_id, tongue.victim.identity.ring_id, last],
            amount_seconds=self.chance.randint(60, MOST_SECONDS), created_at=now, deadline_at=now + DEADLINE_SECONDS,
            sealed_hash=canonical.sha256_b64(box), **commit,
        )  # fmt: skip


async def _carry(address: str, ring: Ring) -> None:
    await ring.federation.carrying.set(address, carries=True)
