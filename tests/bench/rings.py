# SPDX-License-Identifier: AGPL-3.0-or-later
"""P2 and P3: durable, signed payments between two node processes over HTTP, many at once and one alone.

The payer's ring runs in this process, served like any other; the payee's is `ringtausch serve` in one of its own.
A payment counts when its *paid* is durable in the payer's books. Beside it the roofline of the same run: the Ed25519
signatures of the frames that were made, bare group commits of the same rows, the same number of empty HTTP requests
with bodies of the same size, added up.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from ringtausch_node import peer_api
from ringtausch_node.bootstrap import Ring, found_ring, open_ring
from ringtausch_node.cli.serving import calm_collector
from ringtausch_node.federation.line.model import Reply
from ringtausch_node.federation.wire.transport import HttpTransport
from ringtausch_node.members.model import OPERATOR
from ringtausch_node.payments.model import PayRequest, payment_text
from ringtausch_node.serving import Server
from ringtausch_protocol import keys
from tests.bench.bare_http import BareHttp, bare_http
from tests.bench.bare_line import BareLine
from tests.bench.figures import Figure, median
from tests.bench.node import command, node
from tests.bench.rig import MEMBERS, add_members, settings
from tests.ports import free_port

#: Ten of each payer: five are signed and on their way (limits.MEMBER_OPEN_MAX), five wait for their turn at home.
WAITING = 10 * MEMBERS
MANY, ALONE = 3_000, 60
ROUNDS = 5
#: A header's pre-authentication encoding has about this size.
SIGNED_BYTES = 900


class Counted(NamedTuple):
    """What the payer's side has done so far."""

    posts: int
    sent_bytes: int
    answered_bytes: int
    frames: int


class CountingTransport(HttpTransport):
    """The node's own transport, counting."""

    def __init__(self) -> None:
        super().__init__(allow_private=True)
        self.posts = self.sent_bytes = self.answered_bytes = 0

    async def post(self, url: str, path: str, body: bytes, *, limit_bytes: int, timeout_seconds: float) -> Reply:
        """See `Transport`."""
        reply = await super().post(url, path, body, limit_bytes=limit_bytes, timeout_seconds=timeout_seconds)
        self.posts += 1
        self.sent_bytes += len(body)
        self.answered_bytes += len(reply.body)
        return reply


class Payers:
    """Members of the payer's ring who pay to the other one and wait until it is paid."""

    def __init__(self, ring: Ring, transport: CountingTransport, payee: str = "elm.example") -> None:
        self.ring, self._transport, self._payee = ring, transport, payee
        self._waiting: dict[bytes, asyncio.Future[None]] = {}
        ring.federation.sealer.on_ended.append(self._ended)

    def _ended(self, payment_id: bytes) -> None:
        waiting = self._waiting.pop(payment_id, None)
        if waiting is not None:
            waiting.set_result(None)

    async def pay(self, number: int) -> None:
        """One payment, from the wish to the end of it."""
        payment_id = self.ring.ids.uuid7()
        ended = self._waiting[payment_id] = asyncio.get_running_loop().create_future()
        payer, payee = f"m{number % MEMBERS}", f"m{(number + 7) % MEMBERS}@{self._payee}"
        await self.ring.payments.pay(PayRequest(payment_text(payment_id), payer, payee, 60, "x"), OPERATOR)
        await ended

    async def pay_many(self, count: int) -> float:
        """`count` payments by WAITING callers. -> seconds."""
        numbers = iter(range(count))

        async def caller() -> None:
            for number in numbers:
                await self.pay(number)

        begin = time.perf_counter()
        await asyncio.gather(*(caller() for _ in range(WAITING)))
        return time.perf_counter() - begin

    async def pay_alone(self, count: int) -> list[float]:
        """`count` payments, one after the other. -> the seconds of each."""
        taken = []
        for number in range(count):
            begin = time.perf_counter()
            await self.pay(number)
            taken.append(time.perf_counter() - begin)
        return taken

    def counted(self) -> Counted:
        """Posts, their bytes, and the frames of both sides."""
        federation = self.ring.federation
        return Counted(
            self._transport.posts, self._transport.sent_bytes, self._transport.answered_bytes,
            federation.sealer.signatures + federation.incoming.verifications,
        )  # fmt: skip


class Pair(NamedTuple):
    """Both rings and what stands beside them."""

    payers: Payers
    payer_rows: BareLine
    payee_rows: BareLine
    http: BareHttp


@asynccontextmanager
async def _pair(root: Path) -> AsyncIterator[Pair]:
    async with AsyncExitStack() as stack:
        elm, invitation = await _found_payee(root)
        await stack.enter_async_context(node(elm))
        transport = CountingTransport()
        stack.push_async_callback(transport.close)
        oak = await serve_payer(root, transport, stack)
        await _peer(oak, invitation, elm)
        rows = [BareLine(folder / "ring.sqlite", folder.with_suffix(".bare")) for folder in (root / "oak", elm)]
        for each in rows:
            stack.callback(each.close)
        http = await stack.enter_async_context(bare_http())
        yield Pair(Payers(oak, transport), rows[0], rows[1], http)


