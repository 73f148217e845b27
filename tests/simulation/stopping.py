# SPDX-License-Identifier: AGPL-3.0-or-later
"""Ctrl-C ends a long command as its end does: what was played is told, and nothing is left running or lying about.

A terminal sends it to a whole group of processes. Who began the others hears it and ends them; they do not hear it.
Worlds lie in folders that are named after their process, so that whoever comes next knows what nobody needs any more.
"""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import forkserver, resource_tracker
from pathlib import Path

#: What a shell says of a program that Ctrl-C has ended.
STOPPED = 130
_NAME = "ringtausch-world-"


def deafen() -> None:
    """Nothing that this thread begins from now on hears Ctrl-C."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


def begin_deaf_workers() -> None:
    """Nor do worker processes of this program: begin the one that they are forked from."""
    resource_tracker.ensure_running()  # begun by the other, it would let the signal through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def memory() -> Path:
    """Where folders lie in memory; where the machine has no such place, where others lie."""
    place = Path("/dev/shm")  # noqa: S108 - only where to put them
    return place if place.is_dir() else Path(tempfile.gettempdir())


def prefix() -> str:
    """How the names of this process's folders begin."""
    return f"{_NAME}{os.getpid()}-"


def sweep() -> None:
    """Remove the folders of processes that are gone: killed, they could not do it."""
    for folder in memory().glob(f"{_NAME}*-*"):
        number = folder.name.removeprefix(_NAME).partition("-")[0]
        if number.isdecimal() and not _lives(int(number)):
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def swept() -> Iterator[None]:
    """As `sweep`, before and after: who is ended from outside cannot do it, either."""
    sweep()
    try:
        yield
    finally:
        sweep()


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
