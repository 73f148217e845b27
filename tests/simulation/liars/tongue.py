# SPDX-License-Identifier: AGPL-3.0-or-later
"""How a liar speaks: by hand, under the real keys of its ring, over the same bad lines as everybody."""

from __future__ import annotations

import asyncio
import random
from abc import ABC, abstractmethod
from contextlib import suppress
from typing import Any

from ringtausch_node.bootstrap import Ring
from ringtausch_node.errors import LocalError
from ringtausch_node.federation.line.model import Reply
from ringtausch_node.translog.service import LogWriter
from ringtausch_protocol import limits
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.documents import Head
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.frames import Header
from tests.audit.exports import Export
from tests.federation.forger import Forger
from tests.simulation.network import Wire
from tests.simulation.nodes import Killed
from tests.simulation.world import World

#: A lie is told when there is something to lie about, and again a few times before the day ends.
FIRST_SECONDS, AGAIN_SECONDS = 20.0, 25.0
TIMEOUT_SECONDS = 30.0


class Tongue(Forger):
    """Says to `victim` what its ring has not sealed."""

    def __init__(self, world: World, liar: Ring, victim: Ring) -> None:
        super().__init__(liar, victim)
        self._wire = Wire(world.network, name_of(liar))

    async def header(self, items: list[bytes], **changes: Any) -> Header:
        """With the liar's true head, so that nothing is wrong but what shall be."""
        number, size, root = await self.liar.store.read(lambda tx: LogWriter(tx).head())
        fields: dict[str, Any] = {"head": Head(log=number, size=size, root=b64(root)), "at": self.liar.clock.now()}
        return await super().header(items, **{**fields, **changes})

    async def raw(self, body: bytes, path: str = "frames") -> Reply:
        """Any bytes, over the network. Raises RemoteError('unreachable')."""
        return await self._wire.post(
            self.victim.config.url, f"/peer/v1/{path}", body, limit_bytes=limits.REQUEST_BYTES,
            timeout_seconds=TIMEOUT_SECONDS,
        )  # fmt: skip


class Liar(ABC):
    """One way to lie. `names`: the rings that do it; `why_unseen`: why no log shows it, where none does."""

    why_unseen: str | None = None

    def __init__(self, world: World, names: tuple[str, ...], chance: random.Random) -> None:
        self.world, self.names, self.chance = world, names, chance
        #: How often a lie was told, and which of them stand in somebody's log.
        self.told = self.kept = 0

    async def live(self) -> None:
        """Lie now and then until somebody cancels it."""
        await asyncio.sleep(self.chance.uniform(FIRST_SECONDS, 3 * FIRST_SECONDS))
        while True:
            liar = self.chance.choice(self.names)
            victim = self.chance.choice(self.neighbours(liar))
            one, other = self.world.nodes[liar].ring, self.world.nodes[victim].ring
            if one is not None and other is not None:
                tongue = Tongue(self.world, one, other)
                with suppress(Killed, RemoteError, LocalError):
                    await self.world.ask(liar, lambda _ring, tongue=tongue: self.lie(tongue))  # type: ignore[misc]
            await asyncio.sleep(self.chance.expovariate(1 / AGAIN_SECONDS))

    def neighbours(self, liar: str) -> list[str]:
        """The honest rings that have a line to a liar."""
        return sorted({name for pair in self.world.pairs if liar in pair for name in pair} - set(self.names))

    def show(self, logs: list[Export]) -> list[Export]:
        """The logs of its rings, as an auditor gets them."""
        return logs

    @abstractmethod
    async def lie(self, tongue: Tongue) -> None:
        """Say it once. Raises what a network raises."""


def name_of(ring: Ring) -> str:
    """How a ring's node is called."""
    return ring.config.address.partition(".")[0]
