# SPDX-License-Identifier: AGPL-3.0-or-later
"""Those who bend their history: an operator who forks his log, and a folder that is started twice."""

from __future__ import annotations

import asyncio
import shutil

from ringtausch_node.bootstrap import Ring
from ringtausch_protocol import frames
from ringtausch_protocol.frames import parse_log_entry
from tests.audit import liar as told
from tests.audit.exports import Export
from tests.simulation.lying.liars import Liar
from tests.simulation.people import DAY_SECONDS
from tests.simulation.world import Node


class ForksHisLog(Liar):
    """Shows auditors a log from which one frame of a neighbour is gone, and what came after is signed again."""

    def logs(self, honest: list[Export]) -> list[Export]:
        """Another history of the newest log."""
        *before, newest = honest
        received = [
            place for place, entry in enumerate(newest.entries)
            if parse_log_entry(entry)[0] == frames.ENTRY_FRAME and place not in told.places(newest, newest.ring_id)
        ]  # fmt: skip
        if len(received) < 2:
            return honest
        self.lies += 1
        gone = self.chance.choice(received[:-1])
        entries = newest.entries[:gone] + newest.entries[gone + 1 :]
        return [*before, Export(newest.ring_id, newest.number, entries, newest.cards, newest.seeds, newest.name)]


class RunsTwice(Liar):
    """Its folder is copied while it runs, and the copy is started elsewhere: both sign under one key.

    Peers fence the boot that was replaced, so at most one of the two is heard on each line.
    """

    hidden = "a copy is fenced by its neighbours like a restored ring; where it was fenced in time nothing was forked"

    def bend(self, node: Node, ring: Ring) -> None:
        """Some time in the day."""
        if self.lies == 0 and node.name == self.name:
            self.lies = 1
            self._task = asyncio.ensure_future(self._copy())

    async def _copy(self) -> None:
        await asyncio.sleep(self.chance.uniform(DAY_SECONDS / 4, DAY_SECONDS))
        here = self.world.nodes.get(self.name)
        if here is None or here.ring is None:
            return
        copy = self.world.add(f"{self.name}-copy")
        shutil.copytree(self.world.folder(here), self.world.folder(copy), ignore=shutil.ignore_patterns("*-shm"))
        self.world.loop.note("copied", here.life)
        await self.world.boot(copy.name)
