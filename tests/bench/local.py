# SPDX-License-Identifier: AGPL-3.0-or-later
"""P1 and P1a: durable local payments through `payments.service`, 200 callers at once and a lone one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from ringtausch_node.bootstrap import Ring
from ringtausch_node.members.model import OPERATOR
from ringtausch_node.payments.model import PayRequest
from tests.bench.bare import Bare, make_tables
from tests.bench.figures import Figure, interleaved, seconds_of
from tests.bench.rig import MEMBERS, one_ring

CALLERS = 200
MANY, FEW = 6_000, 400


async def pay(ring: Ring, number: int) -> None:
    """One local payment from member to member."""
    await ring.payments.pay(PayRequest(None, f"m{number % MEMBERS}", f"m{(number + 7) % MEMBERS}", 60, "x"), OPERATOR)


async def pay_many(ring: Ring, count: int, callers: int) -> None:
    """`count` payments by `callers` who each wait for theirs."""
    numbers = iter(range(count))

    async def caller() -> None:
        for number in numbers:
            await pay(ring, number)

    await asyncio.gather(*(caller() for _ in range(callers)))


@asynccontextmanager
async def _both(root: Path) -> AsyncIterator[tuple[Ring, Bare]]:
    connection = await make_tables(root / "bare.sqlite")
    try:
        async with one_ring(root) as ring:
            yield ring, Bare(connection)
    finally:
        connection.close()


async def measure(root: Path) -> list[Figure]:
    """P1 and P1a."""
    async with _both(root) as (ring, bare):

        async def ours(count: int, callers: int) -> float:
            return count / await seconds_of(lambda: pay_many(ring, count, callers))

        async def theirs(count: int, group: int) -> float:
            return count / bare.write(count, group)

        many = await interleaved(lambda: ours(MANY, CALLERS), lambda: theirs(MANY, CALLERS))
        lone = await interleaved(lambda: ours(FEW, 1), lambda: theirs(FEW, 1))
    return [
        _figure("P1", "local payments, 200 callers, against bare sqlite3 in groups of 200", many),
        _figure("P1a", "a lone caller, against bare sqlite3 with a commit each", lone),
    ]


def _figure(name: str, what: str, rates: tuple[float, float]) -> Figure:
    return Figure(name, what, rates[0] / rates[1], "x", 0.4, True, {"ours/s": rates[0], "bare/s": rates[1]})
