# SPDX-License-Identifier: AGPL-3.0-or-later
"""A deterministic event loop: chance picks the next step, time jumps when nothing is ready, a killed node stops dead.

Nothing here sleeps, opens a socket or starts a thread: the same seed gives the same steps, on every machine.
"""

from __future__ import annotations

import asyncio
import contextvars
import hashlib
import heapq
import random
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple, TypeVar
from unittest import mock

import aiosqlite.core

T = TypeVar("T")


class Life(NamedTuple):
    """One life of a node, from its start until it is killed."""

    name: str
    number: int


#: Whose step is running; None: the network, or whoever plays the people.
NODE: contextvars.ContextVar[Life | None] = contextvars.ContextVar("NODE", default=None)


class Deadlock(AssertionError):
    """Nobody can ever do anything any more, and the play is not over."""


class SimLoop(asyncio.BaseEventLoop):
    """Runs one ready handle per step, chosen by the seed. `trace` covers every choice and what `note` adds."""

    # What BaseEventLoop keeps, and its type stubs do not tell: handles that may run, and a heap of timers.
    _ready: deque[asyncio.Handle]
    _scheduled: list[asyncio.TimerHandle]

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._clock_resolution = 1e-9
        self._now = 0.0
        self._chance = random.Random(f"schedule-{seed}")
        self._trace = hashlib.sha256()
        self.steps = 0
        self.dead: set[Life] = set()
        self.graveyard: list[asyncio.Handle] = []
        self.problems: list[dict[str, Any]] = []
        #: Called before each step of a living node; may kill it.
        self.on_step: Callable[[Life], None] = lambda _life: None
        self.set_exception_handler(lambda _loop, context: self.problems.append(context))

    def time(self) -> float:
        """Virtual seconds since the loop was made."""
        return self._now

    def note(self, *facts: object) -> None:
        """Add what happened to the trace."""
        self._trace.update(repr(facts).encode())

    @property
    def trace(self) -> str:
        """The hash of all that happened so far."""
        return self._trace.hexdigest()

    def _asyncgen_finalizer_hook(self, agen: AsyncGenerator[Any, Any]) -> None:
        """A generator that a dead node left behind: nothing of it runs again, and never when the collector says so."""

    def call_soon_threadsafe(self, *_args: Any, **_named: Any) -> Any:  # type: ignore[override]
        """No thread may touch this loop."""
        raise RuntimeError("a thread touched the simulated loop")

    def run_in_executor(self, executor: object, func: Callable[..., T], *args: Any) -> asyncio.Future[T]:  # type: ignore[override]
        """What would run in a thread runs here, after a pause of the seed's length."""
        future: asyncio.Future[T] = self.create_future()

        def run() -> None:
            try:
                future.set_result(func(*args))
            except Exception as error:  # noqa: BLE001 - goes to who asked, whatever it is
                future.set_exception(error)

        self.call_later(self._chance.uniform(1e-5, 2e-3), run)
        return future

    def is_dead(self) -> bool:
        """Whether the node was killed whose step is running."""
        return NODE.get() in self.dead

    def _process_events(self, _events: object) -> None:
        """There are no sockets."""

    def _write_to_self(self) -> None:
        """Nobody sleeps."""

    def _run_once(self) -> None:
        self._make_ready()
        chosen = int(self._chance.random() * len(self._ready)) if len(self._ready) > 1 else 0
        handle = self._ready[chosen]
        del self._ready[chosen]
        if handle.cancelled() or not self._may_run(handle):
            return
        self.steps += 1
        self._trace.update(b"%d %.9f\n" % (chosen, self._now))
        handle._run()

    def _make_ready(self) -> None:
        """Due timers join the ready steps; when nothing is ready, time jumps to the next timer."""
        while True:
            while self._scheduled and self._scheduled[0].when() <= self._now:
                timer = heapq.heappop(self._scheduled)
                timer._scheduled = False  # type: ignore[attr-defined]
                if not timer.cancelled():
                    self._ready.append(timer)
            if self._ready:
                return
            if not self._scheduled:
                raise Deadlock("nothing to run")
            self._now = self._scheduled[0].when()

    def _may_run(self, handle: asyncio.Handle) -> bool:
        """kill -9: the steps of a dead node never run again, no `finally` of its either; they are only kept."""
        life = handle._context.get(NODE)  # type: ignore[attr-defined]
        if life is not None and life not in self.dead:
            self.on_step(life)
        if life in self.dead:
            self.graveyard.append(handle)
            return False
        return True

    def bury(self) -> None:
        """After the play: let go of all that is unfinished without a word about it, and close the loop."""
        for task in asyncio.all_tasks(self):
            task._log_destroy_pending = False  # type: ignore[attr-defined]
            self._end(task.get_coro())
        self.graveyard.clear()
        self.close()

    def _end(self, coroutine: Any) -> None:
        for _ in range(50):  # a `finally` that awaits is ended again, at its next await
            try:
                coroutine.close()
            except RuntimeError:
                continue
            except BaseException:  # noqa: BLE001, S110 - what the dead cry is nobody's business
                pass
            return


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
        await asyncio.sleep(chance.uniform(1e-5, 3e-3))
        try:
            return fn(*args, **named)
        finally:
            if loop.is_dead():  # killed inside: whoever waits for this never hears of it
                await loop.create_future()

    async def connect(self: Any) -> Any:
        self._connection = self._connection or self._connector()
        connections.setdefault(NODE.get(), []).append(self)
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


def play(loop: SimLoop, story: Coroutine[Any, Any, T]) -> T:
    """Run a story to its end on its loop, and bury what is left of it."""
    try:
        return loop.run_until_complete(story)
    finally:
        loop.bury()
