# SPDX-License-Identifier: AGPL-3.0-or-later
"""P2b: payments through one ring between, against payments to that ring itself, in one run.

Oak pays in this process; elm and fir are `ringtausch serve`, each in a process of its own. Oak and fir have a line to
elm and none to each other: a payment to fir is two lines and one process more for the same two cores.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from ringtausch_node import peer_api
from ringtausch_node.bootstrap import Ring, found_ring, open_ring
from ringtausch_node.errors import LocalError
from ringtausch_node.members.model import OPERATOR
from ringtausch_node.payments.model import PayRequest, payment_text
from ringtausch_node.serving import Server
from tests.bench.figures import Figure, interleaved
from tests.bench.node import node
from tests.bench.rig import MEMBERS, add_members, settings
from tests.bench.rings import WAITING, CountingTransport, Payers, free_port, serve_payer

ROW = ("oak", "elm", "fir")
MANY = 1_500
#: Adverts are told within a minute of the start.
KNOWN_SECONDS = 120


class Ways(NamedTuple):
    """The same payers, to the next ring and to the one behind it."""

    direct: Payers
    through: Payers


@asynccontextmanager
async def _ways(root: Path) -> AsyncIterator[Ways]:
    await _lay_out(root)
    async with AsyncExitStack() as stack:
        for name in ROW[1:]:
            await stack.enter_async_context(node(root / name))
        transport = CountingTransport()
        stack.push_async_callback(transport.close)
        oak = await serve_payer(root, transport, stack)
        await _wait_for_way(oak)
        yield Ways(*(Payers(oak, transport, f"{name}.example") for name in ROW[1:]))


async def _lay_out(root: Path) -> None:
    """Three folders with agreements, each to the next; elm carries. Nothing is told yet."""
    async with AsyncExitStack() as stack:
        rings = [await _listening(root, name, stack) for name in ROW]
        await add_members(rings[1], MEMBERS)
        await add_members(rings[2], MEMBERS)
        for one, other in pairwise(rings):
            await _agree(one, other)


async def _listening(root: Path, name: str, stack: AsyncExitStack) -> Ring:
    """A new ring that answers others and says nothing by itself."""
    config = settings(name, free_port())
    found_ring(root / name, config)
    ring = await open_ring(root / name)
    stack.push_async_callback(ring.close)
    server = Server()
    server.add(*config.listen_at, [], peer_api.build_app(ring))
    await server.start()
    stack.push_async_callback(server.stop)
    return ring


async def _agree(one: Ring, other: Ring) -> None:
    accepted = await other.federation.accept(await one.federation.invite())
    for mine, theirs in ((one, other), (other, one)):
        await mine.federation.confirm(theirs.config.address, accepted.words)
        await mine.federation.carrying.set(theirs.config.address, carries=True)


async def _wait_for_way(oak: Ring) -> None:
    """Until a payment to fir is paid: lines are open and adverts are known."""
    async with asyncio.timeout(KNOWN_SECONDS):
        while not await _is_paid(oak):  # noqa: ASYNC110 - nobody tells when adverts are known
            await asyncio.sleep(1)


async def _is_paid(oak: Ring) -> bool:
    number = payment_text(oak.ids.uuid7())
    with suppress(LocalError):  # no way is known yet
        await oak.payments.pay(PayRequest(number, "m0", "m0@fir.example", 60, "x"), OPERATOR)
        return (await oak.payments.wait(number, 10.0, OPERATOR)).state == "paid"
    return False


async def measure(root: Path) -> list[Figure]:
    """P2b."""
    async with _ways(root) as ways:
        through, direct = await interleaved(lambda: _rate(ways.through), lambda: _rate(ways.direct))
    beside = {"through/s": through, "direct/s": direct, "waiting": WAITING, "payers": MEMBERS, "processes": len(ROW)}
    return [
        Figure(
            "P2b", "payments through one ring between, against payments to it", through / direct, "x", 0.6, True, beside
        )
    ]


async def _rate(payers: Payers) -> float:
    """Payments a second."""
    return MANY / await payers.pay_many(MANY)
