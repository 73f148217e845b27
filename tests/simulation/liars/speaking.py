# SPDX-License-Identifier: AGPL-3.0-or-later
"""Rings that sign or say what they should not, each kind a class."""

from __future__ import annotations

import random
from functools import partial
from typing import Any, Literal

from msgspec import Raw, structs

from ringtausch_node.federation.line import records
from ringtausch_node.store import Tx
from ringtausch_protocol import canonical, frames, limits
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.documents import Head
from ringtausch_protocol.frames import Frame
from ringtausch_protocol.items import Cancel, Decision
from ringtausch_protocol.posts import Post, PostAnswer, WireFrame
from tests.audit.exports import Export
from tests.federation.towns import line_of, row_of
from tests.simulation.liars.tongue import Liar, Tongue, name_of
from tests.simulation.world import World

#: How messages that bring frames begin.
_BRINGS_FRAMES: dict[bytes, type[Post | PostAnswer]] = {b'{"token"': Post, b'{"have"': PostAnswer}
#: Old frames that are sent once more in one post.
REPLAYED = 8
#: How many places a frame leaves out: more than what its ring itself says meanwhile.
AHEAD = 50
_ORDERS_TO_OTHERS = (
    "SELECT order_hash, payment_id, amount_seconds FROM order_out WHERE peer <> ? AND order_hash IS NOT NULL"
    " AND purpose <> 'probe' ORDER BY created_at DESC, payment_id LIMIT 1"
)


class Equivocates(Liar):
    """Signs a frame at a place of its chain at which its own log has, or will have, another."""

    def __init__(self, world: World, names: tuple[str, ...], chance: random.Random) -> None:
        super().__init__(world, names, chance)
        self._heads: list[Head] = []

    async def lie(self, tongue: Tongue) -> None:
        """A harmless item: what is wrong is that there are two stories."""
        frame = await tongue.frame([harmless(self.chance)])
        self.told += 1
        if await is_taken(tongue, frame):
            self._heads.append(frame.header.head)
            second = await tongue.frame([harmless(self.chance)], seq=frame.header.seq, prev=frame.header.prev)
            assert (await tongue.post(second)).status != 200, "two frames at one place were taken"

    def show(self, logs: list[Export]) -> list[Export]:
        """A frame beyond the end of its log is one story yet: it may be told there later (seed 10224)."""
        self.kept = sum(head.size < len(log.entries) for log in logs for head in self._heads if head.log == log.number)
        return logs


class Replays(Liar):
    """Sends frames again that were taken long ago, and those that it sent to other rings."""

    why_unseen = "a frame that comes again is stored once, and one for another ring not at all"

    async def lie(self, tongue: Tongue) -> None:
        """Old frames of this line as they are, then the newest one of another line, and one too far ahead."""
        line, row = line_of(tongue.liar, tongue.victim), await row_of(tongue.liar, tongue.victim)
        before = max(0, row.own_seq - self.chance.randrange(1, 3 * REPLAYED))
        old = await tongue.liar.store.read(lambda tx: _sent(tx, line.peer.id, line.names.epoch, before))
        self.told += 1
        await tongue.post(frames=old)
        for other in tongue.liar.federation.lines.all():
            if other is not line:
                strange = await tongue.liar.store.read(partial(_sent, peer=other.peer.id, epoch=other.names.epoch))
                reply = await tongue.post(frames=strange[-1:])
                assert not strange or reply.status != 200, "a frame for another ring was taken"
        ahead = await tongue.frame([harmless(self.chance)], seq=row.own_seq + AHEAD)
        assert (await tongue.post(ahead)).status != 200, "a frame without those before it was taken"


class Claims(Liar):
    """Decides an order that another ring must decide: one of the victim's to a third ring."""

    async def lie(self, tongue: Tongue) -> None:
        """A payment whose hash the liar has heard of. A refusal of what it was not asked moves nothing (seed 5829).

        The victim itself is asked: a reading that its liar's life had begun ended with that life, and no later one of
        the victim's began any more (seed 50069).
        """
        peer = line_of(tongue.victim, tongue.liar).peer.id
        reading = partial(_order_to_others, peer)
        found = await self.world.ask(name_of(tongue.victim), lambda ring: ring.store.read(reading))
        if found is None:
            return
        order_hash, payment_id, amount_seconds = found
        outcome: Literal["paid", "refused"] = self.chance.choice(("paid", "refused"))
        decision = Decision(
            order_hash=order_hash, payment_id=b64(payment_id), outcome=outcome, by=tongue.liar.identity.ring_id,
            index=1, inbound=tongue.victim.identity.ring_id, amount_seconds=amount_seconds,
            decided_at=tongue.liar.clock.now(), code=None if outcome == "paid" else "busy",
        )  # fmt: skip
        self.told += 1
        is_kept = await is_taken(tongue, await tongue.frame([decision]))
        self.kept += is_kept and outcome == "paid"


def _order_to_others(peer: int, tx: Tx) -> tuple[str, bytes, int] | None:
    """(hash, payment, seconds) of the newest order that did not go to this peer."""
    return tx.row(_ORDERS_TO_OTHERS, (peer,))


class Hides(Liar):
    """Takes orders and says so, and never lets one of its frames out again: what was ordered stays in doubt."""

    why_unseen = "its own log holds what it hid, and is behind nobody's: that a ring is silent proves nothing"

    async def lie(self, tongue: Tongue) -> None:
        """From now on it only listens."""
        self.told += 1
        self.world.network.spoken = self._without_frames

    def _without_frames(self, name: str, body: bytes) -> bytes:
        kind = next((kind for first, kind in _BRINGS_FRAMES.items() if body.startswith(first)), None)
        if name not in self.names or kind is None or b'"frames":[{' not in body:
            return body
        said = canonical.parse(body, kind, limits.REQUEST_BYTES)
        return canonical.encode(structs.replace(said, frames=[], boxes=[], notes=[]))


async def is_taken(tongue: Tongue, frame: Frame, **beside: Any) -> bool:
    """Whether the victim says that it has stored this very frame."""
    reply = await tongue.post(frame, **beside)
    if reply.status != 200:
        return False
    have = canonical.parse(reply.body, PostAnswer, limits.REQUEST_BYTES).have
    return (have.seq, have.hash) == (frame.header.seq, frame.hash)


def _sent(tx: Tx, peer: int, epoch: str, after: int = 0) -> list[WireFrame]:
    """Frames of a line as they stand in the liar's log."""
    rows = records.load_out_after(tx, peer, epoch, after, REPLAYED)
    found = (frames.frame_of_entry(row[2]) for row in rows)
    return [WireFrame(header=Raw(header), items=[Raw(item) for item in items]) for header, items in found]


def harmless(chance: random.Random) -> Cancel:
    """Asks an order back that nobody gave."""
    return Cancel(order_hash=b64(chance.randbytes(32)))
