# SPDX-License-Identifier: AGPL-3.0-or-later
"""A ring that runs twice: its folder was copied while it ran, and the copy was started elsewhere."""

from __future__ import annotations

import contextvars
import shutil

from tests.audit.exports import Export
from tests.simulation.liars.tongue import Liar, Tongue
from tests.simulation.nodes import COPY


class RunsTwice(Liar):
    """Both sign under one key. Neighbours fence the boot that was replaced, so one at most is heard on each line."""

    why_unseen = "a copy that was fenced before it signed anything looks like a ring that was started again"
    _copy = ""

    async def lie(self, tongue: Tongue) -> None:
        """Once. It is answered where it asks; who asks the ring reaches the first."""
        here = self.world.nodes[self.names[0]]
        if self._copy or here.ring is None:
            return
        copy = self.world.add(here.name + COPY)
        shutil.copytree(self.world.folder(here), self.world.folder(copy), ignore=shutil.ignore_patterns("*-shm"))
        self._copy = copy.name
        self.told += 1
        self.world.loop.call_soon(lambda: self.world.spawn_boot(copy.name), context=contextvars.Context())

    def show(self, logs: list[Export]) -> list[Export]:
        """Those of the first; the second is gone."""
        if self._copy:
            self.world.leave(self._copy)
        return logs
