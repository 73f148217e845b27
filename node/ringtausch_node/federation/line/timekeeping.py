# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whether this machine's clock can be believed (SPEC.md 7.9).

No safety hangs on the clock: what was decided is stored, and no two clocks are compared. But a clock that suddenly says
2036 would refuse every payment as late and give back every queued one, and one that was set back would pay what is long
past its deadline. So a ring whose clock jumps pays nobody and sends no order until the clock is right again, or until
its operator has looked at it and says that it is.
"""

from __future__ import annotations

import logging
from typing import Literal, NamedTuple, TypeAlias

import msgspec

from ringtausch_node.clock import Clock
from ringtausch_node.sometimes import sometimes
from ringtausch_node.store import Store, Tx
from ringtausch_protocol.errors import LocalError

logger = logging.getLogger(__name__)

#: A clock that is set right by hand or in autumn goes back by an hour at most.
BEHIND_MOST_SECONDS = 3_600
#: Further ahead than the time that really passed: nobody sets a clock right by more.
AHEAD_MOST_SECONDS = 86_400
#: How long a ring may have been off: volunteers go on holiday, and a clock without a battery begins in another year.
OFF_MOST_SECONDS = 35 * 86_400
#: The mark is written no more often than this: it rides on commits that happen anyway.
MARK_EVERY_SECONDS = 60

Doubt: TypeAlias = Literal["behind", "ahead"]


class ClockView(msgspec.Struct, frozen=True):
    """What an operator is shown: the clock's time, the last time that was believed, and what is wrong, if anything."""

    now: int
    last: int
    doubt: Doubt | None


class _Anchor(NamedTuple):
    """A moment that was believed: the wall clock, the clock that never jumps, and how far ahead one may be since."""

    at: int
    monotonic: float
    ahead_most_seconds: int


class Timekeeping:
    """One ring's judgement of its clock. Asked on the loop and in the writer; each look replaces one value."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._anchor = self._now()
        self._marked_at = 0
        self._was_in_doubt = False

    async def load(self) -> None:
        """Compare with the last commit of this folder."""
        found = await self._store.read(lambda tx: tx.row("SELECT at FROM clock_mark WHERE id = 1"))
        if found is not None:
            self._marked_at = int(found[0])
            self._anchor = _Anchor(self._marked_at, self._clock.monotonic(), OFF_MOST_SECONDS)

    def doubt(self) -> Doubt | None:
        """What is wrong with the clock; None if it can be believed. A clock that is right again is believed again."""
        anchor, at, monotonic = self._anchor, self._clock.now(), self._clock.monotonic()
        found: Doubt | None = None
        if at < anchor.at - BEHIND_MOST_SECONDS:
            found = "behind"
        elif at > anchor.at + monotonic - anchor.monotonic + anchor.ahead_most_seconds:
            found = "ahead"
        else:
            self._anchor = _Anchor(max(at, anchor.at), monotonic, AHEAD_MOST_SECONDS)
        self._tell(found)
        return found

    def verify(self) -> None:
        """Raises LocalError('clock_doubtful') while the clock cannot be believed."""
        if found := self.doubt():
            raise LocalError("clock_doubtful", found)

    def note(self, tx: Tx) -> None:
        """Something is committed now: remember when, if the clock is believed. Called for every group of commits."""
        if self.doubt() is None and self._anchor.at - self._marked_at >= MARK_EVERY_SECONDS:
            self._mark(tx)

    async def confirm(self) -> ClockView:
        """The operator has looked at the clock: what it says now is right. -> how it stands."""
        self._anchor = self._now()
        await self._store.write(self._mark)
        return self.view()

    def view(self) -> ClockView:
        """How the clock stands."""
        doubt = self.doubt()
        return ClockView(now=self._clock.now(), last=self._anchor.at, doubt=doubt)

    def _mark(self, tx: Tx) -> None:
        self._marked_at = self._anchor.at
        tx.change(
            "INSERT INTO clock_mark (id, at) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET at = excluded.at",
            (self._marked_at,),
        )

    def _now(self) -> _Anchor:
        return _Anchor(self._clock.now(), self._clock.monotonic(), AHEAD_MOST_SECONDS)

    def _tell(self, found: Doubt | None) -> None:
        if (found is not None) != self._was_in_doubt:
            self._was_in_doubt = found is not None
            if found:
                sometimes("a clock is not believed")
                logger.error("the clock is %s: this ring pays nobody until it is right or confirmed", found)
            else:
                logger.warning("the clock is believed again")
