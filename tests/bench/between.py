# SPDX-License-Identifier: AGPL-3.0-or-later
"""P2b: payments through one ring between, against payments to that ring itself, in one run.

Oak pays in this process; elm and fir are `ringtausch serve`, each in a process of its own. Oak and fir have a line to
elm and none to each other: a payment to fir is two lines and one process more for the same two cores.

Three figures of the same rounds. P2b is what is asked for: as P2 it is by the clock, how many payments a second two
shared cores bring about. Two more say where it comes from, and nothing is asked of them: P2b-sum is by the processor's
time of all rings together, what a payment costs the world; P2b-max by that of the busiest ring alone, how many payments
a second go through where each ring has a processor of its own, as rings have.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
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
from tests.bench.figures import Figure, median
from tests.bench.node import cpu_seconds, node
from tests.bench.rig import MEMBERS, add_members, settings
from tests.bench.rings import WAITING, CountingTransport, Payers, serve_payer
from tests.ports import free_port

ROW = ("oak", "elm", "fir")
MANY = 1_500
ROUNDS = 5
STEP = 0.6
#: Adverts are told within a minute of the start.
KNOWN_SECONDS = 120


class Ways(NamedTuple):
    """The same payers, to the next ring and to the one behind it; `pids` in the order of ROW."""

    direct: Payers
    through: Payers
    pids: list[int]


@asynccontextmanager
async def _ways(root: Path) -> AsyncIterator[Ways]:
    await _lay_out(root)
    async with AsyncExitStack() as stack:
        nodes = [await stack.enter_async_context(node(root / name)) for name in ROW[1:]]
        transport = CountingTransport()
        stack.push_async_callback(transport.close)
        oak = await serve_payer(root, transport, stack)
        await _wait_for_way(oak)
        direct, through = (Payers(oak, transport, f"{name}.example") for name in ROW[1:])
        yield Ways(direct, through, [os.getpid(), *(each.process.pid for each in nodes)])


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


class Round(NamedTuple):
    """Payments a second, and µs of the processor a payment at each ring in the order of ROW."""

    rate: float
    used: list[float]


async def measure(root: Path) -> list[Figure]:
    """P2b, P2b-sum, P2b-max."""
    async with _ways(root) as ways:
        await _round(ways, ways.through)
        await _round(ways, ways.direct)
        taken = [(await _round(ways, ways.through), await _round(ways, ways.direct)) for _ in range(ROUNDS)]
    through, direct = (_middle(rounds) for rounds in zip(*taken, strict=True))
    return [_by_the_clock(through, direct), *_by_the_processor(through.used, direct.used)]


async def _round(ways: Ways, payers: Payers) -> Round:
    before = [cpu_seconds(pid) for pid in ways.pids]
    seconds = await payers.pay_many(MANY)
    used = [1e6 * (cpu_seconds(pid) - begin) / MANY for pid, begin in zip(ways.pids, before, strict=True)]
    return Round(MANY / seconds, used)


def _middle(rounds: Sequence[Round]) -> Round:
    """The median of each."""
    used = zip(*(each.used for each in rounds), strict=True)
    return Round(median([each.rate for each in rounds]), [median(ring) for ring in used])


def _by_the_clock(through: Round, direct: Round) -> Figure:
    beside = {
        "through/s": through.rate, "direct/s": direct.rate, "waiting": WAITING, "payers": MEMBERS,
        "processes": len(ROW),
    }  # fmt: skip
    what = "payments through one ring between, against payments to it, by the clock on these cores"
    return Figure("P2b", what, through.rate / direct.rate, "x", STEP, True, beside)


def _by_the_processor(through: list[float], direct: list[float]) -> list[Figure]:
    beside: dict[str, float] = {
        "through: payer's µs": through[0], "between's µs": through[1], "payee's µs": through[2],
        "direct: payer's µs": direct[0], "payee's µs ": direct[1],
    }  # fmt: skip
    whole = "the same by the processor's time of all rings together"
    alone = "the same by the processor's time of the busiest ring, as where each ring has a processor of its own"
    return [
        Figure("P2b-sum", whole, sum(direct) / sum(through), "x", None, True, beside),
        Figure("P2b-max", alone, max(direct) / max(through), "x", None, True, beside),
    ]
