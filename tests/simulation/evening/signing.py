# SPDX-License-Identifier: AGPL-3.0-or-later
"""A day passes: both rings of each line sign what they owe each other, and it is what their books say."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from ringtausch_node.federation.line.views import PeerView
from tests.simulation.chance import Options
from tests.simulation.evening.office import Office
from tests.simulation.nodes import Killed
from tests.simulation.world import World

#: A statement is due a day after the line began, or after the one before. Two steps: a clock that leaps by more than a
#: day is not believed.
STEPS_SECONDS, LOOKED_SECONDS = (50_000, 50_000), 90.0
SIGNED_SECONDS = 900.0


class Statements:
    """All lines of the day."""

    def __init__(self, world: World, options: Options) -> None:
        self._world, self._office = world, Office(world, options, 0)

    async def sign(self) -> None:
        """Wait until each line has a statement that says what both books say, signed by both."""
        for step in STEPS_SECONDS:
            for node in self._world.nodes.values():
                node.clock.skew_seconds += step
            await asyncio.sleep(LOOKED_SECONDS)
        with self._office.deaths("statement"):
            await self._world.until(self._are_signed, SIGNED_SECONDS, "a line has no statement that its books bear out")
        self._world.seen["statement signed"] += len(self._world.pairs)

    async def _are_signed(self) -> bool:
        with suppress(Killed):
            for one, other in self._world.pairs:
                here, there = await self._office.line(one, other), await self._office.line(other, one)
                if not (_is_true(here) and _is_true(there)):
                    return False
                documents = {line.statement and line.statement.document for line in (here, there)}
                assert len(documents) == 1, f"{one} and {other} signed different words"
            return True
        return False


def _is_true(line: PeerView) -> bool:
    said = line.statement
    if said is None or said.state != "signed":
        return False
    figures = (said.said.we_owe_seconds, said.said.own_open, said.said.their_open)
    return figures == (line.clearing_seconds, 0, 0)
