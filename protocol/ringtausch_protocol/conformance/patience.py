# SPDX-License-Identifier: Apache-2.0
"""How long the kit waits: for what must come, and where the ring under test says "later" or does not answer at all.

Nothing of that breaks a rule: SPEC.md 6.2 lets a ring say so, and has who asks come again with the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ringtausch_protocol.conformance.model import Answer, Request, Unjudged

#: A decision comes in the answer to its order, or, where the ring needs its time, in one of the next: how long the kit
#: waits before it asks again. The last is for a look at what came with the one before.
PAUSES_SECONDS = (0.0, 0.0, 0.0, 0.1, 0.2, 0.4, 0.8, 1.5, 3.0, 5.0, 10.0, 10.0, 15.0, 20.0, 30.0, 0.0)
#: How long the kit waits in a whole run for what does not come, so that it ends one day.
RUN_PAUSES_SECONDS = 1_200.0
#: How long it waits where the ring under test says "later": for one request (SPEC.md 6.3), and in a whole run.
LATER_SECONDS, RUN_LATER_SECONDS = 900, 1_800
#: Where it does not say for how long.
PAUSE_SECONDS = 5
#: How long before the kit asks again where no answer came; after the last it is gone.
AWAY_SECONDS = (1, 4, 10, 15)
#: What a ring, or the server before it, says of itself and not of what was asked: `too_slow`, `busy` and their like.
_REPEATED = ("/peer/v1/frames", "/peer/v1/peering", "/peer/v1/reset")
_OK = 200
_LATER = frozenset({408, 429, 502, 503, 504})


@dataclass(slots=True)
class Patience:
    """How much of it is left in a run: for what does not come yet, and for a ring that says "later"."""

    left_seconds: float = RUN_PAUSES_SECONDS
    later_left_seconds: int = RUN_LATER_SECONDS

    def pauses(self) -> Iterator[float]:
        """How long to wait before each of the next requests; without a pause where the run has waited enough."""
        for seconds in PAUSES_SECONDS:
            granted = seconds if seconds <= self.left_seconds else 0.0
            self.left_seconds -= granted
            yield granted

    @property
    def is_over(self) -> bool:
        """Whether it was asked without pauses: what did not come then may be late."""
        return self.left_seconds < max(PAUSES_SECONDS)


class Patient:
    """Sends after the pause of a request; comes again where the ring says "later", or where an answer was lost.

    `tell`: hears why, and for how many seconds is waited. `pause`: lets time pass.
    """

    def __init__(
        self, send: Callable[[Request], Answer], patience: Patience, tell: Callable[[str, int], None],
        pause: Callable[[float], None],
    ) -> None:  # fmt: skip
        self._send, self._patience, self._tell, self._pause = send, patience, tell, pause
        self._is_lost = False

    def __call__(self, request: Request) -> Answer:
        """The answer that is none of "later".

        Raises Unjudged where nothing else comes, or the answer to what cannot be repeated was lost; OSError where the
        ring under test cannot be reached any more.
        """
        self._is_lost = False
        if request.after_seconds:
            self._pause(request.after_seconds)
        left_seconds = min(LATER_SECONDS, self._patience.later_left_seconds)
        while seconds := later_seconds(answer := self._reach(request)):
            if seconds > left_seconds:
                raise Unjudged(f"the ring under test says later again and again: {answer.status}, in {seconds} seconds")
            left_seconds -= seconds
            self._patience.later_left_seconds -= seconds
            self._wait(f"{answer.status}", seconds)
        if self._is_lost and answer.status != _OK:  # what was refused the first time may have been another thing
            raise Unjudged(f"an answer was lost, and {answer.status} came when it was asked again")
        return answer

    def _reach(self, request: Request) -> Answer:
        for seconds in AWAY_SECONDS:
            try:
                return self._send(request)
            except ConnectionRefusedError as error:
                self._wait(f"{error}", seconds)
            except OSError as error:
                if not _can_repeat(request):
                    raise Unjudged(f"no answer came: {error}") from None
                self._is_lost = True
                self._wait(f"{error}", seconds)
        return self._send(request)

    def _wait(self, why: str, seconds: int) -> None:
        self._tell(why, seconds)
        self._pause(seconds)


def _can_repeat(request: Request) -> bool:
    """Whether it changes nothing where it came already, as nobody knows (SPEC.md 5.1, 5.4, 6.3, 6.4)."""
    is_known = request.path in _REPEATED or request.body.startswith(b'{"round":"ask"')
    return request.method == "GET" or is_known


def later_seconds(answer: Answer) -> int:
    """For how long a ring that has no time now is left alone; 0: it has answered."""
    if answer.status not in _LATER:
        return 0
    told = answer.headers.get("retry-after", "")
    is_number = told.isascii() and told.isdigit() and len(told) < 7
    return max(1, int(told)) if is_number else PAUSE_SECONDS
