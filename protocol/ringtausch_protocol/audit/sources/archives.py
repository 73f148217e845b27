# SPDX-License-Identifier: Apache-2.0
"""Logs in an archive, zip or tar: unpacked into a folder of our own, whatever its author had in mind.

Bounds count what comes out, not what the archive says of itself; nothing is written outside of the folder; links and
devices are left out.
"""

from __future__ import annotations

import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from ringtausch_protocol import tiles
from ringtausch_protocol.audit.sources.folders import CARD, CARDS, CHECKPOINT
from ringtausch_protocol.errors import RemoteError

#: Everything that comes out: a million entries of a busy federation's logs.
UNPACKED_BYTES = 2 * 1_024 * 1_024 * 1_024
FILES_MAX = 200_000
#: So much more may come out than went in: signatures and hashes hardly pack at all, a bomb packs a thousandfold.
RATIO_MAX = 100
CHUNK_BYTES = 1_024 * 1_024
SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.bz2")


#: What the readers of archives raise over one that is cut off, encrypted, or of a kind they do not know.
_REFUSED = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError, NotImplementedError,
    RuntimeError,
)  # fmt: skip


class _Room:
    """How much may still come out."""

    def __init__(self, packed_bytes: int) -> None:
        self._bytes = min(UNPACKED_BYTES, max(packed_bytes, CHUNK_BYTES) * RATIO_MAX)
        self._files = FILES_MAX

    def take_file(self) -> None:
        """One more file. Raises RemoteError('too_large')."""
        self._files -= 1
        if self._files < 0:
            raise RemoteError("too_large", f"more than {FILES_MAX} files")

    def take(self, count: int) -> None:
        """So many bytes more. Raises RemoteError('too_large')."""
        self._bytes -= count
        if self._bytes < 0:
            raise RemoteError("too_large", "more comes out of the archive than a log can hold")


def unpack(archive: Path, folder: Path) -> None:
    """Unpack the files of logs into a new folder. Raises RemoteError: malformed (no archive, cut off), too_large."""
    room = _Room(archive.stat().st_size)
    try:
        if zipfile.is_zipfile(archive):
            _unpack_zip(archive, folder, room)
        else:
            _unpack_tar(archive, folder, room)
    except _REFUSED as bad:
        raise RemoteError("malformed", f"archive: {type(bad).__name__}") from None


def _unpack_zip(archive: Path, folder: Path, room: _Room) -> None:
    with zipfile.ZipFile(archive) as opened:
        for info in opened.infolist():
            place = None if info.is_dir() else _place(info.filename)
            if place is not None:
                with opened.open(info) as source:
                    _copy(source, folder / place, room)


def _unpack_tar(archive: Path, folder: Path, room: _Room) -> None:
    with tarfile.open(archive) as opened:
        for info in opened:
            place = _place(info.name) if info.isreg() else None
            source = opened.extractfile(info) if place is not None else None
            if source is not None and place is not None:
                with source:
                    _copy(source, folder / place, room)


def _place(name: str) -> PurePosixPath | None:
    """Where a file belongs; None for what is no file of a log. Raises RemoteError('malformed') for a way out."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or "\0" in name:
        raise RemoteError("malformed", "a path that leads out of the archive")
    if path.name in (CHECKPOINT, CARDS, CARD):
        return path
    return path if _is_tile(path) else None


def _is_tile(path: PurePosixPath) -> bool:
    for place, part in enumerate(path.parts):
        if part == "tile":
            try:
                tiles.parse_path("/".join(path.parts[place:]))
            except RemoteError:
                return False
            return True
    return False


def _copy(source: IO[bytes], target: Path, room: _Room) -> None:
    room.take_file()
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("xb") as file:
        while chunk := source.read(CHUNK_BYTES):
            room.take(len(chunk))
            file.write(chunk)


@contextmanager
def as_malformed(what: str) -> Iterator[None]:
    """What the system refuses is a bad source, not a fault of ours."""
    try:
        yield
    except OSError as error:
        raise RemoteError("malformed", f"{what}: {error.strerror}") from None
