# SPDX-License-Identifier: AGPL-3.0-or-later
"""A node as its own process: started, frozen, killed and stopped by the demo, always by its own process id."""

from __future__ import annotations

import json
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from ringtausch_node.demo import words

#: A node that opens an existing folder needs half a second; a slow machine under load more.
START_SECONDS = 30.0
#: The node gives running requests ten seconds to finish.
STOP_SECONDS = 20.0
#: In a hurry, because the demo failed or was interrupted.
END_SECONDS = 5.0
#: What asks the demo to end: Ctrl-C (also where a shell started us with it ignored, as it does in the background), a
#: service manager, a closed terminal.
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
#: The end of a node's log says why it did not start.
LOG_LINES_SHOWN = 12


class DemoFailed(Exception):
    """The demo cannot go on, for a reason written for people."""


class NodeProcess:
    """One `ringtausch serve FOLDER`. What it logs goes into a file beside the ring's folder."""

    def __init__(self, folder: Path, log: Path) -> None:
        self._folder, self._log = folder, log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def is_running(self) -> bool:
        """Whether the process is there (frozen or not)."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it and wait until it serves. Raises DemoFailed with the end of its log."""
        command = [sys.executable, "-m", "ringtausch_node", "serve", str(self._folder), "--json"]
        with self._log.open("ab") as log:
            # A group of its own: Ctrl-C is for the demo, which then stops its nodes one by one.
            self._process = subprocess.Popen(  # noqa: S603 - our own program, no shell
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, process_group=0
            )
        assert self._process.stdout is not None
        if not _says_a_line(self._process.stdout, START_SECONDS):
            self.end()
            raise DemoFailed(words.NOT_STARTED(name=self._folder.name, log=self._log_end()))

    def freeze(self) -> None:
        """The machine hangs: the process is there, but does nothing any more (SIGSTOP)."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """The machine goes on (SIGCONT)."""
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """Power off: nothing is finished, nothing is cleaned up (SIGKILL)."""
        self._signal(signal.SIGKILL)
        self._wait()

    def stop(self) -> None:
        """Stop it as an operator would. Raises DemoFailed if it does not end by itself, or not with exit code 0."""
        if self._process is None:
            return
        self._signal(signal.SIGTERM)
        try:
            code = self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            code = None
        self.end()
        if code != 0:
            raise DemoFailed(words.NOT_STOPPED(name=self._folder.name, log=self._log_end()))

    def end(self) -> None:
        """Make sure that it is gone: politely first, then by force."""
        if self._process is None:
            return
        self._signal(signal.SIGCONT)
        self._signal(signal.SIGTERM)
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._signal(signal.SIGKILL)
        self._wait()

    def _signal(self, number: signal.Signals) -> None:
        """To our own child alone: Popen knows whether the id is still its."""
        if self._process is not None:
            self._process.send_signal(number)

    def _wait(self) -> None:
        if self._process is not None:
            self._process.wait()
            if self._process.stdout is not None:
                self._process.stdout.close()
            self._process = None

    def _log_end(self) -> str:
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(lines[-LOG_LINES_SHOWN:])


def command(*arguments: str) -> Any:
    """One command as an operator types it. -> what it says with --json. Raises DemoFailed with its complaint."""
    asked = [sys.executable, "-m", "ringtausch_node", *arguments, "--json"]
    done = subprocess.run(asked, stdin=subprocess.DEVNULL, capture_output=True, check=False)  # noqa: S603 - see above
    if done.returncode != 0:
        raise DemoFailed(words.NO_ANSWER(where=arguments[0], why=done.stderr.decode(errors="replace").strip()))
    return json.loads(done.stdout)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """An impatient second Ctrl-C must not leave half of the nodes running."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _says_a_line(stream: IO[bytes], seconds: float) -> bool:
    """Whether a first line (`ready`) comes in time; False also where the process ends instead."""
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        if select.select([stream], [], [], left)[0]:
            return bool(stream.readline().strip())
    return False
