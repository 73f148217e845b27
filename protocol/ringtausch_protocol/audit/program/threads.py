# SPDX-License-Identifier: Apache-2.0
"""Signatures on every core: cryptography lets go of the interpreter while it verifies."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from ringtausch_protocol.audit.evidence.signatures import Begin, Check, begin_at_once, is_good

#: More threads than cores only wait for each other.
JOBS_MAX = 64


@contextmanager
def checking(jobs: int) -> Iterator[Begin]:
    """A way to check groups of signatures on `jobs` threads; 0: as many as the machine has cores."""
    count = min(jobs or os.cpu_count() or 1, JOBS_MAX)
    if count == 1:
        yield begin_at_once
        return
    with ThreadPoolExecutor(count) as pool:

        def begin(group: Sequence[Check]) -> Callable[[], Sequence[bool]]:
            return pool.submit(lambda: [is_good(check) for check in group]).result

        yield begin
