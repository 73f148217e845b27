# SPDX-License-Identifier: AGPL-3.0-or-later
"""One ring's place in a simulated world, and how it may end."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from ringtausch_node.bootstrap import Ring
from tests.simulation.clockwork import SimClock, SimIds
from tests.simulation.loop import Life


class Crashed(AssertionError):
    """A node met an error of our own code."""


class Killed(Exception):
    """The node that was asked died before it answered."""


#: Behind the name of a ring that runs a second time, out of a copied folder.
COPY = "-copy"


@dataclass(eq=False)
class Node:
    """One ring's place in the world, over all its lives."""

    name: str
    clock: SimClock
    ids: SimIds
    life: Life
    #: Done once the present life has ended.
    died: asyncio.Future[None]
    ring: Ring | None = None
    up: asyncio.Event = field(default_factory=asyncio.Event)
    steps: int = 0
    points: int = 0
    #: The power goes at the next commit, or is going.
    loses_power: bool = False

    @property
    def address(self) -> str:
        """The ring's address."""
        return f"{self.name}.example"
