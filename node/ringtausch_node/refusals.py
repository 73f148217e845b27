# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the doors of a ring refused, for the log: what and how often, never whom."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from ringtausch_node.clock import Clock
from ringtausch_node.errors import RingtauschError
from ringtausch_node.rates import Rates

logger = logging.getLogger(__name__)

#: Lines of one kind at once, and then one a minute, which counts the others: who guesses must not fill the disk.
LINES_BURST, LINES_PER_SECOND = 5.0, 1 / 60
#: What somebody may have tried who means no good. All else is a mistake that its maker reads in the answer.
WATCHED = frozenset({
    "bad_request", "form_old", "login", "media_type", "not_allowed", "not_found", "proof", "too_large",
    "too_many_requests", "unauthorized",
})  # fmt: skip


class Refusals:
    """The log of what one ring refuses at its doors."""

    def __init__(self, address: str, clock: Clock) -> None:
        self._address = address
        self._lines = Rates(clock, per_second=LINES_PER_SECOND, burst=LINES_BURST)
        self._untold: Counter[str] = Counter()

    def note(self, door: str, code: str) -> None:
        """A door of ours (`page`, `program`, ...) refused something with this code."""
        if code not in WATCHED:
            return
        what = f"{door}: {code}"
        if self._lines.take(what):
            self._untold[what] += 1
            return
        before = self._untold.pop(what, 0)
        logger.warning("%s refused at %s%s", self._address, what, f", and {before} times before" if before else "")

    @contextmanager
    def noted(self, door: str) -> Iterator[None]:
        """Note what is refused inside."""
        try:
            yield
        except RingtauschError as error:
            self.note(door, error.code)
            raise
