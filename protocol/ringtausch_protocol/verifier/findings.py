# SPDX-License-Identifier: Apache-2.0
"""What the program says of a file: that it holds, by which keys; or the first thing that is wrong, and where."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from ringtausch_protocol.errors import RemoteError


class Finding(NamedTuple):
    """A file that was verified. `by`: key ids of those who signed; `facts`: name (words.FACTS) -> what it says."""

    kind: str
    by: tuple[str, ...]
    facts: dict[str, str | int]


class FoundWrong(RemoteError):
    """The first thing that is wrong. `where`: a path inside a folder, an entry; empty: all of the file."""

    def __init__(self, code: str, where: str, detail: str = "") -> None:
        super().__init__(code, detail)
        self.where = where


@contextmanager
def at(where: str) -> Iterator[None]:
    """What is refused inside is wrong at this place."""
    try:
        yield
    except FoundWrong:
        raise
    except RemoteError as error:
        raise FoundWrong(error.code, where, error.detail) from None


def read_file(path: Path, limit: int, where: str = "") -> bytes:
    """At most `limit` bytes of a plain file. Raises FoundWrong: too_large; OSError where it cannot be read."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # a named pipe must not keep us waiting
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise FoundWrong("malformed", where, "no plain file")
        data = file.read(limit + 1)
    if len(data) > limit:
        raise FoundWrong("too_large", where, f"more than {limit} bytes")
    return data
