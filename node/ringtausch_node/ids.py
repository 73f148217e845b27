# SPDX-License-Identifier: AGPL-3.0-or-later
"""Ids and chance as a constructor argument. The only file that asks the machine for randomness."""

from __future__ import annotations

import os
import re
from typing import Protocol

from ringtausch_node.clock import Clock

#: Ids of one millisecond before the next millisecond is borrowed: the 12 bits of rand_a (RFC 9562, section 5.7).
_COUNTER_MAX = 0xFFF
#: Randomness fetched at once, handed out in pieces of a salt's size: asking the kernel costs more than the bytes.
_CHUNK_BYTES, _CHUNKS = 16, 256
#: RFC 9562, section 4.
_UUID = re.compile(r"[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}")


class Ids(Protocol):
    """What the rooms know of chance; the simulator brings its own, seeded."""

    def uuid7(self) -> bytes:
        """16 bytes, time-ordered: each id of this process is greater than the one before."""
        ...

    def random(self, size: int) -> bytes:
        """`size` bytes nobody can guess: salts, tokens, challenges, boots."""
        ...

    def jitter(self) -> float:
        """A number in [0, 1) for back-off."""
        ...


def parse_uuid(text: str) -> bytes:
    """The 16 bytes of a UUID in its text form. Raises ValueError.

    Python's own reader takes braces, hyphens and underscores anywhere, and the digits of every script.
    """
    if _UUID.fullmatch(text) is None:
        raise ValueError("uuid")
    return bytes.fromhex(text.replace("-", ""))


class SystemIds:
    """UUIDv7 (RFC 9562) over a clock, and the kernel's randomness.

    Our clock tells whole seconds, so order within a second comes from a counter in rand_a (section 6.2, method 1) that
    borrows the next millisecond when it is full; a clock that jumps back does not break the order.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._milliseconds = 0
        self._counter = 0
        self._chunks: list[bytes] = []

    def uuid7(self) -> bytes:
        """16 bytes, time-ordered; 62 of the bits are random."""
        now = self._clock.now() * 1000
        if now > self._milliseconds:
            self._milliseconds, self._counter = now, 0
        elif self._counter < _COUNTER_MAX:
            self._counter += 1
        else:
            self._milliseconds, self._counter = self._milliseconds + 1, 0
        tail = int.from_bytes(self._chunk()[:8], "big") & 0x3FFF_FFFF_FFFF_FFFF
        value = self._milliseconds << 80 | 0x7 << 76 | self._counter << 64 | 0b10 << 62 | tail
        return value.to_bytes(16, "big")

    def random(self, size: int) -> bytes:
        """`size` bytes from the kernel."""
        return self._chunk() if size == _CHUNK_BYTES else os.urandom(size)

    def jitter(self) -> float:
        """A number in [0, 1) with 53 random bits."""
        return (int.from_bytes(os.urandom(7), "big") >> 3) / (1 << 53)

    def _chunk(self) -> bytes:
        """16 bytes that are given out once: taking from a list is one step, whichever thread asks."""
        try:
            return self._chunks.pop()
        except IndexError:
            page = os.urandom(_CHUNK_BYTES * _CHUNKS)
            self._chunks += [page[place : place + _CHUNK_BYTES] for place in range(0, len(page), _CHUNK_BYTES)]
            return os.urandom(_CHUNK_BYTES)
