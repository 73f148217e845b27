# SPDX-License-Identifier: Apache-2.0
"""Signatures are checked in groups, beside the reading: verifying is most of the work, and it runs on every core.

Who runs a group, and in which process, is the caller's affair: the edge hands in `Begin`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import TypeAlias

from msgspec import Struct

from ringtausch_protocol import keys
from ringtausch_protocol.audit.findings.model import Findings, Place
from ringtausch_protocol.errors import RemoteError

#: So many signatures make a group: handing it over costs little beside its ten milliseconds' work, and in the end no
#: core waits much longer than that for another.
GROUP = 64
#: Groups that may wait for their answer: what bounds the memory (5 MB), and keeps twenty cores busy.
WAITING_MAX = 64


class Check(Struct, frozen=True):
    """One signature over a message by a key, and what to say where it is false. `leaf`: of the frame that it is on."""

    public: bytes
    message: bytes
    signature: bytes
    place: Place
    leaf: bytes = b""

    @property
    def signed(self) -> tuple[bytes, bytes, bytes]:
        """What is checked."""
        return self.public, self.message, self.signature


#: Begins to check a group; the function that it gives waits for the answer: which signatures are good.
Begin: TypeAlias = Callable[[Sequence[Check]], Callable[[], Sequence[bool]]]


def are_good(group: Sequence[tuple[bytes, bytes, bytes]]) -> list[bool]:
    """Check a group: key, message, signature of each. Plain tuples, which go to another process ten times as fast."""
    return [_is_good(*signed) for signed in group]


def _is_good(public: bytes, message: bytes, signature: bytes) -> bool:
    try:
        keys.verify(public, message, signature)
    except RemoteError:
        return False
    return True


def begin_at_once(group: Sequence[Check]) -> Callable[[], Sequence[bool]]:
    """Check a group without any help."""
    answers = are_good([check.signed for check in group])
    return lambda: answers


class Signatures:
    """What waits to be checked; a false one becomes a finding."""

    def __init__(self, begin: Begin, findings: Findings) -> None:
        self._begin, self._findings = begin, findings
        self._group: list[Check] = []
        self._waiting: deque[tuple[list[Check], Callable[[], Sequence[bool]]]] = deque()
        self.count = 0
        #: Leaves of frames with a false one.
        self.false: set[bytes] = set()
        #: So many were passed over, for an earlier audit has checked them.
        self.passed = 0

    def add(self, check: Check) -> None:
        """Take one."""
        self._group.append(check)
        if len(self._group) >= GROUP:
            self._hand_over()
            if len(self._waiting) > WAITING_MAX:
                self._take_answer()

    def finish(self) -> None:
        """Wait for all answers."""
        if self._group:
            self._hand_over()
        while self._waiting:
            self._take_answer()

    def _hand_over(self) -> None:
        self._waiting.append((self._group, self._begin(self._group)))
        self.count += len(self._group)
        self._group = []

    def _take_answer(self) -> None:
        group, answer = self._waiting.popleft()
        for check, good in zip(group, answer(), strict=True):
            if not good:
                self.false.add(check.leaf)
                self._findings.add("bad_signature", check.place)
