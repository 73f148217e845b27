# SPDX-License-Identifier: Apache-2.0
"""The kit's only touch with the world: HTTP requests, the clock, chance, and waiting."""

from __future__ import annotations

import http.client
import os
import select
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from ringtausch_protocol import limits
from ringtausch_protocol.addresses import folder_of
from ringtausch_protocol.audit.sources.patience import BoundedHttp, BoundedHttps
from ringtausch_protocol.conformance.model import Answer, Request

#: Nothing that a rule asks takes longer, unless it hangs: how long nothing may come, and how long the answer may.
TIMEOUT_SECONDS = 30.0
ANSWER_SECONDS = 180.0
#: Tiles and bundles of entries are the largest answers; one byte more shows that there was more.
ANSWER_BYTES = limits.LOG_ENTRY_BYTES * 256 + 1


class Sender:
    """Sends each request on a connection of its own, so that no rule hears what another left behind."""

    def __init__(self, url: str, host: str = "") -> None:
        """`url`: where the ring under test is; `host`: the name it is to be called by, if not that of the URL."""
        found = urlsplit(url)
        self._is_tls, self._place = found.scheme == "https", found.netloc
        self._path, self._host = folder_of(url), host or found.netloc

    def __call__(self, request: Request) -> Answer:
        """Raises OSError where the ring under test cannot be reached or speaks no HTTP."""
        kind = BoundedHttps if self._is_tls else BoundedHttp
        connection = kind(_left(), self._place, timeout=TIMEOUT_SECONDS)
        try:
            return self._ask(connection, request)
        except (http.client.HTTPException, UnicodeError) as error:
            raise OSError(f"no HTTP: {error!r}") from None
        finally:
            connection.close()

    def _ask(self, connection: http.client.HTTPConnection, request: Request) -> Answer:
        headers = {"Host": self._host, **request.headers}
        body = request.body if request.method == "POST" else None
        # Who refuses a body for its size need not read all of it first.
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.request(request.method, self._path + request.path, body, headers)
        answer = connection.getresponse()
        found = {name.lower(): value for name, value in answer.getheaders()}
        data = answer.read(ANSWER_BYTES)
        if answer.length and len(data) < ANSWER_BYTES:
            raise OSError("half an answer")
        return Answer(answer.status, found, data)


def _left() -> Callable[[], float]:
    """Who sends one byte and then another is never silent: how much longer he is waited for."""
    until = now() + ANSWER_SECONDS

    def left() -> float:
        """Raises TimeoutError where it is over."""
        if (seconds := until - now()) <= 0:
            raise TimeoutError("the answer does not end")
        return min(seconds, TIMEOUT_SECONDS)

    return left


class Clock:
    """Unix seconds of the ring under test, as far as it says them: that two clocks differ breaks no rule."""

    def __init__(self) -> None:
        self.ahead_seconds = 0

    def __call__(self) -> int:
        """Now."""
        return now() + self.ahead_seconds

    def set_by(self, answer: Answer, asked_at: int) -> None:
        """Go by the `Date` of an answer that has just come, to what was asked at `asked_at`; else by this machine."""
        try:
            said = int(parsedate_to_datetime(answer.headers.get("date", "")).timestamp())
        except (ValueError, OverflowError):
            return
        self.ahead_seconds = min(0, said - asked_at + 1) + max(0, said - now() - 1)


def chance(count: int) -> bytes:
    """Random bytes."""
    return os.urandom(count)


def now() -> int:
    """Unix seconds."""
    return int(datetime.now(UTC).timestamp())


def wait(seconds: float) -> None:
    """Let time pass."""
    select.select([], [], [], seconds)
