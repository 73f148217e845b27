# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a target is, and how one input is tried.

`make fuzz` searches with atheris, which watches which lines a new input reaches; `test_targets.py` gives each target
what was found before, without atheris. A target may refuse bytes with one of our errors and with nothing else, and what
it takes must have a property: written again it is the same bytes, or a second reader agrees.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

from ringtausch_protocol.errors import RingtauschError

Read: TypeAlias = Callable[[bytes], None]


class Target(NamedTuple):
    """A reader of foreign bytes. `read` raises our errors to refuse, and AssertionError where a property is broken.

    `ways`: how many things one byte in front chooses from (0: no such byte). `start`: where a search begins beside what
    the target takes of the vectors.
    """

    read: Read
    ways: int = 0
    start: tuple[bytes, ...] = ()


def accepts(target: Target, data: bytes) -> bool:
    """Whether the target takes these bytes. Anything but a refusal with a code of ours goes through."""
    try:
        target.read(data)
    except RingtauschError:
        return False
    return True


def choosing(reads: Sequence[Read]) -> Target:
    """One target of many readers: the first byte chooses."""

    def read(data: bytes) -> None:
        if data:
            reads[data[0] % len(reads)](data[1:])

    return Target(read, len(reads))
