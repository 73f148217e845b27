# SPDX-License-Identifier: AGPL-3.0-or-later
"""Two towns in one process: real rings, real folders, a network of function calls that can be cut and listened to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from ringtausch_node.bootstrap import Ring, found_ring, open_ring
from ringtausch_node.clock import SystemClock
from ringtausch_node.config import Config
from ringtausch_node.federation.line.lines import Line
from ringtausch_node.federation.line.model import LineRow, Reply
from ringtausch_node.federation.line.records import load_line
from ringtausch_node.federation.line.views import PeerView
from ringtausch_node.federation.wire.transport import Request
from ringtausch_node.ledger.reconcile import reconcile
from ringtausch_node.members.model import OPERATOR
from ringtausch_node.payments.model import PaymentView, PayRequest
from ringtausch_node.store import Tx
from ringtausch_protocol.errors import RemoteError

HOUR = 3_600
#: Only a test that fails waits so long; a loaded machine may take many times what a quiet one does.
PATIENCE_SECONDS = 90.0


class HandClock(SystemClock):
    """The machine's clock, moved by hand."""

    def __init__(self) -> None:
        self.ahead_seconds = 0
        self.waited_seconds = 0.0
        self.jumped_seconds = 0
        self._stopped_at: tuple[float, int] | None = None

    def jump(self, seconds: int) -> None:
        """Somebody sets the clock, and no time passes."""
        self.ahead_seconds += seconds
        self.jumped_seconds += seconds

    def stop(self) -> None:
        """From now on no time passes by itself: no budget fills up while a loaded machine takes its time."""
        self._stopped_at = super().monotonic(), super().now()

    def monotonic(self) -> float:
        """Seconds that never go back, as far on as was asked; time that passes passes for both clocks."""
        reached = super().monotonic() if self._stopped_at is None else self._stopped_at[0]
        return reached + self.waited_seconds + self.ahead_seconds - self.jumped_seconds

    def now(self) -> int:
        """Unix seconds, as far ahead as was asked."""
        reached = super().now() if self._stopped_at is None else self._stopped_at[1]
        return reached + self.ahead_seconds


@dataclass
class Post:
    """One message as it went over the network."""

    sender: str
    path: str
    body: bytes
    answer: Reply | None


@dataclass
class Network:
    """Delivers posts by calling the receiver.

    `cut`: rings whose posts fail at once, which their lines notice. `silent`: rings whose posts get no answer while it
    lasts, so that no line notices anything, whatever was under way. `apart`: two rings that do not reach each other.
    """

    rings: dict[str, Ring] = field(default_factory=dict)
    cut: set[str] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)
    apart: set[frozenset[str]] = field(default_factory=set)
    #: Posts that a receiver is reading just now.
    passing: int = 0
    lifted: asyncio.Event = field(default_factory=asyncio.Event)
    posts: list[Post] = field(default_factory=list)
    change: Callable[[Post], bytes] = lambda post: post.body
    #: Requests about logs: who asked whom what.
    sent: list[tuple[str, str, Request]] = field(default_factory=list)
    #: What stands in for a ring's own answer about logs, if anything.
    answer: Callable[[str, Request], Reply | None] = lambda _name, _request: None
    #: URL -> the address of its machine, where that is another's too.
    places: dict[str, str] = field(default_factory=dict)
    #: Whether an answer gets lost on its way back.
    lose_answer: Callable[[Post], bool] = lambda post: False

    def wire(self, sender: str) -> Wire:
        """The transport of one ring."""
        return Wire(self, sender)

    def heal(self) -> None:
        """Everybody can be reached again, and every line tries at once: no test waits for a back-off."""
        self.cut.clear()
        self.silent.clear()
        self.apart.clear()
        self.lifted.set()
        self.lifted = asyncio.Event()
        for ring in self.rings.values():
            for line in ring.federation.lines.all():
                line.contact.set()

    async def fall_silent(self, name: str) -> None:
        """From here on nobody hears of this ring: what was under way arrives first, nothing arrives in between."""
        self.silent.add(name)
        await until(self._is_still)

    async def _is_still(self) -> bool:
        return self.passing == 0

    async def between(self, *names: str) -> None:
        """Let a post pass between two rings, or fail as a network does."""
        if self.silent.intersection(names):
            await self.lifted.wait()
            raise RemoteError("unreachable", "no answer")
        if self.cut.intersection(names) or frozenset(names) in self.apart:
            raise RemoteError("unreachable", "cut off")


