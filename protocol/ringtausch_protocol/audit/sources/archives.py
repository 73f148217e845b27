# SPDX-License-Identifier: Apache-2.0
"""Logs in an archive, zip or tar: unpacked into a folder of our own, whatever its author had in mind.

Bounds count what comes out, not what the archive says of itself; nothing is written outside of the folder; links,
devices and files with holes are left out.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from ringtausch_protocol import tiles
from ringtausch_protocol.audit.sources.folders import CARD, CARDS, CHECKPOINT
from ringtausch_protocol.audit.sources.room import Room, TarStream
from ringtausch_protocol.errors import RemoteError

#: What the readers of archives raise over one that is cut off, encrypted, or of a kind they do not know.
_REFUSED = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError,
    NotImplementedError, RuntimeError, ValueError, LookupError, ArithmeticError,
)  # fmt: skip

#: How a tar that was packed begins, and what unpacks it.
_PACKERS: dict[bytes, Callable[[Path], io.BufferedIOBase]] = {
    b"\x1f\x8b": gzip.GzipFile, b"BZh": bz2.BZ2File, b"\xfd7zXZ\0": lzma.LZMAFile,
}  # fmt: skip
MAGIC_BYTES = 6


def unpack(archive: Path, folder: Path) -> None:
    """Unpack the files of logs into a new folder. Raises RemoteError: malformed (no archive, cut off), too_large."""
    room = Room(archive.stat().st_size)
    try:
        if zipfile.is_zipfile(archive):
            _unpack_zip(archive, folder, room)
        else:
            _unpack_tar(archive, folder, room)
    except _REFUSED as bad:
        raise RemoteError("malformed", f"archive: {type(bad).__name__}") from None


def _unpack_zip(archive: Path, folder: Path, room: Room) -> None:
    with zipfile.ZipFile(archive) as opened:
        for info in opened.infolist():
            room.take_file()
            place = None if info.filename.endswith("/") else _place(info.filename)  # `is_dir` wants a letter
            if place is not None:
                with opened.open(info) as source:
                    _write(folder / place, room.chunks(source))


def _unpack_tar(archive: Path, folder: Path, room: Room) -> None:
    with _decompressed(archive) as source:
        stream = TarStream(source, room)
        with tarfile.TarFile(fileobj=stream) as opened:
            while (info := opened.next()) is not None:
                room.take_file()
                place = _place(info.name) if info.isreg() and not info.issparse() else None
                if place is not None:
                    _write(folder / place, stream.data(info.size))
                _forget(opened)
                stream.begin_file()


def _decompressed(archive: Path) -> io.BufferedIOBase:
    """The tar itself, whatever packed it."""
    with archive.open("rb") as file:
        begins = file.read(MAGIC_BYTES)
    for magic, opener in _PACKERS.items():
        if begins.startswith(magic):
            return opener(archive)
    return archive.open("rb")


def _forget(opened: tarfile.TarFile) -> None:
    """The standard library keeps every member that it saw, and copies what stands before all files for each."""
    opened.members.clear()  # type: ignore[attr-defined]  # there since the first version, in the stubs not
    opened.pax_headers = {}


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


def _write(target: Path, chunks: Iterable[bytes]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("xb") as file:
        file.writelines(chunks)


@contextmanager
def as_malformed(what: str) -> Iterator[None]:
    """What the system refuses is a bad source, not a fault of ours."""
    try:
        yield
    except OSError as error:
        raise RemoteError("malformed", f"{what}: {error.strerror}") from None
