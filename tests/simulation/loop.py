# SPDX-License-Identifier: AGPL-3.0-or-later
"""A deterministic event loop: chance picks the next step, time jumps when nothing is ready, a killed node stops dead.

Nothing here sleeps, opens a socket or starts a thread: the same seed gives the same steps, on every machine.
"""

from __future__ import annotations

import asyncio
import contextvars
import hashlib
import heapq
import itertools
import random
import socket
from array import array
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")


class Life(NamedTuple):
    """One life of a node, from its start until it is killed."""

    name: str
    number: int


#: Whose step is running; None: the network, or whoever plays the people.
NODE: contextvars.ContextVar[Life | None] = contextvars.ContextVar("NODE", default=None)
#: No play is meant to take so long: who still waits, without a bound of his own, will wait for ever.
LONGEST_SECONDS = 300_000.0


class Deadlock(AssertionError):
    """Nobody can ever do anything any more, or nothing that matters, and the play is not over."""


class SimLoop(asyncio.BaseEventLoop):
    """Runs one ready handle per step, chosen by the seed. `trace` covers every choice and what `note` adds."""

    # What BaseEventLoop keeps, and its type stubs do not tell: handles that may run.
    _ready: deque[asyncio.Handle]

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._clock_resolution = 1e-9
        self._now = 0.0
        #: A heap: when, what was called for first, and the handle.
        self._timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._calls = itertools.count()
        self._chance = random.Random(f"schedule-{seed}")
        self._random = self._chance.random
        self._trace = hashlib.sha256()
        #: Of each step that is not hashed yet: which of the ready handles it was, and when.
        self._taken = array("d")
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
        self._hash_steps()
        self._trace.update(repr(facts).encode())

    @property
    def trace(self) -> str:
        """The hash of all that happened so far."""
        self._hash_steps()
        return self._trace.hexdigest()

    def _hash_steps(self) -> None:
        self._trace.update(self._taken.tobytes())
        del self._taken[:]

    def call_soon(  # type: ignore[override]
        self, callback: Any, *args: Any, context: contextvars.Context | None = None
    ) -> asyncio.Handle:
        """As asyncio; this and what follows is asked for thousands of times a day."""
        handle = asyncio.Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    def call_later(  # type: ignore[override]
        self, delay: float, callback: Any, *args: Any, context: contextvars.Context | None = None
    ) -> asyncio.TimerHandle:
        """As asyncio."""
        return self.call_at(self._now + delay, callback, *args, context=context)

    def call_at(  # type: ignore[override]
        self, when: float, callback: Any, *args: Any, context: contextvars.Context | None = None
    ) -> asyncio.TimerHandle:
        """As asyncio."""
        timer = asyncio.TimerHandle(when, callback, args, self, context)
        heapq.heappush(self._timers, (when, next(self._calls), timer))
        return timer

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

    async def getaddrinfo(self, host: object, *_args: Any, **_named: Any) -> Any:
        """No name leads anywhere, and nobody outside is asked: that takes real time, and its answer is no seed's."""
        raise socket.gaierror(socket.EAI_NONAME, f"{host!r} is not known")

    def is_dead(self) -> bool:
        """Whether the node was killed whose step is running."""
        return NODE.get() in self.dead

    def _process_events(self, _events: object) -> None:
        """There are no sockets."""

    def _write_to_self(self) -> None:
        """Nobody sleeps."""

    def _run_once(self) -> None:
        ready, timers = self._ready, self._timers
        if not ready or (timers and timers[0][0] <= self._now):
            self._make_ready()
        chosen = 0
        if len(ready) > 1:
            chosen = int(self._random() * len(ready))
            handle = ready[chosen]
            del ready[chosen]
        else:
            handle = ready.popleft()
        if handle.cancelled() or not self._may_run(handle):
            return
        self.steps += 1
        self._taken.append(chosen)
        self._taken.append(self._now * 1e9 // 1)  # to the nanosecond
        handle._run()

    def _make_ready(self) -> None:
        """Due timers join the ready steps; when nothing is ready, time jumps to the next timer."""
        ready, timers = self._ready, self._timers
        while True:
            while timers and timers[0][0] <= self._now:
                timer = heapq.heappop(timers)[2]
                if not timer.cancelled():
                    ready.append(timer)
            if ready:
                return
            if not timers or timers[0][0] > LONGEST_SECONDS:
                raise Deadlock(f"still not over ({LONGEST_SECONDS:.0f} s)" if timers else "nothing to run")
            self._now = timers[0][0]

    def _may_run(self, handle: asyncio.Handle) -> bool:
        """kill -9: the steps of a dead node never run again, no `finally` of its either; they are only kept."""
        life = handle._context.get(NODE)  # type: ignore[attr-defined]
        if life is None:
            return True
        if life not in self.dead:
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
        self._timers.clear()
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


def play(loop: SimLoop, story: Coroutine[Any, Any, T]) -> T:
    """Run a story to its end on its loop, and bury what is left of it."""
    try:
        return loop.run_until_complete(story)
    finally:
        loop.bury()
