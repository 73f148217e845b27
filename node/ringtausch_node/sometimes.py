# SPDX-License-Identifier: AGPL-3.0-or-later
"""Places that a test must have reached: a rule that never came to bear in a thousand bad days is a rule nobody tried.

In a running node a call does nothing. The simulator counts them, and fails where one was reached too seldom.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager


def _nothing(_name: str) -> None:
    """What a running node does with it."""


_reached: Callable[[str], None] = _nothing


def sometimes(name: str) -> None:
    """Say that this place was reached. `name`: a few words, the same in the simulator's list of quotas."""
    _reached(name)


@contextmanager
def counted(reached: Callable[[str], None]) -> Iterator[None]:
    """While it lasts `reached(name)` is called for each place. For tests."""
    global _reached  # noqa: PLW0603 - one switch for all rooms; handing it through every constructor would blur them
    before, _reached = _reached, reached
    try:
        yield
    finally:
        _reached = before
