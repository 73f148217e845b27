# SPDX-License-Identifier: AGPL-3.0-or-later
"""A ring's folder is copied and the copy started beside it: two real logs, one key, and a peer that finds out."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ringtausch_node.bootstrap import Ring, open_ring
from ringtausch_node.members.model import OPERATOR
from ringtausch_node.payments.model import PayRequest
from ringtausch_node.witnessing import records
from ringtausch_node.witnessing.model import WATCH_SECONDS
from ringtausch_protocol import forks, limits
from tests.federation.towns import Towns

FOUND_WITHIN_SECONDS = 600
#: What the play itself may take of the machine's time, which the clock of these towns counts too.
PLAYED_SECONDS = 200


async def live(ring: Ring, payments: int) -> None:
    """Members pay each other, and the head is signed."""
    for _ in range(payments):
        await ring.payments.pay(PayRequest(None, "ben", "otto", 60, ""), OPERATOR)
    await ring.checkpoints.make()


@pytest.mark.parametrize("payments", [(3, 3), (9, 2), (2, 9)])
async def test_a_copied_ring_is_caught_within_ten_minutes(
    pair: tuple[Ring, Ring], towns: Towns, tmp_path: Path, payments: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ringtausch_node.translog.checkpoints.SPACING_SECONDS", 0.0)
    oak, elm = pair
    await elm.members.add("otto", "Otto")
    await towns.close("elm")
    shutil.copytree(tmp_path / "elm", tmp_path / "copy")
    elm = await towns.open("elm")
    copy = await open_ring(tmp_path / "copy", clock=towns.clock, transport=towns.network.wire("copy"))
    try:
        await live(elm, payments[0])
        await live(copy, payments[1])
        await _watch_until_found(oak, towns, [elm, copy])
    finally:
        towns.network.rings["elm"] = elm
        await copy.close()

    (row,) = await oak.store.read(records.load_forks)
    assert (elm.identity.ring_id, True) == (
        forks.verify_fork(row.proof).proof.ring_id,
        len(row.proof) <= limits.FORK_PROOF_BYTES,
    )


async def _watch_until_found(oak: Ring, towns: Towns, seen: list[Ring]) -> None:
    """Oak looks every five minutes; now the one, now the other answers at the ring's address, and both live on."""
    began = towns.clock.now()
    while not await oak.store.read(records.load_forks):
        towns.network.rings["elm"] = seen[0]
        await oak.witnessing.watch.look()
        assert towns.clock.now() - began <= FOUND_WITHIN_SECONDS + PLAYED_SECONDS
        for ring in seen:
            await live(ring, 2)
        towns.clock.ahead_seconds += int(WATCH_SECONDS)
        seen.reverse()
