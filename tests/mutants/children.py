# SPDX-License-Identifier: AGPL-3.0-or-later
"""Programs that run among the packages of mutants, a few at a time, and all end when they are told to."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from threading import Lock

ROOT = Path(__file__).resolve().parents[2]


class Ended(Exception):
    """No further one begins."""


class Children:
    """Those that run now. Several threads ask for them; one may end them all."""

    def __init__(self) -> None:
        self._lock, self._running, self._has_ended = Lock(), set[subprocess.Popen[str]](), False

    @property
    def running(self) -> int:
        """How many."""
        return len(self._running)

    def run(self, path: list[str], *module: str) -> subprocess.CompletedProcess[str]:
        """Run `python -m` to its end, with these folders first on its path. Raises Ended after `end`."""
        with self._lock:
            if self._has_ended:
                raise Ended
            child = subprocess.Popen(
                [sys.executable, "-m", *module], cwd=ROOT, env={**os.environ, "PYTHONPATH": os.pathsep.join(path)},
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            )  # fmt: skip
            self._running.add(child)
        with child:
            out, errors = child.communicate()
        with self._lock:
            self._running.discard(child)
            if self._has_ended:  # what it says is not what it found
                raise Ended
        return subprocess.CompletedProcess(module, child.returncode, out, errors)

    def end(self) -> None:
        """End those that run; none begins after."""
        with self._lock:
            self._has_ended = True
            for child in self._running:
                child.terminate()