async def _found_payee(root: Path) -> tuple[Path, bytes]:
    """The payee's folder with its members, and an invitation."""
    folder = root / "elm"
    found_ring(folder, settings("elm", free_port()))
    ring = await open_ring(folder)
    try:
        await add_members(ring, MEMBERS)
        return folder, await ring.federation.invite()
    finally:
        await ring.close()


async def serve_payer(root: Path, transport: CountingTransport, stack: AsyncExitStack) -> Ring:
    """Oak with its members, in this process and served like any other; its folder may lie there already."""
    calm_collector()
    if not (root / "oak").exists():
        found_ring(root / "oak", settings("oak", free_port()))
    ring = await open_ring(root / "oak", transport=transport)
    stack.push_async_callback(ring.close)
    await add_members(ring, MEMBERS)
    server = Server()
    server.add(*ring.config.listen_at, [], peer_api.build_app(ring))
    await server.start()
    stack.push_async_callback(server.stop)
    await ring.federation.start()
    return ring


async def _peer(oak: Ring, invitation: bytes, elm: Path) -> None:
    """Accept, compare words, and wait until the probes are paid."""
    accepted = await oak.federation.accept(invitation)
    await command("peer", "confirm", str(elm), oak.config.address, "--words", " ".join(accepted.words))
    await oak.federation.confirm(accepted.peer, accepted.words)
    async with asyncio.timeout(60):
        while (await oak.federation.peers())[0].state != "open":  # noqa: ASYNC110
            await asyncio.sleep(0.05)


class Round(NamedTuple):
    """One round of many: our rate, the roofline's parts in seconds a payment, and what was counted."""

    rate: float
    signing: float
    commits: float
    requests: float
    group: float

    @property
    def roofline(self) -> float:
        """Payments a second if nothing but the three parts cost anything."""
        return 1 / (self.signing + self.commits + self.requests)


async def _round(pair: Pair, message: bytes) -> Round:
    before = pair.payers.counted()
    seconds = await pair.payers.pay_many(MANY)
    posts, sent, answered, frames = (b - a for a, b in zip(before, pair.payers.counted(), strict=True))
    commits = sum(pair.payer_rows.write_payer(posts)) + sum(pair.payee_rows.write_payee(posts))
    requests = sum(await pair.http.post(sent // posts, answered // posts, posts))
    return Round(
        MANY / seconds, frames * _sign_and_verify(message) / MANY, commits / MANY, requests / MANY, MANY / posts
    )  # fmt: skip


def _sign_and_verify(message: bytes, count: int = 200) -> float:
    """Seconds of one Ed25519 signature and its verification by the bare library."""
    key = keys.SigningKey(bytes(32))
    taken = []
    for _ in range(count):
        begin = time.perf_counter()
        keys.verify(key.public, message, key.sign(message))
        taken.append(time.perf_counter() - begin)
    return median(taken)


class Alone(NamedTuple):
    """One payment alone: our latency, and that of the bare steps, in seconds."""

    ours: float
    bare: float


async def _alone(pair: Pair, message: bytes) -> Alone:
    before = pair.payers.counted()
    ours = median(await pair.payers.pay_alone(ALONE))
    posts, sent, answered, _ = (b - a for a, b in zip(before, pair.payers.counted(), strict=True))
    commits = median(pair.payer_rows.write_payer(ALONE)) + median(pair.payee_rows.write_payee(ALONE))
    request = median(await pair.http.post(sent // posts, answered // posts, ALONE))
    return Alone(ours, commits + request + 2 * _sign_and_verify(message))


async def measure(root: Path) -> list[Figure]:
    """P2 and P3."""
    message = bytes(itertools.islice(itertools.cycle(range(256)), SIGNED_BYTES))
    async with _pair(root) as pair:
        await _round(pair, message)
        rounds, alone = [], []
        for _ in range(ROUNDS):
            rounds.append(await _round(pair, message))
            alone.append(await _alone(pair, message))
    return [_p2(rounds), _p3(alone)]


def _p2(rounds: list[Round]) -> Figure:
    ours, roofline = median([each.rate for each in rounds]), median([each.roofline for each in rounds])
    beside = {
        "ours/s": ours, "roofline/s": roofline,
        "signatures µs": 1e6 * median([each.signing for each in rounds]),
        "commits µs": 1e6 * median([each.commits for each in rounds]),
        "requests µs": 1e6 * median([each.requests for each in rounds]),
        "a request carries": median([each.group for each in rounds]), "waiting": WAITING, "payers": MEMBERS,
    }  # fmt: skip
    what = "payments between two node processes, against signatures + commits + requests added up (line of 500 holds)"
    return Figure("P2", what, ours / roofline, "x", 0.35, True, beside)


def _p3(alone: list[Alone]) -> Figure:
    ours, bare = median([each.ours for each in alone]), median([each.bare for each in alone])
    what = "one alone, latency against 3 commits + 1 round trip + 2 signs + 2 verifies"
    return Figure("P3", what, ours / bare, "x", 4, False, {"ours ms": ours * 1000, "bare ms": bare * 1000})
