# SPDX-License-Identifier: Apache-2.0
"""Signatures on every core: this process reads the logs, one helper for each further core checks what was read.

Helpers are processes, not threads: a thread gets the interpreter back only when the reading lets go of it, and checks
two hundred signatures a second instead of five thousand. Where all helpers have enough to do this process checks a
group itself, so that no core waits for another whichever is faster, the reading or the checking.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import Connection

from ringtausch_protocol.audit.evidence.signatures import Begin, Check, are_good, begin_at_once

#: More than cores only wait for each other.
JOBS_MAX = 64
#: Entries of logs; shorter ones are read and checked in less time than a helper takes to start, a quarter of a second.
FEW_ENTRIES = 4_000
#: Groups that a helper was given and has not answered: enough that it never waits while this process checks one, and
#: no more than the buffer of a pipe holds beside the one that it checks, or handing over would wait for it.
AHEAD_MAX = 3
#: So many new objects; 700 are usual.
CYCLES_AFTER = 1_000_000


@contextmanager
def undisturbed() -> Iterator[None]:
    """Python looks for cycles of objects seldom: an audit makes millions of objects, and no cycles."""
    before = gc.get_threshold()
    gc.set_threshold(CYCLES_AFTER, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


@contextmanager
def checking(jobs: int, entries: int) -> Iterator[Begin]:
    """A way to check groups of signatures on `jobs` cores; 0: on all that the machine has; 1: no help at all.

    entries: how many entries of logs there are to check; few need no help either.
    """
    count = min(jobs or os.cpu_count() or 1, JOBS_MAX)
    if count == 1 or entries < FEW_ENTRIES:
        yield begin_at_once
        return
    with ExitStack() as stack:
        yield Workers([stack.enter_context(_helper()) for _ in range(count - 1)]).begin


class Asked:
    """A group that was given away. `answers`: which of its signatures are good, when that is known."""

    def __init__(self, group: Sequence[Check]) -> None:
        self.signed = [check.signed for check in group]
        self.answers: Sequence[bool] | None = None

    def check(self) -> None:
        """Check it here."""
        self.answers = are_good(self.signed)


class Helper:
    """Another process, at the end of a pipe. What it was asked it answers in turn; what it cannot is checked here."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe, self._is_gone = pipe, False
        self._asked: deque[Asked] = deque()

    @property
    def is_free(self) -> bool:
        """Whether it takes one more group."""
        while self._asked and self._pipe.poll():
            self._take()
        return len(self._asked) < AHEAD_MAX and not self._is_gone

    def ask(self, asked: Asked) -> None:
        """Have a group checked."""
        self._asked.append(asked)
        try:
            self._pipe.send(asked.signed)
        except OSError:
            self._give_up()

    def answer(self, asked: Asked) -> Sequence[bool]:
        """Wait for the answer to a group that it was asked."""
        while asked.answers is None:
            self._take()
        return asked.answers

    def _take(self) -> None:
        try:
            self._asked[0].answers = self._pipe.recv()
        except (EOFError, OSError):
            self._give_up()
        else:
            self._asked.popleft()

    def _give_up(self) -> None:
        """Somebody has ended the process: nothing that it was asked is lost."""
        self._is_gone = True
        while self._asked:
            self._asked.popleft().check()


class Workers:
    """This process and its helpers."""

    def __init__(self, helpers: Sequence[Helper]) -> None:
        self._helpers = helpers

    def begin(self, group: Sequence[Check]) -> Callable[[], Sequence[bool]]:
        """Begin to check a group: by the first helper that has room, else here and now."""
        helper = next((each for each in self._helpers if each.is_free), None)
        if helper is None:
            return begin_at_once(group)
        asked = Asked(group)
        helper.ask(asked)
        return lambda: helper.answer(asked)


@contextmanager
def _helper() -> Iterator[Helper]:
    """A process that ends with the audit. Started afresh, not copied: a copy of one with threads may never run."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=serve, args=(theirs,), daemon=True)
    process.start()
    theirs.close()
    try:
        yield Helper(ours)
    finally:
        ours.close()
        process.join()


def serve(pipe: Connection) -> None:
    """What a helper does until nobody asks any more. Whoever interrupts the audit ends it by that, too."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        try:
            pipe.send(are_good(pipe.recv()))
        except (EOFError, OSError):
            return
