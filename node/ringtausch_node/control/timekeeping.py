# SPDX-License-Identifier: AGPL-3.0-or-later
"""The operator's operations about the clock: look at it, and say that it is right."""

from __future__ import annotations

from ringtausch_node.control.operation import Arguments, Operation
from ringtausch_node.ring import Ring


async def show_clock(ring: Ring, _args: Arguments) -> object:
    """How the clock stands."""
    return ring.timekeeping.view()


async def confirm_clock(ring: Ring, _args: Arguments) -> object:
    """The clock is right; what waited for that goes on."""
    found = await ring.timekeeping.confirm()
    await ring.store.write(ring.federation.lines.touch)
    return found


TIMEKEEPING: dict[str, Operation] = {
    "clock.show": Operation(Arguments, show_clock),
    "clock.confirm": Operation(Arguments, confirm_clock),
}
