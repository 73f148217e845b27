# SPDX-License-Identifier: Apache-2.0
"""How long an address may let us wait in all: a limit for each read alone is none for who sends a byte now and then.

The standard library asks the socket for more as often as it needs, also for the lines before the file. So the socket
itself is told before each read how much time is left.
"""

from __future__ import annotations

import http.client
import io
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

#: A node on a home line answers within seconds; who says nothing for so long is off.
SILENCE_SECONDS = 30.0
#: The largest bundle of entries over the poorest line that a ring is served from: 12 MiB, 40 KiB a second.
FILE_SECONDS = 300.0
#: All files of one address: a million entries over such a line, fetched once; the next audit has them (`--state`).
ADDRESS_SECONDS = 4 * 3_600.0

#: Seconds, from wherever it likes.
Clock = Callable[[], float]
#: How much time is left. Raises TimeoutError where none is.
Left = Callable[[], float]


class Patience:
    """What is left of it for one address. Only waiting for its files uses it up."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._left_seconds = clock, ADDRESS_SECONDS

    @contextmanager
    def file(self) -> Iterator[Left]:
        """For one file: a function that says how long its next bytes may take."""
        begun = self._clock()
        until = begun + min(FILE_SECONDS, self._left_seconds)

        def left() -> float:
            seconds = until - self._clock()
            if seconds <= 0:
                raise TimeoutError("too slow")
            return min(seconds, SILENCE_SECONDS)

        try:
            yield left
        finally:
            self._left_seconds -= self._clock() - begun


class Request(urllib.request.Request):
    """A request that may take so long."""

    def __init__(self, url: str, headers: dict[str, str], left: Left) -> None:
        super().__init__(url, headers=headers)
        self.left = left


class PatientHttp(urllib.request.HTTPHandler):
    """Answers `Request`s over HTTP."""

    def http_open(self, req: Any) -> Any:
        """Ask, and read what comes before the file."""
        return self.do_open(partial(BoundedHttp, req.left), req)


class PatientHttps(urllib.request.HTTPSHandler):
    """Answers `Request`s over HTTPS. The handshake has one limit for its whole (Python's `ssl` keeps it)."""

    def https_open(self, req: Any) -> Any:
        """Ask, and read what comes before the file."""
        return self.do_open(partial(BoundedHttps, req.left), req)


class BoundedHttp(http.client.HTTPConnection):
    """A connection that asks before each read how long it may take."""

    def __init__(self, left: Left, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._left = left

    def connect(self) -> None:
        """Only then there is a socket that can be told."""
        super().connect()
        bounded: Any = _Socket(self.sock, self._left)
        self.sock = bounded


class BoundedHttps(BoundedHttp, http.client.HTTPSConnection):
    """The same over TLS: `super()` connects that way there."""


class _Socket:
    """As much of a socket as `http.client` uses."""

    def __init__(self, sock: Any, left: Left) -> None:
        self._sock, self._left = sock, left

    def sendall(self, data: bytes) -> None:
        """Send a request; Python keeps its limit for the whole."""
        self._sock.settimeout(self._left())
        self._sock.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        """What comes."""
        return io.BufferedReader(_Bytes(self._sock, self._left))

    def close(self) -> None:
        """Once nobody reads from it any more."""
        self._sock.close()


class _Bytes(io.RawIOBase):
    """The bytes that come, each read within what is left."""

    def __init__(self, sock: Any, left: Left) -> None:
        self._sock, self._left = sock, left
        self._file = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, room: Any) -> int | None:
        """Some bytes. Raises OSError (TimeoutError among them)."""
        self._sock.settimeout(self._left())
        count: int | None = self._file.readinto(room)
        return count

    def close(self) -> None:
        """And the socket, if it was let go."""
        self._file.close()
        super().close()
