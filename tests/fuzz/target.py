# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a target is, and how one input is tried.

`make fuzz` searches with atheris, which watches which lines a new input reaches; `test_targets.py` gives each target
what was found before, without atheris. A target may refuse bytes with an error of its own family, whose code has
words, and with nothing else, and what it takes must have a property: written again it is the same bytes, or a second
reader agrees.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple, TypeAlias, TypeVar

from ringtausch_node.errors import CODES
from ringtausch_node.serving.problems import EDGE_CODES
from ringtausch_protocol.errors import LocalError, RemoteError, RingtauschError

_MEMORY = "/dev/shm"  # noqa: S108 - a folder of its own in there, as anywhere
_CODES = {*CODES, *EDGE_CODES}
Read: TypeAlias = Callable[[bytes], None]
T = TypeVar("T")


class Target(NamedTuple):
    """A reader of foreign bytes. `read` raises our errors to refuse, and AssertionError where a property is broken.

    `ways`: how many things one byte in front chooses from (0: no such byte). `start`: where a search begins beside what
    the target takes of the vectors; `is_apart`: they hold nothing of the kind, and each try costs much. `refuses`: with
    which family of errors, that of who was used wrongly or that of bytes from outside. `most_bytes`: no longer input
    (0: twice the longest seed), where a long one shows no more than a short one and takes its time.
    """

    read: Read
    ways: int = 0
    start: tuple[bytes, ...] = ()
    is_apart: bool = False
    refuses: type[RingtauschError] = RingtauschError
    most_bytes: int = 0


def accepts(target: Target, data: bytes) -> bool:
    """Whether the target takes these bytes. Anything but a refusal with a code of ours goes through."""
    try:
        target.read(data)
    except target.refuses as error:
        refusal = error
    else:
        return True
    assert refusal.code in _CODES, "nobody has words for this"
    return False


def text_of(data: bytes) -> str:
    """The text of an input; what is no UTF-8 is refused before any reader."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise RemoteError("malformed") from None


def of_text(read: Callable[[str], object]) -> Read:
    """A reader of text. It may refuse as one who was used wrongly: people type wrongly, and are told so."""

    def of_bytes(data: bytes) -> None:
        read(text_of(data))

    return of_bytes


def workplace() -> TemporaryDirectory[str]:
    """A folder for one input, in memory where the system has such a place: a disk makes some hundred a second."""
    return TemporaryDirectory(dir=_MEMORY if Path(_MEMORY).is_dir() else None)


def optional(found: T | None) -> T:
    """What a reader found that says None to refuse."""
    if found is None:
        raise LocalError("usage")
    return found


def choosing(reads: Sequence[Read]) -> Target:
    """One target of many readers: the first byte chooses."""

    def read(data: bytes) -> None:
        if data:
            reads[data[0] % len(reads)](data[1:])

    return Target(read, len(reads))
