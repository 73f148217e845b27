# SPDX-License-Identifier: Apache-2.0
"""Logs at an address, over HTTP: a log's own prefix, or a ring whose logs lie under `log/<n>`.

Nothing that a ring says of itself is believed; only files under the paths of SPEC.md 8.4 are read, each bounded.
"""

from __future__ import annotations

import http.client
import urllib.error
import urllib.parse
import urllib.request
from email.message import Message
from typing import IO

from ringtausch_protocol import limits
from ringtausch_protocol.audit.auditing.result import LogGiven
from ringtausch_protocol.audit.sources.folders import CARDS, CARDS_BYTES, CHECKPOINT, read_cards
from ringtausch_protocol.errors import RemoteError

#: A node on a home line answers a tile within seconds; who does not is off.
TIMEOUT_SECONDS = 30.0
#: A busy ring asks to wait; a thread of ours waits no longer than the limit of any request.
LOGS_MAX = 100
USER_AGENT = "ringtausch-audit"


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A ring's files lie where its address says; a redirect could lead into somebody's own network."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> None:
        """Follow none."""


class WebFiles:
    """The files of one log below a url."""

    def __init__(self, prefix: str, token: str = "") -> None:
        self.name = prefix
        self._headers = {"User-Agent": USER_AGENT} | ({"Authorization": f"Bearer {token}"} if token else {})
        self._opener = urllib.request.build_opener(_NoRedirects)

    def read(self, path: str, limit_bytes: int) -> bytes:
        """A file. Raises RemoteError: bad_tile (404), too_large, unreachable."""
        request = urllib.request.Request(f"{self.name}/{path}", headers=self._headers)  # noqa: S310 - see `logs_at`
        try:
            with self._opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
                data: bytes = answer.read(limit_bytes + 1)
        except urllib.error.HTTPError as error:
            error.close()
            raise RemoteError("bad_tile" if error.code == 404 else "unreachable", f"{path}: {error.code}") from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise RemoteError("unreachable", f"{path}: {type(error).__name__}") from None
        if len(data) > limit_bytes:
            raise RemoteError("too_large", path)
        return data


def logs_at(address: str, token: str = "") -> list[LogGiven]:
    """All logs at an address, read with an auditor's token. RemoteError: unreachable, bad_tile (no log), malformed."""
    url = address.rstrip("/")
    if urllib.parse.urlsplit(url).scheme not in ("http", "https"):
        raise RemoteError("malformed", "an address begins with https:// or http://")
    try:
        return [_given(url, token)]
    except RemoteError as error:
        if error.code != "bad_tile":
            raise
    found = []
    for number in range(1, LOGS_MAX + 1):
        try:
            found.append(_given(f"{url}/log/{number}", token))
        except RemoteError as error:
            if error.code != "bad_tile" or not found:
                raise
            break
    return found


def _given(prefix: str, token: str) -> LogGiven:
    files = WebFiles(prefix, token)
    checkpoint = files.read(CHECKPOINT, limits.CHECKPOINT_BYTES)
    try:
        cards = read_cards(files.read(CARDS, CARDS_BYTES))
    except RemoteError as error:
        if error.code != "bad_tile":
            raise
        cards = ()
    return LogGiven(files, checkpoint, cards)
