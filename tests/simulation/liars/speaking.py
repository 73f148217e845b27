# SPDX-License-Identifier: AGPL-3.0-or-later
"""Rings that sign what they should not, each kind a class."""

from __future__ import annotations

from ringtausch_protocol import canonical, limits
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.frames import Cancel, Frame, PostAnswer
from tests.simulation.liars.tongue import Liar, Tongue


class Equivocates(Liar):
    """Signs a frame at a place of its chain at which its own log has, or will have, another."""

    async def lie(self, tongue: Tongue) -> None:
        """A harmless item: what is wrong is that there are two stories."""
        frame = await tongue.frame([Cancel(order_hash=b64(self.chance.randbytes(32)))])
        self.told += 1
        if await _is_taken(tongue, frame):
            self.kept += 1


async def _is_taken(tongue: Tongue, frame: Frame) -> bool:
    """Whether the victim says that it has stored this very frame."""
    reply = await tongue.post(frame)
    if reply.status != 200:
        return False
    have = canonical.parse(reply.body, PostAnswer, limits.REQUEST_BYTES).have
    return (have.seq, have.hash) == (frame.header.seq, frame.hash)
