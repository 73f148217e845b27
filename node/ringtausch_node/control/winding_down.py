# SPDX-License-Identifier: AGPL-3.0-or-later
"""The operator's operations about a ring that stops."""

from __future__ import annotations

from ringtausch_node.control.operation import Arguments, Operation
from ringtausch_node.ring import Ring


async def show(ring: Ring, _args: Arguments) -> object:
    """Each partner's claim."""
    return await ring.winding_down.view()


async def begin(ring: Ring, _args: Arguments) -> object:
    """End all lines."""
    return await ring.winding_down.begin()


async def close(ring: Ring, _args: Arguments) -> object:
    """Sign that all is over."""
    return await ring.winding_down.close()


WINDING_DOWN: dict[str, Operation] = {
    "wind_down": Operation(Arguments, show),
    "wind_down.begin": Operation(Arguments, begin),
    "wind_down.close": Operation(Arguments, close),
}
