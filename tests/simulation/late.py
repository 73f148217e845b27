# SPDX-License-Identifier: AGPL-3.0-or-later
"""Frames of a boot that is no more: the network keeps what a ring said before it was put back, and tells it later.

It tells it under the token of a later boot, as somebody can who reads what passes between the rings: tokens keep old
requests out, and it is the fence (SPEC.md 6.4) that keeps out old frames. What the boots since then sign may be lost
until the ring, or a ring it speaks to, was started once more.
"""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

from msgspec import structs

from ringtausch_protocol import canonical, limits
from ringtausch_protocol.posts import Post, PostAnswer

if TYPE_CHECKING:
    from tests.simulation.world import World

#: How long before it is put back nothing of what a ring signs arrives, in seconds.
KEPT_SECONDS = (10.0, 40.0)
#: How long what its new boot signs is lost, too, and how long old frames are told.
LOST_SECONDS, TOLD_SECONDS = (5.0, 30.0), 60.0
#: Old messages that are kept for each ring, and to how many new ones they are added.
KEPT_MOST, TOLD_MOST = 8, 3
#: Where frames go, and how a request there begins; an answer begins otherwise.
PATH, _POST_BEGINS = "/peer/v1/frames", b'{"token"'


class Late:
    """Listens to one ring: `keep`, and after it was put back `come`."""

    def __init__(self, world: World, name: str, chance: random.Random) -> None:
        self._world, self._name, self._chance = world, name, chance
        #: By receiver: what brought frames, by the last frame in it.
        self._kept: dict[str, dict[bytes, Post | PostAnswer]] = {}
        self._told: dict[str, int] = {}
        self._keeps = self._loses = False

    async def keep(self, most_seconds: float) -> None:
        """For a while, of which the whole `most_seconds` is the end, frames of this ring are kept and do not arrive."""
        seconds = min(most_seconds, self._chance.uniform(*KEPT_SECONDS))
        await asyncio.sleep(most_seconds - seconds)
        self._keeps = self._loses = True
        self._world.network.listens = self._listen
        await asyncio.sleep(seconds)
        self._keeps = False
        self._loses = self._chance.random() < 0.5

    async def come(self) -> None:
        """The ring is in step again: the old frames come, at once or when somebody was started again."""
        if self._loses:
            await asyncio.sleep(self._chance.uniform(*LOST_SECONDS))
            node = self._world.nodes[self._chance.choice((self._name, *self._kept))]
            if node.ring is not None and not node.loses_power:
                self._world.kill(node)
            self._loses = False
        await asyncio.sleep(TOLD_SECONDS)
        self._world.network.stop_listening()

    def _listen(self, sender: str, target: str, path: str, body: bytes) -> bool:
        """-> whether this message is lost."""
        if sender != self._name or path != PATH:
            return False
        kind: type[Post | PostAnswer] = Post if body.startswith(_POST_BEGINS) else PostAnswer
        said = canonical.parse(body, kind, limits.REQUEST_BYTES)
        if self._keeps and said.frames:
            self._keep(target, said)
        if self._loses:
            return bool(said.frames)
        return isinstance(said, Post) and not self._keeps and self._tell(target, said)

    def _keep(self, target: str, said: Post | PostAnswer) -> None:
        kept = self._kept.setdefault(target, {})
        if len(kept) < KEPT_MOST:
            kept.setdefault(bytes(said.frames[-1].header), said)

    def _tell(self, target: str, new: Post) -> bool:
        """Old frames go with this post. -> whether it is lost itself, so that they are the first to come."""
        if self._told.get(target, 0) >= TOLD_MOST or target not in self._kept:
            return False
        self._told[target] = self._told.get(target, 0) + 1
        for old in self._kept[target].values():
            post = structs.replace(new, frames=old.frames, boxes=old.boxes, notes=old.notes)
            self._world.network.slip_in(self._name, target, PATH, canonical.encode(post))
        self._world.seen["old frames told"] += 1
        self._world.seen["old frames told over HTTP"] += self._world.streams is not None
        return self._chance.random() < 0.5
