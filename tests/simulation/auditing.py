# SPDX-License-Identifier: AGPL-3.0-or-later
"""What an auditor says of the logs of a world: nobody is accused, nothing is doubtful, whatever trouble there was.

Nobody is accused either by who was given some of the logs only.
"""

from __future__ import annotations

import random

from ringtausch_protocol.audit.findings.codes import Level
from ringtausch_protocol.audit.findings.model import Finding
from tests.audit.exports import Export, audited, export
from tests.simulation.world import World

#: Hints that an honest world may leave. None: once all is healed nothing is under way, open or unseen.
HINTS_ALLOWED: frozenset[str] = frozenset()


async def logs_of(world: World, name: str) -> list[Export]:
    """The logs of a ring as they are now."""
    folder = world.folder(world.nodes[name])
    return await world.insist(name, lambda ring: export(ring, folder, name))


def accusations(logs: list[Export]) -> list[Finding]:
    """What the logs, read side by side, accuse rings of."""
    return [each for each in audited(*logs).findings if each.level == Level.FINDING]


def some_of(logs: list[Export], seed: int) -> list[Export]:
    """What an auditor may have been given who was not given all: some rings, of some the first log or the last one."""
    chance = random.Random(f"auditor-{seed}")
    return [log for log in logs if chance.random() < 0.5] or logs[-1:]


async def audit_logs(world: World) -> None:
    """Nobody in the world is accused, and nothing about it is doubtful."""
    logs = [log for name in world.nodes for log in await logs_of(world, name)]
    told = [each for each in audited(*logs).findings if each.level and each.code not in HINTS_ALLOWED]
    assert [] == told, f"{told[:3]}, seed {world.seed}"
    found = accusations(some_of(logs, world.seed))
    assert [] == found, f"by some of the logs: {found[:3]}, seed {world.seed}"
