# SPDX-License-Identifier: AGPL-3.0-or-later
"""A ring's clock, ids and chance: the loop's time, which may be wrong for one ring, and streams from a seed."""

from __future__ import annotations

import random

from tests.simulation.loop import SimLoop

#: When the play begins, in Unix seconds.
MORNING = 1_800_000_000


class SimClock:
    """The loop's time; `skew_seconds` is how wrong this ring's clock is."""

    def __init__(self, loop: SimLoop) -> None:
        self._loop = loop
        self.skew_seconds = 0

    @property
    def is_wrong(self) -> bool:
        """Whether it shows another time than it is."""
        return self.now() != MORNING + int(self._loop.time())

    def now(self) -> int:
        """Unix seconds."""
        return MORNING + int(self._loop.time()) + self.skew_seconds

    def monotonic(self) -> float:
        """Seconds since the play began."""
        return self._loop.time()


class SimIds:
    """Ids and chance from a seed; one stream goes on over all lives of a node."""

    def __init__(self, seed: str, clock: SimClock) -> None:
        self._chance, self._clock, self._count = random.Random(seed), clock, 0

    def uuid7(self) -> bytes:
        """Sixteen bytes, each greater than the one before."""
        self._count += 1
        value = (self._clock.monotonic().__trunc__() + MORNING) * 1000 << 80 | 0x7 << 76 | 0b10 << 62
        return (value | self._count << 40 | self._chance.getrandbits(40)).to_bytes(16, "big")

    def random(self, size: int) -> bytes:
        """Bytes that nobody guesses who does not know the seed."""
        return self._chance.randbytes(size)

    def jitter(self) -> float:
        """A number in [0, 1)."""
        return self._chance.random()
