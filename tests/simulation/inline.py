# SPDX-License-Identifier: AGPL-3.0-or-later
"""aiosqlite without its threads, on the simulated loop: a hop to the database is a pause, then the function itself."""

from __future__ import annotations

import asyncio
import contextvars
import random
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from unittest import mock

import aiosqlite.core

from tests.simulation.loop import NODE, Life, SimLoop


class _Pause:
    """`await asyncio.sleep` in one step instead of three: the timer itself takes up the task that waits.

    What a task waits for says so by `_asyncio_future_blocking`, and need not be a future. One task awaits it, once.
    """

    def __init__(self, loop: SimLoop, seconds: float) -> None:
        self._loop, self._seconds = loop, seconds
        self._asyncio_future_blocking = False
        self._timer: asyncio.TimerHandle | None = None
        self._wake_up: tuple[Callable[[Any], None], contextvars.Context] | None = None
        self._is_cancelled = False

    def __await__(self) -> Generator[Any, Any, None]:
        self._asyncio_future_blocking = True
        yield self

    def get_loop(self) -> SimLoop:
        """As a future."""
        return self._loop

    def add_done_callback(self, fn: Callable[[Any], None], *, context: contextvars.Context) -> None:
        """As a future: what takes up the task."""
        self._wake_up = fn, context
        self._timer = self._loop.call_later(self._seconds, fn, self, context=context)

    def cancel(self, msg: object = None) -> bool:
        """As a future."""
        if self._is_cancelled or self._timer is None or self._wake_up is None:
            return False
        self._is_cancelled = True
        self._timer.cancel()
        self._loop.call_soon(self._wake_up[0], self, context=self._wake_up[1])
        return True

    def result(self) -> None:
        """As a future."""
        if self._is_cancelled:
            raise asyncio.CancelledError


class _NoThread:
    def __init__(self, *_args: object, **_named: object) -> None: ...

    def start(self) -> None: ...


@contextmanager
def inline_database(loop: SimLoop, connections: dict[Life | None, list[Any]]) -> Iterator[None]:
    """aiosqlite without its threads: a hop is a pause of the seed's length, then the function itself.

    `connections` gets every connection under the life that opened it: who kills a node closes them.
    """
    chance = random.Random(f"disk-{loop.trace}")

    async def execute(self: Any, fn: Callable[..., Any], *args: Any, **named: Any) -> Any:
        if (asker := NODE.get()) not in (None, self.life):  # whose death would hold up what others ask after it
            loop.problems.append({"message": f"{asker} asks the database of {self.life}"})
        await _Pause(loop, chance.uniform(1e-5, 3e-3))
        try:
            return fn(*args, **named)
        finally:
            if loop.is_dead():  # killed inside: whoever waits for this never hears of it
                await loop.create_future()

    async def connect(self: Any) -> Any:
        self._connection = self._connection or self._connector()
        self.life = NODE.get()
        connections.setdefault(self.life, []).append(self)
        return self

    with (
        mock.patch.object(aiosqlite.core, "Thread", _NoThread),
        mock.patch.object(aiosqlite.core.Connection, "_execute", execute),
        mock.patch.object(aiosqlite.core.Connection, "_connect", connect),
        mock.patch.object(aiosqlite.core.Connection, "stop", return_value=None),
    ):
        yield


def abandon(connections: list[Any]) -> None:
    """Close the database connections of a killed node, as the kernel does: what was not committed is gone."""
    for connection in connections:
        raw, connection._connection = connection._connection, None
        if raw is not None:
            with suppress(Exception):
                raw.close()
