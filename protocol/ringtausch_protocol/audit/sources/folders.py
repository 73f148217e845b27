# SPDX-License-Identifier: Apache-2.0
"""Logs in a folder: one log, all logs of a ring as `log export` writes them, or many rings side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from ringtausch_protocol import limits
from ringtausch_protocol.audit.auditing.result import LogGiven
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.verifier.findings import read_file

CHECKPOINT = "checkpoint"
#: The ring's own cards beside a log: a JSON list, oldest first; or the only one.
CARDS = "cards.json"
CARD = "card.json"
CARDS_BYTES = limits.CARDS_MAX * limits.ITEM_BYTES
#: A federation's folder holds rings, those hold logs; nobody nests deeper.
DEPTH_MAX = 3
#: Most logs below one folder: twenty years of 400 rings that are restored once a year.
LOGS_MAX = 10_000


class FolderFiles:
    """A log's files below a folder."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder, self.name = folder, name

    def read(self, path: str, limit_bytes: int) -> bytes:
        """A plain file. Raises RemoteError: bad_tile (there is none, or it cannot be read), too_large."""
        try:
            return read_file(self._folder / path, limit_bytes, path)
        except OSError:
            raise RemoteError("bad_tile", f"{path} is missing") from None


def read_cards(data: bytes) -> tuple[bytes, ...]:
    """The envelopes in a file of cards: a JSON list, or one alone. Raises RemoteError('malformed')."""
    try:
        if data.lstrip().startswith(b"{"):
            return (data.strip(),)
        return tuple(bytes(raw) for raw in msgspec.json.decode(data, type=list[msgspec.Raw]))
    except (msgspec.DecodeError, RecursionError):
        raise RemoteError("malformed", CARDS) from None


def format_cards(cards: Sequence[bytes]) -> bytes:
    """A file of cards, as `read_cards` reads it."""
    return b"[" + b",\n".join(cards) + b"]\n"


def cards_beside(files: FolderFiles) -> tuple[bytes, ...]:
    """The cards that lie beside a log; none where there are none. Raises RemoteError('malformed')."""
    for name in (CARDS, CARD):
        try:
            data = files.read(name, CARDS_BYTES)
        except RemoteError:
            continue
        return read_cards(data)
    return ()


def logs_in(folder: Path, name: str) -> list[LogGiven]:
    """All logs below a folder. Raises RemoteError('bad_tile') where there is none."""
    found = [_given(path, f"{name}/{path.relative_to(folder).as_posix()}".removesuffix("/."))
             for path in _log_folders(folder, DEPTH_MAX)]  # fmt: skip
    if not found:
        raise RemoteError("bad_tile", "no checkpoint of a log is there")
    return found


def _log_folders(folder: Path, depth: int) -> Iterator[Path]:
    """Folders that hold a checkpoint, in the order of their names."""
    if (folder / CHECKPOINT).is_file():
        yield folder
    elif depth and folder.is_dir():
        for each in sorted(folder.iterdir())[:LOGS_MAX]:
            if not each.is_symlink():
                yield from _log_folders(each, depth - 1)


def _given(folder: Path, name: str) -> LogGiven:
    files = FolderFiles(folder, name)
    return LogGiven(files, files.read(CHECKPOINT, limits.CHECKPOINT_BYTES), cards_beside(files))
