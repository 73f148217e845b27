# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is between the rings: messages that get lost, come twice, late, or whose answer is lost."""

from __future__ import annotations

import asyncio
import contextvars
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ringtausch_node.federation.line.model import Reply
from ringtausch_node.federation.wire.transport import Request
from ringtausch_protocol import limits
from ringtausch_protocol.errors import RemoteError
from tests.simulation.whole import request_of

if TYPE_CHECKING:
    from tests.simulation.loop import Life
    from tests.simulation.world import World


@dataclass(frozen=True)
class Faults:
    """How likely each mishap is, per message; `latency_seconds` is the mean time one way."""

    drop: float = 0.0
    drop_answer: float = 0.0
    duplicate: float = 0.0
    straggle: float = 0.0
    #: An old request comes again, minutes later; a body ends in the middle; the connection breaks after the commit.
    replay: float = 0.0
    half: float = 0.0
    reset: float = 0.0
    latency_seconds: float = 0.02


@dataclass(eq=False)
class Call:
    """One request on its way."""

    sender: str
    target: str
    path: str
    body: bytes
    limit_bytes: int
    answer: asyncio.Future[Reply]


class Network:
    """Carries requests between the nodes of a world. It outlives them, so its own steps belong to nobody."""

    def __init__(self, world: World, chance: random.Random) -> None:
        self.world, self._chance = world, chance
        #: By (sender, target) the newest request that has arrived.
        self._newest: Counter[tuple[str, str]] = Counter()
        self._open: dict[str, list[Call]] = {}
        self.faults = Faults()
        #: One-way cuts: (from, to).
        self.cut: set[tuple[str, str]] = set()
        self.seen: Counter[str] = Counter()
        self.failures: list[str] = []
        #: What a ring really puts on the line, of what it would: (its name, a body) -> the body.
        self.spoken: Callable[[str, bytes], bytes] = lambda _name, body: body
        #: Told of each message: (from whom, to whom, path, body) -> whether it is lost.
        self.listens: Callable[[str, str, str, bytes], bool] = _hears_nothing
        #: Told of every life that ended.
        self.on_death: Callable[[Life], None] = lambda _life: None

    async def carry(self, call: Call, timeout_seconds: float) -> Reply:
        """Send a request and wait for its answer. Raises RemoteError('unreachable')."""
        self.world.loop.note(call.sender, call.target, call.path)
        call.body = self.spoken(call.sender, call.body)
        self.seen["sent"] += 1
        number = self.seen["sent"]
        is_lost = self.listens(call.sender, call.target, call.path, call.body)
        for _ in range(2 if self.loses("duplicate") else 1):
            if not self.loses("drop") and not self.is_cut(call.sender, call.target) and not is_lost:
                self._later(self.delay(), self._arrive, call, number)
        if self.loses("replay"):
            self._later(self.minutes(), self._arrive, call)
        try:
            async with asyncio.timeout(timeout_seconds):
                return await call.answer
        except TimeoutError:
            raise RemoteError("unreachable", "no answer in time") from None

    def slip_in(self, sender: str, target: str, path: str, body: bytes) -> None:
        """A request in a ring's name that the ring does not send now. Nobody waits for its answer."""
        if self.world.streams is not None:
            self.slip_in_bytes(sender, target, request_of(target, path, body))
            return
        call = Call(sender, target, path, body, limits.REQUEST_BYTES, self.world.loop.create_future())
        call.answer.cancel()
        self._later(self.delay(), self._arrive, call)

    def slip_in_bytes(self, sender: str, target: str, request: bytes, seconds: float = 0.0) -> None:
        """The same over HTTP, after so many seconds."""
        assert self.world.streams is not None
        self._later(seconds + self.delay(), self.world.streams.bring, sender, target, request)

    def stop_listening(self) -> None:
        """Nobody listens any more."""
        self.listens = _hears_nothing

    def reset(self, name: str) -> None:
        """A node died: who waits for its answers learns it from the kernel."""
        for call in self._open.pop(name, []):
            self._later(self.delay(), self._refuse, call)

    def heal(self) -> None:
        """No more mishaps."""
        self.faults, self.cut = Faults(), set()
        self.stop_listening()

    def note_order(self, sender: str, target: str, number: int) -> None:
        """A request arrives: count it where a newer one was there before."""
        if number < self._newest[sender, target]:
            self.seen["request was overtaken"] += 1
        else:
            self._newest[sender, target] = number

    def _arrive(self, call: Call, number: int | None = None) -> None:
        if number is not None:
            self.note_order(call.sender, call.target, number)
        node = self.world.nodes.get(call.target)
        if node is None or node.ring is None:
            self._later(self.delay(), self._refuse, call)
            return
        body = self._cut_short(call.body)
        handling = node.ring.federation.receiver.handle(call.path.removeprefix("/peer/v1/"), body)
        self._open.setdefault(call.target, []).append(call)
        task = self.world.spawn(node, handling)
        task.add_done_callback(lambda done: self._answered(call, done), context=contextvars.Context())

    def _answered(self, call: Call, done: asyncio.Task[Reply]) -> None:
        waiting = self._open.get(call.target, [])
        if call in waiting:
            waiting.remove(call)
        if error := done.exception():
            self.failures.append(f"{call.target} on {call.path}: {error!r}")
            self._later(self.delay(), self._refuse, call)
            return
        reply = done.result()
        self.world.loop.note(call.target, call.path, reply.status)
        if len(reply.body) > call.limit_bytes or (reply.status >= 500 and reply.status != 503):
            self.failures.append(f"{call.target} on {call.path}: {reply.status}, {len(reply.body)} bytes")
        if self.loses("reset"):
            self._later(self.delay(), self._refuse, call)
        elif not self.loses("drop_answer") and not self.is_cut(call.target, call.sender):
            if reply.status == 200 and self.listens(call.target, call.sender, call.path, reply.body):
                return
            body = self._cut_short(self.spoken(call.target, reply.body))
            self._later(self.delay(), self._deliver, call, reply._replace(body=body))

    def _deliver(self, call: Call, reply: Reply) -> None:
        if not call.answer.done():
            call.answer.set_result(reply)

    def _refuse(self, call: Call) -> None:
        if not call.answer.done():
            call.answer.set_exception(RemoteError("unreachable", "no connection"))

    def is_cut(self, sender: str, target: str) -> bool:
        """Whether nothing passes this way."""
        is_cut = (sender, target) in self.cut
        if is_cut:
            self._note("cut", sender, target)
        return is_cut

    def loses(self, what: str) -> bool:
        """Whether this mishap happens now."""
        likely: float = getattr(self.faults, what)
        happens = likely > 0 and self._chance.random() < likely
        if happens:
            self._note(what)
        return happens

    def _note(self, what: str, *of: str) -> None:
        self.seen[what] += 1
        self.world.loop.note("network", what, *of)

    def _cut_short(self, body: bytes) -> bytes:
        return body[: self._chance.randrange(len(body))] if body and self.loses("half") else body

    def delay(self) -> float:
        """Seconds that something takes one way."""
        delay = self._chance.expovariate(1 / self.faults.latency_seconds)
        return delay + (self._chance.uniform(1, 90) if self.loses("straggle") else 0.0)

    def minutes(self) -> float:
        """Seconds after which something comes again that somebody has kept."""
        return self._chance.uniform(5, 600)

    def _later(self, seconds: float, fn: object, *args: object) -> None:
        self.world.loop.call_later(seconds, fn, *args, context=contextvars.Context())


def _hears_nothing(_sender: str, _target: str, _path: str, _body: bytes) -> bool:
    """What somebody does who does not listen."""
    return False


class Wire:
    """A node's transport into this network."""

    def __init__(self, network: Network, name: str) -> None:
        self._network, self._name = network, name

    async def post(self, url: str, path: str, body: bytes, *, limit_bytes: int, timeout_seconds: float) -> Reply:
        """As `federation.transport.Transport` says."""
        target = url.removeprefix("https://").partition(".")[0]
        if target not in self._network.world.nodes:
            raise RemoteError("unreachable", "its name is not known")
        answer: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        call = Call(self._name, target, path, body, limit_bytes, answer)
        return await self._network.carry(call, timeout_seconds)

    async def send(self, url: str, request: Request, *, limit_bytes: int, timeout_seconds: float) -> Reply:
        """Nobody reads logs here."""
        raise RemoteError("unreachable", "no logs")

    async def addresses(self, url: str) -> frozenset[str]:
        """Nobody asks here."""
        return frozenset()

    async def close(self) -> None:
        """Nothing is kept."""
