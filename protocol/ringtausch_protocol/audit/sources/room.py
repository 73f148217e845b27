# SPDX-License-Identifier: Apache-2.0
"""How much may come out of an archive: every byte that is unpacked counts, also of what is thrown away."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import IO

from ringtausch_protocol.errors import RemoteError

#: Everything that comes out: a million entries of a busy federation's logs.
UNPACKED_BYTES = 2 * 1_024 * 1_024 * 1_024
#: Whatever an archive names counts, folders and links too: listing them takes time as well.
FILES_MAX = 200_000
#: So much more may come out than went in: signatures and hashes hardly pack at all, a bomb packs a thousandfold.
RATIO_MAX = 100
#: Short archives count as so long: the blocks of a tar are mostly empty where files are small.
SHORT_BYTES = 1_024 * 1_024
#: What stands before one file in a tar: its path, times and attributes. It is read whole into memory.
HEADER_BYTES = 64 * 1_024
#: Read at once.
CHUNK_BYTES = 1_024 * 1_024


class Room:
    """How much may still come out."""

    def __init__(self, packed_bytes: int) -> None:
        self._bytes = min(UNPACKED_BYTES, max(packed_bytes, SHORT_BYTES) * RATIO_MAX)
        self._files = FILES_MAX

    def take_file(self) -> None:
        """One more file. Raises RemoteError('too_large')."""
        self._files -= 1
        if self._files < 0:
            raise RemoteError("too_large", f"more than {FILES_MAX} files")

    def take(self, data: bytes) -> bytes:
        """These bytes more. -> them. Raises RemoteError('too_large')."""
        self._bytes -= len(data)
        if self._bytes < 0:
            raise RemoteError("too_large", "more comes out of the archive than a log can hold")
        return data

    def chunks(self, source: IO[bytes]) -> Iterator[bytes]:
        """What can be read from a source, each byte counted. Raises RemoteError('too_large')."""
        while chunk := self.take(source.read(CHUNK_BYTES)):
            yield chunk


class TarStream(io.RawIOBase):
    """The bytes of a tar as `tarfile` reads its headers from them: only onwards, each byte counted.

    The standard library reads headers of any length, as many before one file as there are, into memory, and follows a
    negative length backwards without end.
    """

    def __init__(self, source: io.BufferedIOBase, room: Room) -> None:
        self._source, self._room = source, room
        self._at = 0
        self._header = HEADER_BYTES

    def begin_file(self) -> None:
        """What is read from now on belongs to the next file."""
        self._header = HEADER_BYTES

    def read(self, count: int = -1) -> bytes:
        """Part of a header. Raises RemoteError('too_large')."""
        self._header -= count
        if count < 0 or self._header < 0:
            raise RemoteError("too_large", "header of a file in an archive")
        return self._next(count)

    def data(self, count: int) -> Iterator[bytes]:
        """The file behind the header that was read last. Raises RemoteError('too_large'), EOFError."""
        end = self._at + count
        while self._at < end:
            yield self._next(min(CHUNK_BYTES, end - self._at)) or _cut_off()

    def seek(self, place: int, whence: int = io.SEEK_SET) -> int:
        """Onwards, at most to the end. -> where it stands. Raises RemoteError: malformed (backwards), too_large."""
        if place < self._at or whence != io.SEEK_SET:
            raise RemoteError("malformed", "a file in an archive that ends before it begins")
        while self._at < place and self._next(min(CHUNK_BYTES, place - self._at)):
            pass
        return self._at

    def tell(self) -> int:
        """How many bytes were read."""
        return self._at

    def _next(self, count: int) -> bytes:
        data = self._room.take(self._source.read(count))
        self._at += len(data)
        return data


def _cut_off() -> bytes:
    raise EOFError
