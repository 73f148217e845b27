# SPDX-License-Identifier: AGPL-3.0-or-later
"""P11: how the booking rate falls with bookings, members and peers. Two rings side by side, rounds interleaved."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from ringtausch_node.bootstrap import Ring, found_ring, open_ring
from ringtausch_node.federation.line.model import Reply
from ringtausch_node.federation.wire.transport import Request
from ringtausch_node.members.model import OPERATOR
from ringtausch_node.payments.model import PayRequest
from ringtausch_protocol.errors import RemoteError
from tests.bench.figures import Figure, interleaved
from tests.bench.local import CALLERS
from tests.bench.rig import MEMBERS, WIDE_SECONDS, one_ring, settings

COUNT = 4_000
FEW_BOOKINGS, MANY_BOOKINGS = 10_000, 1_000_000
FEW_MEMBERS, MANY_MEMBERS = 1_000, 100_000
ONE_PEER, MANY_PEERS = 1, 50


async def measure(root: Path) -> list[Figure]:
    """The three slopes."""
    return [await _bookings(root), await _members(root), await _peers(root)]


async def pay(ring: Ring, count: int, members: int, chance: random.Random) -> float:
    """`count` local payments by 200 callers between members taken by chance. -> payments a second."""
    pairs = iter([chance.sample(range(members), 2) for _ in range(count)])

    async def caller() -> None:
        for payer, payee in pairs:
            await ring.payments.pay(PayRequest(None, f"m{payer}", f"m{payee}", 60, "x"), OPERATOR)

    begin = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(CALLERS)))
    return count / (time.perf_counter() - begin)


async def _slope(name: str, large: Ring, small: Ring, step: float, members: tuple[int, int]) -> Figure:
    chance = random.Random(1)
    rates = await interleaved(
        lambda: pay(large, COUNT, members[0], chance), lambda: pay(small, COUNT, members[1], chance)
    )
    return Figure("P11", name, rates[0] / rates[1], "x", step, True, {"large/s": rates[0], "small/s": rates[1]})


async def _bookings(root: Path) -> Figure:
    async with one_ring(root / "old") as large, one_ring(root / "young") as small:
        chance = random.Random(2)
        await pay(large, MANY_BOOKINGS, MEMBERS, chance)
        await pay(small, FEW_BOOKINGS, MEMBERS, chance)
        what = f"booking rate at {MANY_BOOKINGS:,} bookings against {FEW_BOOKINGS:,}"
        return await _slope(what, large, small, 0.5, (MEMBERS, MEMBERS))


async def _members(root: Path) -> Figure:
    async with one_ring(root / "town", members=0) as large, one_ring(root / "village", members=0) as small:
        await _join(large, MANY_MEMBERS)
        await _join(small, FEW_MEMBERS)
        what = f"booking rate at {MANY_MEMBERS:,} members against {FEW_MEMBERS:,}"
        return await _slope(what, large, small, 0.45, (MANY_MEMBERS, FEW_MEMBERS))


async def _join(ring: Ring, count: int, together: int = 1_000) -> None:
    for first in range(0, count, together):
        await asyncio.gather(*(
            ring.members.add(f"m{number}", "M", min_seconds=-WIDE_SECONDS, max_seconds=WIDE_SECONDS)
            for number in range(first, min(first + together, count))
        ))  # fmt: skip


async def _peers(root: Path) -> Figure:
    """Local bookings in a ring with open lines to 50 others, which stand idle in this process, against one line."""
    async with _hub(root / "hub", MANY_PEERS) as large, _hub(root / "pair", ONE_PEER) as small:
        return await _slope(f"booking rate with {MANY_PEERS} peers against {ONE_PEER}", large, small, 0.8,
                            (MEMBERS, MEMBERS))  # fmt: skip


class _Wire:
    """Carries messages between the rings of one process."""

    def __init__(self) -> None:
        self.rings: dict[str, Ring] = {}

    async def post(self, url: str, path: str, body: bytes, *, limit_bytes: int, timeout_seconds: float) -> Reply:
        """See `Transport`."""
        ring = self.rings.get(url)
        if ring is None:
            raise RemoteError("unreachable")
        return await ring.federation.receiver.handle(path.removeprefix("/peer/v1/"), body)

    async def send(self, url: str, request: Request, *, limit_bytes: int, timeout_seconds: float) -> Reply:
        """Nobody reads logs here."""
        raise RemoteError("unreachable", "no logs")

    async def addresses(self, url: str) -> frozenset[str]:
        """Nobody asks here."""
        return frozenset()


@asynccontextmanager
async def _hub(root: Path, peers: int) -> AsyncIterator[Ring]:
    """A ring with open lines to so many others."""
    wire = _Wire()
    async with AsyncExitStack() as stack:
        rings = []
        for number in range(peers + 1):
            config = settings(f"ring{number}", number + 1)
            found_ring(root / config.name, config)
            ring = await open_ring(root / config.name, transport=wire)
            stack.push_async_callback(ring.close)
            wire.rings[config.url] = ring
            await ring.federation.start()
            rings.append(ring)
        hub, others = rings[0], rings[1:]
        await _join(hub, MEMBERS)
        for other in others:
            accepted = await other.federation.accept(await hub.federation.invite())
            await other.federation.confirm(accepted.peer, accepted.words)
            await hub.federation.confirm(other.config.address, accepted.words)
        async with asyncio.timeout(120):
            while any(peer.state != "open" for peer in await hub.federation.peers()):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        yield hub
