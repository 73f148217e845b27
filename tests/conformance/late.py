# SPDX-License-Identifier: AGPL-3.0-or-later
"""An honest ring behind a bad day: it puts off, its answers get lost, and what it has to say comes later and singly."""

from __future__ import annotations

from collections import Counter

import msgspec

from ringtausch_protocol import canonical, limits
from ringtausch_protocol.conformance.model import Answer, Request
from ringtausch_protocol.conformance.playing import Send
from ringtausch_protocol.conformance.talking import FRAMES
from ringtausch_protocol.posts import PostAnswer
from ringtausch_protocol.requests import Refusal

PUT_OFF = (
    Answer(429, {"retry-after": "2"}, canonical.encode(Refusal(code="too_many_requests"))),
    Answer(503, {}, canonical.encode(Refusal(code="busy"))),
)


class LateRing:
    """Between the kit and a ring. `put_off`: each request that was told "later"; `came_next`: what came after each."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._seen: Counter[str] = Counter()
        self.put_off: list[Request] = []
        self.came_next: list[Request] = []

    def __call__(self, request: Request) -> Answer:
        """The answer of the ring, or what becomes of it."""
        if len(self.came_next) < len(self.put_off):
            self.came_next.append(request)
        elif self._is_turn("all", 4):
            self.put_off.append(request)
            return PUT_OFF[len(self.put_off) % 2]
        answer = self._send(request)
        if request.path != FRAMES or answer.status != 200:
            return answer
        if self._is_turn("lost", 5):
            raise TimeoutError("timed out")
        return self._said_later(answer)

    def _is_turn(self, what: str, every: int) -> bool:
        self._seen[what] += 1
        return self._seen[what] % every == 0

    def _said_later(self, answer: Answer) -> Answer:
        """At first nothing of what waits for the kit, then one frame, though more are there."""
        said = canonical.parse(answer.body, PostAnswer, limits.REQUEST_BYTES)
        count = 1 if self._is_turn("frames", 3) else 0
        boxes = said.boxes if count else []
        body = canonical.encode(msgspec.structs.replace(said, frames=said.frames[:count], boxes=boxes, notes=[]))
        return answer._replace(body=body)
