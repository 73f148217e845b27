# SPDX-License-Identifier: AGPL-3.0-or-later
"""A ring whose frames do not hang together: they follow on none of its own, or ack what it was never sent."""

from __future__ import annotations

from typing import Any

from ringtausch_protocol.canonical import b64
from tests.simulation.liars.bending import HASH_BYTES
from tests.simulation.liars.speaking import harmless
from tests.simulation.liars.tongue import Liar, Tongue, name_of


class Breaks(Liar):
    """Signs such a frame at the next place of its chain: to every second neighbour the one, to the others the other."""

    why_unseen = "such a frame is kept beside the log and never stored: no log has it, that of its own ring neither"

    async def lie(self, tongue: Tongue) -> None:
        """Again and again: where one came, the line is closed and nothing more is taken."""
        nothing = b64(self.chance.randbytes(HASH_BYTES))
        place = self.neighbours(name_of(tongue.liar)).index(name_of(tongue.victim))
        changes: dict[str, Any] = {"ack_hash" if place % 2 else "prev": nothing}
        self.told += 1
        reply = await tongue.post(await tongue.frame([harmless(self.chance)], **changes))
        assert reply.status != 200, f"a frame was taken that does not hang together: {changes}"
