# SPDX-License-Identifier: AGPL-3.0-or-later
"""Forms with a file (RFC 7578): the fields before it are read and bounded, the file goes to the disk piece by piece."""

from __future__ import annotations

import asyncio
import os
import warnings
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from aiohttp import BadContentDispositionHeader, BadContentDispositionParam, BodyPartReader, MultipartReader
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web import BaseRequest, RequestPayloadError

from ringtausch_node.errors import RemoteError
from ringtausch_node.serving.bodies import body_seconds

MEDIA_TYPE = "multipart/form-data"
_CHUNK_BYTES = 64 * 1024
#: What aiohttp says of bytes that are no form in parts; a field that is no UTF-8 is a ValueError too.
_NOT_PARTS = (ValueError, AssertionError, HttpProcessingError, RequestPayloadError)
_UNPRINTED = frozenset(
    ("ignore", None, kind, None, 0) for kind in (BadContentDispositionHeader, BadContentDispositionParam)
)


class Upload:
    """The file of a form, still on its way. Only what is asked for is read."""

    def __init__(self, request: BaseRequest, part: BodyPartReader) -> None:
        self._part, self._seconds = part, body_seconds(request)
        #: As the browser calls it: any text at all.
        self.name = part.filename or ""

    async def save(self, path: Path, most_bytes: int) -> int:
        """Write it to a new file, for its owner alone. -> how many bytes.

        Each piece has the time of a whole small body. Raises RemoteError: too_large, too_slow, bad_request; OSError.
        """
        size = 0
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            while chunk := await _chunk(self._part, self._seconds):
                size += len(chunk)
                if size > most_bytes:
                    raise RemoteError("too_large", f"more than {most_bytes} bytes")
                out.write(chunk)
        return size

    async def read(self, most_bytes: int) -> bytes:
        """All of a small file. Raises RemoteError: too_large, too_slow, bad_request."""
        data = bytearray()
        while chunk := await _chunk(self._part, self._seconds):
            data += chunk
            if len(data) > most_bytes:
                raise RemoteError("too_large", f"more than {most_bytes} bytes")
        return bytes(data)


class Parts(NamedTuple):
    """A form in parts: its fields, and the file that came behind them, if one did."""

    fields: Mapping[str, str]
    upload: Upload | None


async def read_parts(request: BaseRequest, fields_max: int, most_bytes: int) -> Parts:
    """The fields of a form up to its file; the first of each name.

    Raises RemoteError: media_type, bad_request, too_large, too_slow.
    """
    if "Content-Encoding" in request.headers:
        raise RemoteError("media_type", "content encodings are not accepted")
    _print_nothing()
    try:
        reader = MultipartReader(request.headers, request.content)
        return await _read(request, reader, fields_max, most_bytes)
    except _NOT_PARTS:
        raise RemoteError("bad_request", "not a form in parts") from None


async def _read(request: BaseRequest, reader: MultipartReader, fields_max: int, most_bytes: int) -> Parts:
    fields: dict[str, str] = {}
    seconds, left = body_seconds(request), most_bytes
    for _ in range(fields_max):
        async with _in_time(seconds):
            part = await reader.next()
        if part is None:
            return Parts(fields, None)
        if not isinstance(part, BodyPartReader):
            raise RemoteError("bad_request", "parts inside parts")
        if part.filename is not None:
            return Parts(fields, Upload(request, part))
        value = bytearray()
        while chunk := await _chunk(part, seconds):
            value += chunk
            left -= len(chunk)
            if left < 0:
                raise RemoteError("too_large", f"more than {most_bytes} bytes")
        fields.setdefault(part.name or "", value.decode())
    raise RemoteError("bad_request", "too many fields")


def _print_nothing() -> None:
    """aiohttp warns of a header that it cannot read with its words, a name perhaps, and remembers each."""
    if not _UNPRINTED.issubset(warnings.filters):
        for _, _, kind, _, _ in _UNPRINTED:
            warnings.filterwarnings("ignore", category=kind)


async def _chunk(part: BodyPartReader, seconds: float) -> bytes:
    async with _in_time(seconds):
        return await part.read_chunk(_CHUNK_BYTES)


@asynccontextmanager
async def _in_time(seconds: float) -> AsyncIterator[None]:
    """For one piece. Raises RemoteError: too_slow, bad_request."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise RemoteError("too_slow") from None
    except _NOT_PARTS:
        raise RemoteError("bad_request", "not a form in parts") from None
