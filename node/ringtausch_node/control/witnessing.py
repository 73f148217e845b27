# SPDX-License-Identifier: AGPL-3.0-or-later
"""What an operator asks of witnesses: who cosigns our log, whose logs we watch, and who showed two histories."""

from __future__ import annotations

from ringtausch_node.control.operation import Arguments, Operation
from ringtausch_node.ring import Ring


async def show_witnesses(ring: Ring, _args: Arguments) -> object:
    """Our witnesses, the logs that we watch, and proofs."""
    return await ring.witnessing.view()


WITNESSING: dict[str, Operation] = {"log.witness": Operation(Arguments, show_witnesses)}
