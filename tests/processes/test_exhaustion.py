# SPDX-License-Identifier: AGPL-3.0-or-later
"""A thousand slow connections and packed gibibytes: whoever is honest is answered while they are there."""

from __future__ import annotations

import http.client
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO

import pytest

from tests.processes.towns import Town, befriend, close_and_verify, ended, most_memory_bytes, until

SLOW = 1_000
MEMORY_MOST_BYTES = 256 * 1024 * 1024
PATIENCE_SECONDS = 60.0


class Seen:
    """What the crowd last said of itself."""

    def __init__(self) -> None:
        self.made, self.open, self.bombs = 0, 0, "-"

    def follow(self, lines: IO[str]) -> None:
        """Read until the crowd is gone."""
        for line in lines:
            made, is_open, self.bombs = line.split()
            self.made, self.open = int(made), int(is_open)


@contextmanager
def crowd(port: int, slow: int = SLOW) -> Iterator[Seen]:
    """The crowd before a port."""
    command = [sys.executable, "-m", "tests.processes.crowd", str(port), str(slow)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        seen = Seen()
        following = threading.Thread(target=seen.follow, args=(process.stdout,), daemon=True)
        following.start()
        try:
            yield seen
        finally:
            process.kill()
            following.join(10)


def health_of(town: Town) -> int:
    """The status of one honest question, on a connection of its own."""
    asked = http.client.HTTPConnection("127.0.0.1", town.port, timeout=PATIENCE_SECONDS)
    try:
        asked.request("GET", "/health", headers={"Host": town.address})
        return asked.getresponse().status
    finally:
        asked.close()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_thousand_slow_connections_keep_nobody_out(found: Callable[..., Town]) -> None:
    oak, ash = found("oak"), found("ash")
    oak.start()
    ash.start()
    befriend(oak, ash)
    with crowd(oak.port) as seen:
        until(lambda: seen.made >= SLOW and "415:" in seen.bombs, "the crowd")
        numbers = list(range(100, 120))
        for number in numbers:
            assert 200 == health_of(oak)
            oak.pay(ash, number, who=number % 4)
            ash.pay(oak, number, who=number % 4)
        assert {"paid"} == set(ended(oak, numbers).values())
        assert {"paid"} == set(ended(ash, numbers).values())
        assert seen.open >= SLOW // 2, "the crowd was there all the time"
        memory = most_memory_bytes(oak.pid)

    assert memory <= MEMORY_MOST_BYTES
    assert "Traceback" not in oak.log.read_text()
    close_and_verify(oak, ash)
