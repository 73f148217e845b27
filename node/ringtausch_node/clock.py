# SPDX-License-Identifier: AGPL-3.0-or-later
"""Time as a constructor argument. The only file that asks the machine what time it is."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """What the rooms know of time; the simulator brings its own."""

    def now(self) -> int:
        """Unix time in whole seconds, as written into books and signed documents; may jump."""
        ...

    def monotonic(self) -> float:
        """Seconds since some moment, never going back: for time limits and back-off, never stored."""
        ...


class SystemClock:
    """The clock of the machine."""

    def now(self) -> int:
        """Unix time in whole seconds."""
        return int(time.time())

    def monotonic(self) -> float:
        """Seconds since some moment, never going back; while the machine sleeps they go on."""
        return time.clock_gettime(time.CLOCK_BOOTTIME)
