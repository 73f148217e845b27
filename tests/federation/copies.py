# SPDX-License-Identifier: AGPL-3.0-or-later
"""Folders of rings as they once were, and what must be true after one of them was put back."""

from __future__ import annotations

import shutil
from functools import partial

from ringtausch_node.bootstrap import Ring
from ringtausch_node.federation.recovery.report import RecoveryReport
from ringtausch_node.store.lock_database import FolderMarks, Mark
from tests.federation.towns import Towns, end_of, faults, pay, row_of, until, view_of

COPY_AT = 1_700_000_000


class Copies:
    """Folders of rings as they once were."""

    def __init__(self, towns: Towns) -> None:
        self._towns, self._count = towns, 0

    async def take(self, name: str) -> Ring:
        """Copy a ring's folder as it lies there, with the ring off for a moment. -> the ring, started again."""
        await self._towns.close(name)
        shutil.copytree(self._towns.root / name, self._towns.root / f"{name}.copy")
        ring = await self._towns.open(name)
        await ring.federation.start()
        return ring

    async def put_back(self, name: str, *, mark: bool) -> Ring:
        """The disk is lost: the ring begins again from the copy."""
        if name in self._towns.network.rings:
            await self._towns.close(name)
        shutil.rmtree(self._towns.root / name)
        (self._towns.root / f"{name}.copy").rename(self._towns.root / name)
        if mark:
            self._count += 1
            marks = FolderMarks(self._towns.root / name / "lock.sqlite")
            marks.set(Mark(bytes([self._count]) * 16, "restored", COPY_AT, COPY_AT))
        return await self._towns.open(name)


async def pay_both_ways(oak: Ring, elm: Ring, count: int) -> None:
    """`count` payments, two of three from oak; all decided."""
    for number in range(count):
        if number % 3:
            view = await pay(oak, "alma", "ben@elm.example", 60 + number)
            assert (await end_of(oak, view.payment_id)).state == "paid"
        else:
            view = await pay(elm, "ben", "alma@oak.example", 90 + number)
            assert (await end_of(elm, view.payment_id)).state == "paid"


async def ready(*rings: Ring) -> None:
    """Wait until rings pay again and their lines are open."""
    for ring in rings:
        await until(partial(_is_ready, ring))


async def _is_ready(ring: Ring) -> bool:
    views = await ring.federation.peers()
    return not ring.federation.recovery.is_active and all(view.state == "open" for view in views)


async def sound(oak: Ring, elm: Ring) -> None:
    """Both books and logs replay, both sides say the same of the line, and nothing is held for nobody."""
    await until(partial(_mirrored, oak, elm))
    assert await faults(oak, elm) == []
    for ring, other in ((oak, elm), (elm, oak)):
        held = await ring.store.read(
            lambda tx: tx.one("SELECT count(*), coalesce(sum(amount_seconds), 0) FROM hold WHERE state = 'open'")
        )
        row = await row_of(ring, other)
        assert held == (row.held_out_count, row.held_out_seconds) == (0, 0)


async def _mirrored(oak: Ring, elm: Ring) -> bool:
    here, there = await row_of(oak, elm), await row_of(elm, oak)
    is_quiet = (here.own_seq, here.peer_seq) == (there.peer_seq, there.own_seq)
    return is_quiet and (await view_of(oak, elm)).clearing_seconds == -(await view_of(elm, oak)).clearing_seconds


async def report_of(ring: Ring) -> RecoveryReport:
    """What the operator is shown."""
    report = await ring.store.read(ring.federation.recovery.report)
    assert report is not None
    return report


async def is_lost(ring: Ring) -> bool:
    views = await ring.federation.peers()
    return [(view.state, view.reason) for view in views] == [("quarantined", "lost")]
