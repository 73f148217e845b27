# SPDX-License-Identifier: AGPL-3.0-or-later
"""The operator's operations about debts that run in a circle."""

from __future__ import annotations

from ringtausch_node.control.operation import Arguments, Operation
from ringtausch_node.ring import Ring


async def plan(ring: Ring, _args: Arguments) -> object:
    """The circles that are known, and what netting has done for each line."""
    return await ring.federation.netting.plan()


async def run(ring: Ring, _args: Arguments) -> object:
    """Walk them now, also those that another ring would begin."""
    return await ring.federation.netting.run()


NETTING: dict[str, Operation] = {
    "netting.plan": Operation(Arguments, plan),
    "netting.run": Operation(Arguments, run),
}
