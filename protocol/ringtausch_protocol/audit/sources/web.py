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
from ringtausch_protocol.audit.sources.patience import SILENCE_SECONDS, Patience, PatientHttp, PatientHttps, Request
from ringtausch_protocol.errors import RemoteError

#: A log begins anew after a loss; a ring that lost its log so often needs another kind of help.
LOGS_MAX = 100
USER_AGENT = "ringtausch-audit"
#: What an answer other than a file means.
REFUSED = {404: "bad_tile", 401: "unauthorized", 403: "unauthorized"}


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A ring's files lie where its address says; a redirect could lead into somebody's own network."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> None:
        """Follow none."""


class WebFiles:
    """The files of one log below a url; `patience` is that with its whole address."""

    def __init__(self, prefix: str, patience: Patience, token: str = "") -> None:
        self.name, self._patience = prefix, patience
        self._headers = {"User-Agent": USER_AGENT} | ({"Authorization": f"Bearer {token}"} if token else {})
        self._opener = urllib.request.build_opener(_NoRedirects, PatientHttp, PatientHttps)

    def read(self, path: str, limit_bytes: int) -> bytes:
        """A file. Raises RemoteError: bad_tile (404), unauthorized (not for everybody), too_large, unreachable."""
        try:
            data = self._fetch(f"{self.name}/{path}", limit_bytes)
        except urllib.error.HTTPError as error:
            error.close()
            raise RemoteError(REFUSED.get(error.code, "unreachable"), f"{path}: {error.code}") from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise RemoteError("unreachable", f"{path}: {type(error).__name__}") from None
        if len(data) > limit_bytes:
            raise RemoteError("too_large", path)
        return data

    def _fetch(self, url: str, limit_bytes: int) -> bytes:
        """A file, and one byte of what is too much of it."""
        with self._patience.file() as left:
            request = Request(url, self._headers, left)
            with self._opener.open(request, timeout=min(SILENCE_SECONDS, left())) as answer:
                data: bytes = answer.read(limit_bytes + 1)
        return data


def logs_at(address: str, patience: Patience, token: str = "") -> list[LogGiven]:
    """All logs at an address, read with an auditor's token. RemoteError: unreachable, bad_tile (no log), malformed."""
    url = address.rstrip("/")
    if urllib.parse.urlsplit(url).scheme not in ("http", "https"):
        raise RemoteError("malformed", "an address begins with https:// or http://")
    try:
        return [_given(url, patience, token)]
    except RemoteError as error:
        if error.code != "bad_tile":
            raise
    found = []
    for number in range(1, LOGS_MAX + 1):
        try:
            found.append(_given(f"{url}/log/{number}", patience, token))
        except RemoteError as error:
            if error.code != "bad_tile" or not found:
                raise
            break
    return found


def _given(prefix: str, patience: Patience, token: str) -> LogGiven:
    files = WebFiles(prefix, patience, token)
    checkpoint = files.read(CHECKPOINT, limits.CHECKPOINT_BYTES)
    try:
        cards = read_cards(files.read(CARDS, CARDS_BYTES))
    except RemoteError as error:
        if error.code != "bad_tile":
            raise
        cards = ()
    return LogGiven(files, checkpoint, cards)
