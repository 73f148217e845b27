# SPDX-License-Identifier: AGPL-3.0-or-later
"""How much a peer may make this ring store and work, asked before anything of it is accepted (SPEC.md 6.3).

Frames a minute and bytes a day are those of the agreement. What is refused here was not taken: the chain does not
break, the other side waits and sends the same bytes again. After this gate a good frame is always stored and acked.

Counted in memory: after a restart every budget is whole again, and no peer can make us start again. Each bucket holds
one whole budget, so the first day of a line may bring two.
"""

from __future__ import annotations

from ringtausch_node.clock import Clock
from ringtausch_node.federation.line.lines import Line
from ringtausch_node.rates import Busy, Rates
from ringtausch_protocol.posts import Have

_MINUTE_SECONDS, _DAY_SECONDS = 60.0, 86_400.0

#: Posts for each frame of the budget: an order costs its sender two, and one that is lost is sent again.
POSTS_PER_FRAME = 4
#: Each hello costs a commit and two entries of the log: after a burst (a bad line, a node that is started again and
#: again) a peer has one in so many seconds.
HELLO_BURST, HELLO_SECONDS = 200, 5.0
#: Pages of 256 KiB given back to a ring that lost its disk: ten years of a busy line at once, then half a MiB a second.
RECOVER_BURST, RECOVER_SECONDS = 1_000, 0.5
#: Exchanges of adverts: a boot brings those of all rings at once, then each says something new a few times a day.
ADVERTS_BURST, ADVERTS_SECONDS = 100, 2.0


class OverBudget(Busy):
    """A peer asks for more than the agreement gives it now; `have` says what of its chain was stored before that."""

    def __init__(self, wait_seconds: float, have: Have | None = None) -> None:
        super().__init__(wait_seconds)
        self.have = have


class Budgets:
    """The budgets of all lines of this process. Asked on the loop, spent in the writer: each look is one dictionary."""

    def __init__(self, clock: Clock) -> None:
        # One in these buckets is one whole budget, because every line may have another.
        self._frames = Rates(clock, per_second=1 / _MINUTE_SECONDS, burst=1.0)
        self._bytes = Rates(clock, per_second=1 / _DAY_SECONDS, burst=1.0)
        self._posts = Rates(clock, per_second=1 / _MINUTE_SECONDS, burst=1.0)
        self._quotes = Rates(clock, per_second=1 / _MINUTE_SECONDS, burst=1.0)
        self._hellos = Rates(clock, per_second=1 / HELLO_SECONDS, burst=HELLO_BURST)
        self._adverts = Rates(clock, per_second=1 / ADVERTS_SECONDS, burst=ADVERTS_BURST)
        self._recovers = Rates(clock, per_second=1 / RECOVER_SECONDS, burst=RECOVER_BURST)

    def verify_post(self, line: Line, *, has_frames: bool) -> None:
        """A request with or without frames, before its signatures are verified. Raises OverBudget."""
        cost = 1.0 / (POSTS_PER_FRAME * line.terms.frames_per_minute)
        wait = self._posts.take(line.peer.ring_id, cost) or (self.wait(line, 0) if has_frames else 0.0)
        if wait:
            raise OverBudget(wait)

    def verify_frames(self, line: Line) -> None:
        """Frames that came in an answer of the peer, before their signatures are verified. Raises OverBudget."""
        if wait := self.wait(line, 0):
            raise OverBudget(wait)

    def wait(self, line: Line, size_bytes: int) -> float:
        """Seconds until one more frame of this size may be accepted; 0.0: now."""
        ring, (frame, size) = line.peer.ring_id, _costs(line, size_bytes)
        return max(self._frames.wait(ring, frame), self._bytes.wait(ring, size))

    def spend(self, line: Line, size_bytes: int) -> None:
        """One frame of this size is accepted."""
        ring, (frame, size) = line.peer.ring_id, _costs(line, size_bytes)
        self._frames.charge(ring, frame)
        self._bytes.charge(ring, size)

    def verify_quote(self, line: Line) -> None:
        """A question before a payment; as many as frames. Raises OverBudget."""
        if wait := self._quotes.take(line.peer.ring_id, 1.0 / line.terms.frames_per_minute):
            raise OverBudget(wait)

    def verify_hello(self, line: Line) -> None:
        """A hello whose signature is good: nobody else spends the budget of a peer. Raises OverBudget."""
        if wait := self._hellos.take(line.peer.ring_id):
            raise OverBudget(wait)

    def verify_adverts(self, line: Line) -> None:
        """Adverts told and asked for. Raises OverBudget."""
        if wait := self._adverts.take(line.peer.ring_id):
            raise OverBudget(wait)

    def verify_recover(self, line: Line) -> None:
        """One page of what the peer lost. Raises OverBudget."""
        if wait := self._recovers.take(line.peer.ring_id):
            raise OverBudget(wait)


def _costs(line: Line, size_bytes: int) -> tuple[float, float]:
    """Which parts of the two budgets one frame takes. One that is larger than a whole day takes a whole day."""
    return 1.0 / line.terms.frames_per_minute, min(1.0, size_bytes / line.terms.bytes_per_day)
