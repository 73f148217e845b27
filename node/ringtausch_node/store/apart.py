# SPDX-License-Identifier: AGPL-3.0-or-later
"""The connection for long readings: opened by the first, kept for the next, and never one that is in use."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TypeVar

from ringtausch_node.store.connection import Connection, open_reader

T = TypeVar("T")


class ReaderApart:
    """A connection reads the whole schema when it opens, some 5 ms; a ring that signs its log needs one each second.

    One is kept while nobody uses it; who comes meanwhile has another, which is closed afterwards.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._idle: Connection | None = None
        self._is_closed = False

    async def run(self, reading: Callable[[sqlite3.Connection], T]) -> T:
        """`reading(connection)`, and what it raises. Who gives up interrupts it.

        Raises LocalError('storage_failed') where the file does not open.
        """
        reader, self._idle = self._idle, None
        if reader is None:
            reader = await open_reader(self._path)
        try:
            value = await reader.run(partial(_read_and_forget, reading))
        except BaseException:
            await reader.interrupt()
            await reader.close()
            raise
        await self._keep(reader)
        return value

    async def _keep(self, reader: Connection) -> None:
        if self._is_closed or self._idle is not None:
            await reader.close()
        else:
            self._idle = reader

    async def close(self) -> None:
        """Keep none any more."""
        self._is_closed = True
        reader, self._idle = self._idle, None
        if reader is not None:
            with suppress(sqlite3.Error):
                await reader.close()


def _read_and_forget(reading: Callable[[sqlite3.Connection], T], connection: sqlite3.Connection) -> T:
    """What is hashed before it is signed comes from the file, not from pages kept from the reading before."""
    value = reading(connection)
    connection.execute("PRAGMA shrink_memory")
    return value
