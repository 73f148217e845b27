# SPDX-License-Identifier: AGPL-3.0-or-later
"""Thirty rings in one process are audited while they trade: nobody is accused of what is merely on its way."""

from __future__ import annotations

import asyncio
import hashlib
from functools import cache
from itertools import count
from unittest import mock

from ringtausch_node.bootstrap import Ring
from ringtausch_protocol.audit.auditing.result import Result
from ringtausch_protocol.audit.findings.codes import Level
from tests.audit.exports import audited, export
from tests.federation.towns import Towns, end_of, pay, peer, talk

RINGS = 30


async def test_thirty_rings_that_trade_meanwhile_audit_clean(towns: Towns) -> None:
    rings = [await towns.found(f"r{number}") for number in range(RINGS)]
    for ring in rings:
        await ring.members.add("m", "M")
    with mock.patch("hashlib.scrypt", cache(hashlib.scrypt)):  # both sides work out the same words, slow on purpose
        for ring, following in _pairs(rings):
            await peer(ring, following)
    await talk(*rings)
    trade = [asyncio.create_task(_trade(ring, following)) for ring, following in _pairs(rings)]
    result = await _audit(towns, rings)
    for task in trade:
        task.cancel()
    await asyncio.gather(*trade, return_exceptions=True)

    assert ([], RINGS, ()) == (_accused(result), len(result.lines), result.missing)
    assert result.frames > RINGS


def _pairs(rings: list[Ring]) -> list[tuple[Ring, Ring]]:
    """In a circle."""
    return list(zip(rings, [*rings[1:], rings[0]], strict=True))


async def _trade(ring: Ring, following: Ring) -> None:
    """One payment after the other."""
    for number in count(1):
        view = await pay(ring, "m", f"m@{following.config.address}", number)
        await end_of(ring, view.payment_id)


async def _audit(towns: Towns, rings: list[Ring]) -> Result:
    """Each log as it is when its turn comes."""
    return audited(*[log for ring in rings for log in await export(ring, towns.root / ring.config.name)])


def _accused(result: Result) -> list[str]:
    return [each.code for each in result.findings if each.level == Level.FINDING]
