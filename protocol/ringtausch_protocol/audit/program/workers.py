# SPDX-License-Identifier: Apache-2.0
"""Signatures on every core: on threads at first, in processes as soon as there are many.

cryptography lets go of the interpreter while it verifies, but a thread gets it back only when the reading lets go of
it: so it checks two hundred signatures a second while logs are read, instead of five thousand. A process has its own
interpreter, and takes a quarter of a second to start: worth it for a long log, not for a short one.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

from ringtausch_protocol.audit.evidence.signatures import Begin, Check, are_good, begin_at_once

#: More than cores only wait for each other.
JOBS_MAX = 64
#: Fewer groups are less work than it is to start processes.
THREAD_GROUPS = 16
#: So many new objects; 700 are usual.
CYCLES_AFTER = 100_000


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
def checking(jobs: int, thread_groups: int = THREAD_GROUPS) -> Iterator[Begin]:
    """A way to check groups of signatures by `jobs` workers; 0: as many as the machine has cores; 1: no help at all.

    So many groups are checked on threads, all others in processes.
    """
    count = min(jobs or os.cpu_count() or 1, JOBS_MAX)
    if count == 1:
        yield begin_at_once
        return
    with ExitStack() as stack:
        yield _Workers(stack, count, thread_groups).begin


class _Workers:
    """Threads, then processes."""

    def __init__(self, stack: ExitStack, count: int, thread_groups: int) -> None:
        self._stack, self._count, self._thread_groups = stack, count, thread_groups
        self._workers: Executor = stack.enter_context(ThreadPoolExecutor(count))
        self._begun = 0

    def begin(self, group: Sequence[Check]) -> Callable[[], Sequence[bool]]:
        """Begin to check a group."""
        if self._begun == self._thread_groups:
            self._workers = self._stack.enter_context(_processes(self._count))
        self._begun += 1
        return self._workers.submit(are_good, [check.signed for check in group]).result


def _processes(count: int) -> ProcessPoolExecutor:
    """Started afresh, not copied: a copy of a process with threads may never run."""
    return ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("spawn"))