class Wire:
    """`Transport` of one ring over the network of calls."""

    def __init__(self, network: Network, sender: str) -> None:
        self._network, self._sender = network, sender

    async def post(self, url: str, path: str, body: bytes, *, limit_bytes: int, timeout_seconds: float) -> Reply:
        """Hand the bytes over, or fail as a network does."""
        name = url.removeprefix("https://").removesuffix(".example")
        ring = self._network.rings.get(name)
        await self._network.between(name, self._sender)
        if ring is None:
            raise RemoteError("unreachable", name)
        post = Post(self._sender, path, body, None)
        self._network.posts.append(post)
        self._network.passing += 1
        try:
            body = self._network.change(post)
            post.answer = await ring.federation.receiver.handle(path.removeprefix("/peer/v1/"), body)
        finally:
            self._network.passing -= 1
        if self._network.lose_answer(post):
            raise RemoteError("unreachable", name)
        return post.answer

    async def send(self, url: str, request: Request, *, limit_bytes: int, timeout_seconds: float) -> Reply:
        """Read or bring a piece of a log, or fail as a network does."""
        name = url.removeprefix("https://").removesuffix(".example")
        ring = self._network.rings.get(name)
        await self._network.between(name, self._sender)
        if ring is None:
            raise RemoteError("unreachable", name)
        self._network.sent.append((self._sender, name, request))
        reply = self._network.answer(name, request) or await answer_of(ring, request)
        if len(reply.body) > limit_bytes:
            raise RemoteError("too_large", f"more than {limit_bytes} bytes")
        return reply

    async def addresses(self, url: str) -> frozenset[str]:
        """Each town has its own, unless a test says otherwise."""
        return frozenset({self._network.places.get(url, url)})

    async def close(self) -> None:
        """Nothing is open."""


async def answer_of(ring: Ring, request: Request) -> Reply:
    """What a ring's edge for logs and witnesses would answer."""
    method, path = request.method, request.path
    if method == "GET" and path.startswith("/log/"):
        return await ring.publication.page(path.removeprefix("/log/"), request.headers.get("Authorization", ""))
    if method == "GET":
        return await ring.witnessing.answers.told(path.split("/")[2])
    posts = {
        "/log/access": ring.publication.access,
        "/witness/add-checkpoint": ring.witnessing.answers.add_checkpoint,
        "/witness/fork-proof": ring.witnessing.answers.fork_proof,
    }
    return await posts[path](request.body)


@dataclass
class Towns:
    """The rings oak and elm (and others), ready to be peered."""

    root: Path
    network: Network = field(default_factory=Network)
    clock: HandClock = field(default_factory=HandClock)

    async def found(self, name: str, **settings: Any) -> Ring:
        """A new ring, open but silent."""
        fields: dict[str, Any] = {"net": "test", "url": f"https://{name}.example", **settings}
        found_ring(self.root / name, Config(address=f"{name}.example", name=name, **fields))
        return await self.open(name)

    async def open(self, name: str) -> Ring:
        """Open a ring's folder again: a new boot."""
        ring = await open_ring(self.root / name, clock=self.clock, transport=self.network.wire(name))
        self.network.rings[name] = ring
        return ring

    async def close(self, name: str) -> None:
        """The ring is off."""
        await self.network.rings.pop(name).close()

    async def close_all(self) -> None:
        """Everything off."""
        for name in list(self.network.rings):
            await self.close(name)


async def peer(inviter: Ring, accepter: Ring, limit_in: int = 10 * HOUR, limit_out: int = 10 * HOUR) -> list[str]:
    """Invitation, acceptance, words on both sides. -> the words."""
    invitation = await inviter.federation.invite(limit_in, limit_out)
    accepted = await accepter.federation.accept(invitation)
    await accepter.federation.confirm(inviter.config.address, accepted.words)
    await inviter.federation.confirm(accepter.config.address, accepted.words)
    return accepted.words


async def talk(*rings: Ring) -> None:
    """Let rings talk and wait until every line between them is open."""
    for ring in rings:
        await ring.federation.start()
    for ring in rings:
        await until(partial(_all_open, ring))


async def _all_open(ring: Ring) -> bool:
    return all(view.state == "open" for view in await ring.federation.peers())


async def until(happened: Callable[[], Any]) -> None:
    """Wait for something that will come."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await happened():  # noqa: ASYNC110 - another ring's state sends no event
            await asyncio.sleep(0.01)


async def pay(ring: Ring, payer: str, payee: str, seconds: int, payment_id: str | None = None) -> PaymentView:
    """One payment, as it stands when the answer comes."""
    return await ring.payments.pay(PayRequest(payment_id, payer, payee, seconds, "memo"), OPERATOR)


async def end_of(ring: Ring, payment_id: str) -> PaymentView:
    """The payment once it has ended."""
    return await ring.payments.wait(payment_id, PATIENCE_SECONDS, OPERATOR)


async def balance(ring: Ring, handle: str) -> int:
    """A member's balance in seconds."""
    return (await ring.accounts.account(handle, OPERATOR)).balance_seconds


async def view_of(ring: Ring, other: Ring) -> PeerView:
    """How one ring sees another."""
    return next(view for view in await ring.federation.peers() if view.address == other.config.address)


async def row_of(ring: Ring, other: Ring) -> LineRow:
    """The line's row."""
    line = line_of(ring, other)
    return await ring.store.read(lambda tx: load_line(tx, line.peer.id))


def line_of(ring: Ring, other: Ring) -> Line:
    """The line in memory."""
    line = ring.federation.lines.by_address(other.config.address)
    assert line is not None
    return line


async def faults(*rings: Ring) -> list[Any]:
    """Everything that a full replay finds wrong."""
    found: list[Any] = []
    for ring in rings:
        found += await ring.store.read(partial(_replay, ring))
    return found


def _replay(ring: Ring, tx: Tx) -> list[Any]:
    return [*reconcile(tx), *ring.federation.find_faults(tx)]
