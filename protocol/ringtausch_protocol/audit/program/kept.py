# SPDX-License-Identifier: Apache-2.0
"""Full tiles and bundles of logs at addresses, kept beside the state: the next audit fetches only what is new.

A full tile never changes while its log goes on. What is kept is believed no more than what a ring serves: a file behind
another hash than its own is fetched again, and where the tiles kept do not lead to the new head, the ring is asked for
all of them, so a log that tells another past is read as it is now and judged by its remembered head.
"""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

from ringtausch_protocol import canonical, checkpoints, tiles
from ringtausch_protocol.audit.auditing.result import LogGiven
from ringtausch_protocol.audit.evidence.tree import LogBroken, LogFiles, LogTree
from ringtausch_protocol.audit.program.files import put_below
from ringtausch_protocol.audit.sources.web import WebFiles
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.tiles import WIDTH

_HASH_BYTES = 32


class KeptFiles:
    """The files of one log; full tiles and bundles are kept below a folder, each behind its hash."""

    def __init__(self, files: LogFiles, folder: Path) -> None:
        self._files, self._folder, self.name = files, folder, files.name

    def read(self, path: str, limit_bytes: int) -> bytes:
        """A file, from the folder if it is there. Raises RemoteError as the source does; OSError."""
        if not _is_full(path):
            return self._files.read(path, limit_bytes)
        kept = self._load(self._folder / path, limit_bytes)
        if kept is not None:
            return kept
        data = self._files.read(path, limit_bytes)
        put_below(self._folder / path, canonical.sha256(data) + data)
        return data

    def _load(self, file: Path, limit_bytes: int) -> bytes | None:
        with suppress(OSError):
            data = file.read_bytes()
            if _HASH_BYTES <= len(data) <= _HASH_BYTES + limit_bytes:
                digest, content = data[:_HASH_BYTES], data[_HASH_BYTES:]
                return content if canonical.sha256(content) == digest else None
        return None

    def leads_to(self, checkpoint: bytes) -> bool:
        """Whether the tiles, kept and new, may lead to a head. Raises RemoteError('malformed') where it is none."""
        try:
            LogTree(self, checkpoints.parse_checkpoint(checkpoint).head).verify()
        except LogBroken as broken:
            return broken.is_unseen  # who is off for a moment need not give all again
        return True


def _is_full(path: str) -> bool:
    try:
        return tiles.parse_path(path).width == WIDTH
    except RemoteError:
        return False


def keeping(given: LogGiven, folder: Path) -> LogGiven:
    """The log with its full tiles kept below a folder, if it lies at an address. Raises OSError."""
    if not isinstance(given.files, WebFiles):
        return given
    with suppress(RemoteError):  # no checkpoint: the audit says so
        place = folder / checkpoints.parse_checkpoint(given.checkpoint).head.origin
        files = KeptFiles(given.files, place)
        if not files.leads_to(given.checkpoint):
            shutil.rmtree(place, ignore_errors=True)
        return given._replace(files=files)
    return given
