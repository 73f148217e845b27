# SPDX-License-Identifier: Apache-2.0
"""A source as somebody names it: an address, a folder, an archive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ringtausch_protocol.audit.auditing.result import Failed, LogGiven
from ringtausch_protocol.audit.sources.archives import as_malformed, unpack
from ringtausch_protocol.audit.sources.folders import logs_in
from ringtausch_protocol.audit.sources.patience import Clock, Patience
from ringtausch_protocol.audit.sources.tokens import token_for
from ringtausch_protocol.audit.sources.web import logs_at
from ringtausch_protocol.errors import RemoteError


def open_sources(
    sources: Sequence[str], workplace: Path, clock: Clock, tokens: Mapping[str, str] = {}
) -> tuple[list[LogGiven], list[Failed]]:
    """The logs of all sources, and the sources that could not be read. Archives are unpacked below `workplace`.

    `clock`: how long an address lets us wait. `tokens`: what rings gave to read entries with, as `token_for` takes it.
    """
    logs: list[LogGiven] = []
    failed: list[Failed] = []
    for place, source in enumerate(sources):
        try:
            if source.startswith(("http://", "https://")):
                logs += logs_at(source, Patience(clock), token_for(source, tokens))
            else:
                logs += _open(source, workplace / str(place))
        except RemoteError as error:
            failed.append(Failed(source, error.code))
    return logs, failed


def _open(source: str, workplace: Path) -> list[LogGiven]:
    path = Path(source)
    with as_malformed("source"):
        if not path.exists():
            raise RemoteError("bad_tile", "there is no such file or folder")
        if path.is_dir():
            return logs_in(path, source)
        unpack(path, workplace)
        return logs_in(workplace, source)
