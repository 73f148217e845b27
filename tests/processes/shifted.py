# SPDX-License-Identifier: AGPL-3.0-or-later
"""A node whose clocks stand as far ahead as a file says: an hour passes while a test waits a second.

`python -m tests.processes.shifted serve FOLDER`; the file is named by AHEAD_FILE. What a ring does twice a minute it
does as often as SWEEP says, where it says anything.
"""

from __future__ import annotations

import os
from pathlib import Path

from ringtausch_node.cli import main
from ringtausch_node.clock import SystemClock
from ringtausch_node.federation import service

#: The environment variable that names the file, which holds whole seconds.
VARIABLE = "RINGTAUSCH_TEST_AHEAD_FILE"
#: That of the seconds between two looks for late payments.
SWEEP = "RINGTAUSCH_TEST_SWEEP_SECONDS"
_now, _monotonic = SystemClock.now, SystemClock.monotonic


def ahead_seconds() -> int:
    """How far both clocks are ahead."""
    return int(Path(os.environ[VARIABLE]).read_text(encoding="ascii"))


def now(clock: SystemClock) -> int:
    """Unix seconds, ahead."""
    return _now(clock) + ahead_seconds()


def monotonic(clock: SystemClock) -> float:
    """As much ahead: the time has passed."""
    return _monotonic(clock) + ahead_seconds()


if __name__ == "__main__":
    for name, ahead in (("now", now), ("monotonic", monotonic)):
        setattr(SystemClock, name, ahead)
    service.SWEEP_SECONDS = float(os.environ.get(SWEEP, service.SWEEP_SECONDS))
    main()
