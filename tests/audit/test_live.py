# SPDX-License-Identifier: AGPL-3.0-or-later
"""Thirty rings in one process are audited while they trade: nobody is accused of what is merely on its way."""

from __future__ import annotations

import asyncio
import hashlib
from functools import cache
from itertools import pairwise
from unittest import mock

from ringtausch_node.bootstrap import Ring
from ringtausch_protocol.audit.auditing.result import Result
from ringtausch_protocol.audit.findings.codes import Level
from tests.audit.exports import Export, audited, export
from tests.federation.towns import Towns, end_of, pay, peer, talk, until

RINGS = 30


async def test_thirty_rings_that_trade_meanwhile_audit_clean(towns: Towns) -> None:
    rings = [await towns.found(f"r{number}") for number in range(RINGS)]
    for ring in rings:
        await ring.members.add("m", "M")
    with mock.patch("hashlib.scrypt", cache(hashlib.scrypt)):  # both sides work out the same words, slow on purpose
        for ring, following in _pairs(rings):
            await peer(ring, following)
    await talk(*rings)
    paid: list[str] = []
    trade = [asyncio.create_task(_trade(ring, following, paid)) for ring, following in _pairs(rings)]
    logs, paid_between = await _exported(towns, rings, paid)
    for task in trade:
        task.cancel()
    ends = await asyncio.gather(*trade, return_exceptions=True)

    result = audited(*logs)
    assert ([], RINGS, ()) == (_accused(result), len(result.lines), result.missing)
    assert [] == [ended for ended in paid_between if ended < 1]
    assert {asyncio.CancelledError} == {type(end) for end in ends}, "all of them traded on to the end"
    assert result.frames > RINGS


def _pairs(rings: list[Ring]) -> list[tuple[Ring, Ring]]:
    """In a circle."""
    return list(zip(rings, [*rings[1:], rings[0]], strict=True))


async def _trade(ring: Ring, following: Ring, paid: list[str]) -> None:
    """One payment after the other, each noted once it is paid."""
    while True:
        view = await pay(ring, "m", f"m@{following.config.address}", 1)
        assert "paid" == (await end_of(ring, view.payment_id)).state
        paid.append(view.payment_id)


async def _exported(towns: Towns, rings: list[Ring], paid: list[str]) -> tuple[list[Export], list[int]]:
    """Each log as it is when its turn comes, which is when hours have changed hands since the one before.

    -> (the logs, how many payments were paid before each of them and behind the one before).
    """
    logs: list[Export] = []
    counts = [0]
    for ring in rings:

        async def has_moved() -> bool:
            return len(paid) > counts[-1]

        await until(has_moved)
        counts.append(len(paid))
        logs += await export(ring, towns.root / ring.config.name)
    return logs, [after - before for before, after in pairwise(counts)]


def _accused(result: Result) -> list[str]:
    return [each.code for each in result.findings if each.level == Level.FINDING]
