# SPDX-License-Identifier: Apache-2.0
"""The kit's only touch with the world: HTTP requests, the clock, chance, and waiting."""

from __future__ import annotations

import http.client
import os
import select
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import urlsplit

from ringtausch_protocol import canonical, limits
from ringtausch_protocol.conformance.model import Answer, Request, Unjudged
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.requests import Refusal

#: Nothing that a rule asks takes longer, unless it hangs.
TIMEOUT_SECONDS = 30.0
#: How long the kit waits where the ring under test says "later": for one request, and in a whole run.
PATIENCE_SECONDS, RUN_PATIENCE_SECONDS = 120, 1_200
#: Where it does not say for how long.
PAUSE_SECONDS = 5
_TOO_MANY, _AWAY = 429, 503


class Sender:
    """Sends each request on a connection of its own, so that no rule hears what another left behind."""

    def __init__(self, url: str, host: str = "") -> None:
        """`url`: where the ring under test is; `host`: the name it is to be called by, if not that of the URL."""
        found = urlsplit(url)
        self._is_tls, self._place = found.scheme == "https", found.netloc
        self._path, self._host = found.path.rstrip("/"), host or found.netloc

    def __call__(self, request: Request) -> Answer:
        """Raises OSError where the ring under test cannot be reached or speaks no HTTP."""
        kind = http.client.HTTPSConnection if self._is_tls else http.client.HTTPConnection
        connection = kind(self._place, timeout=TIMEOUT_SECONDS)
        try:
            return self._ask(connection, request)
        except http.client.HTTPException as error:
            raise OSError(f"no HTTP: {error!r}") from None
        finally:
            connection.close()

    def _ask(self, connection: http.client.HTTPConnection, request: Request) -> Answer:
        headers = {"Host": self._host, **request.headers}
        body = request.body if request.method == "POST" else None
        connection.request(request.method, self._path + request.path, body, headers)
        answer = connection.getresponse()
        found = {name.lower(): value for name, value in answer.getheaders()}
        # Tiles and bundles of entries are the largest answers; one byte more shows that there was more.
        return Answer(answer.status, found, answer.read(limits.LOG_ENTRY_BYTES * 256 + 1))


class Patient:
    """Sends, and comes again where the ring under test says "later", as rings do (SPEC.md 6.2): that breaks no rule.

    `tell`: hears the status and for how many seconds is waited.
    """

    def __init__(
        self, send: Callable[[Request], Answer], tell: Callable[[int, int], None],
        pause: Callable[[float], None] | None = None,
    ) -> None:  # fmt: skip
        self._send, self._tell, self._pause = send, tell, pause or wait
        self._left_seconds = RUN_PATIENCE_SECONDS

    def __call__(self, request: Request) -> Answer:
        """The answer that is none of "later". Raises Unjudged where nothing else comes; OSError as `Sender`."""
        left_seconds = min(PATIENCE_SECONDS, self._left_seconds)
        while seconds := later_seconds(answer := self._send(request)):
            if seconds > left_seconds:
                raise Unjudged(f"the ring under test says later again and again: {answer.status}, in {seconds} seconds")
            left_seconds -= seconds
            self._left_seconds -= seconds
            self._tell(answer.status, seconds)
            self._pause(seconds)
        return answer


def later_seconds(answer: Answer) -> int:
    """For how long a ring that has no time now is left alone (429, or 503 `busy`); 0: it has answered."""
    if answer.status != _TOO_MANY and not (answer.status == _AWAY and _code(answer.body) == "busy"):
        return 0
    told = answer.headers.get("retry-after", "")
    is_number = told.isascii() and told.isdigit() and len(told) < 7
    return max(1, int(told)) if is_number else PAUSE_SECONDS


def _code(body: bytes) -> str:
    try:
        return canonical.parse(body, Refusal, limits.REQUEST_BYTES).code
    except RemoteError:
        return ""


def chance(count: int) -> bytes:
    """Random bytes."""
    return os.urandom(count)


def now() -> int:
    """Unix seconds."""
    return int(datetime.now(UTC).timestamp())


def wait(seconds: float) -> None:
    """Let time pass."""
    select.select([], [], [], seconds)
