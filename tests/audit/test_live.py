# SPDX-License-Identifier: AGPL-3.0-or-later
"""Thirty rings in one process are audited while they trade: nobody is accused of what is merely on its way."""

from __future__ import annotations

import asyncio
import hashlib
from functools import cache
from itertools import cycle
from pathlib import Path
from typing import Any
from unittest import mock

import msgspec

from ringtausch_node.bootstrap import Ring
from ringtausch_protocol.audit.program.command import main
from tests.audit.nodes import asked, served
from tests.audit.test_sources import codes
from tests.federation.towns import Towns, end_of, pay, peer, talk, until

RINGS = 30
#: So many payments are under way at a time; all rings at once would leave the machine no time for the audit.
TRADERS = 2
#: What an audit of rings that go on may say: one log was read a moment before the other.
UNDER_WAY = {"log_behind"}


async def test_thirty_rings_that_trade_meanwhile_audit_clean(towns: Towns, tmp_path: Path) -> None:
    rings = [await towns.found(f"r{number}") for number in range(RINGS)]
    for ring in rings:
        await ring.members.add("m", "M")
    with mock.patch("hashlib.scrypt", cache(hashlib.scrypt)):  # both sides work out the same words, slow on purpose
        for ring, following in _pairs(rings):
            await peer(ring, following)
    await talk(*rings)
    paid: list[str] = []
    trade = [asyncio.create_task(_trade(_pairs(rings)[first::TRADERS], paid)) for first in range(TRADERS)]
    result, paid_meanwhile = await _audited(tmp_path, rings, paid)
    for task in trade:
        task.cancel()
    ends = await asyncio.gather(*trade, return_exceptions=True)

    assert set() == set(codes(result)) - UNDER_WAY
    assert ([], RINGS, RINGS) == (result["missing"], len(result["lines"]), len(result["rings"]))
    assert all(ring["complete"] and ring["frames"] for ring in result["rings"])
    assert paid_meanwhile
    assert {asyncio.CancelledError} == {type(end) for end in ends}, "all of them traded on to the end"


def _pairs(rings: list[Ring]) -> list[tuple[Ring, Ring]]:
    """In a circle."""
    return list(zip(rings, [*rings[1:], rings[0]], strict=True))


async def _trade(pairs: list[tuple[Ring, Ring]], paid: list[str]) -> None:
    """One payment after the other, from pair to pair, each noted once it is paid."""
    for ring, following in cycle(pairs):
        view = await pay(ring, "m", f"m@{following.config.address}", 1)
        assert "paid" == (await end_of(ring, view.payment_id)).state
        paid.append(view.payment_id)


async def _audited(tmp_path: Path, rings: list[Ring], paid: list[str]) -> tuple[dict[str, Any], int]:
    """What the program says of the rings at their addresses, and how many payments were paid while it read."""

    async def all_have_paid() -> bool:
        return len(paid) >= RINGS

    await until(all_have_paid)
    async with served(*rings) as urls:
        given = [(await ring.publication.readers.give(1)).token for ring in rings]
        lines = (f"{url} {token}\n" for url, token in zip(urls, given, strict=True))
        (tmp_path / "tokens").write_text("".join(lines))
        before = len(paid)
        words = [*urls, "--tokens", tmp_path / "tokens", "--json", tmp_path / "r.json", "--jobs", "1", "--quiet"]
        assert await asked(main, words) in (0, 1)
        meanwhile = len(paid) - before
    return msgspec.json.decode((tmp_path / "r.json").read_bytes()), meanwhile
