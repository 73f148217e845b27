# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every kind of old copy: how old, whose, from where, and whether the other ring is there when it wakes up.

Each is recognised before it signs anything, healed without a lost or doubled booking between the rings, and says
exactly what of its own is missing.
"""

from __future__ import annotations

import asyncio
import shutil
from functools import partial
from itertools import product
from typing import Any, NamedTuple

import pytest

from ringtausch_node.backup import make_backup, restore_backup
from ringtausch_node.bootstrap import Ring
from ringtausch_node.control.operation import Arguments
from ringtausch_node.control.recovering import recovery
from ringtausch_node.store import Tx
from ringtausch_protocol.errors import LocalError
from tests.federation.copies import is_lost, ready, sound
from tests.federation.towns import Towns, balance, end_of, pay, row_of, talk, until

#: So far apart that no two things of a test happen in one second.
PAUSE_SECONDS = 1_000
#: As many payments of one member may be under way.
AT_ONCE = 5
FROM_BACKUP, RAW = "from a backup", "a raw copy"
UP, DOWN = "peer up", "peer down until later"


class Case(NamedTuple):
    """`age`: how many orders the copy lacks."""

    lost: tuple[str, ...]
    age: int
    source: str
    peer: str


#: Who pays whom inside each ring.
INSIDE = {"oak": ("alma", "arne"), "elm": ("ben", "bea")}
LOST = (("oak",), ("elm",), ("oak", "elm"))
CASES = [Case(*case) for case in product(LOST, (1, 10, 100), (FROM_BACKUP, RAW), (UP, DOWN))]


def _name_of(case: Case) -> str:
    place = "both" if len(case.lost) == 2 else {"oak": "payer", "elm": "payee"}[case.lost[0]]
    return f"{place}, {case.age} orders old, {case.source}, {case.peer}"


async def _order(oak: Ring, count: int) -> int:
    """`count` payments of Alma to Ben, each of its own amount. -> their sum."""
    total = 0
    for first in range(0, count, AT_ONCE):
        amounts = [60 + number for number in range(first, min(first + AT_ONCE, count))]
        views = [await pay(oak, "alma", "ben@elm.example", seconds) for seconds in amounts]
        ends = await asyncio.gather(*(end_of(oak, view.payment_id) for view in views))
        assert {view.state for view in ends} == {"paid"}
        total += sum(amounts)
    return total


class Disks:
    """Takes copies of rings in one way, loses the disks, and brings the copies back."""

    def __init__(self, towns: Towns, source: str) -> None:
        self._towns, self._source = towns, source
        self.copied_at: dict[str, int] = {}

    async def copy(self, name: str) -> None:
        """What an operator does every evening, or a snapshot of the machine."""
        ring, out = self._towns.network.rings[name], self._towns.root / f"{name}.tar"
        self.copied_at[name] = self._towns.clock.now()
        if self._source == FROM_BACKUP:
            await make_backup(ring.store, ring.folder, ring.identity.ring_id, self._towns.clock.now(), out)
            return
        await self._towns.close(name)
        shutil.copytree(self._towns.root / name, self._towns.root / f"{name}.copy")
        await (await self._towns.open(name)).federation.start()

    def bring_back(self, name: str) -> None:
        """The disk is lost; the folder is what the copy holds."""
        folder = self._towns.root / name
        shutil.rmtree(folder)
        if self._source == RAW:
            (self._towns.root / f"{name}.copy").rename(folder)
            return
        restore_backup(
            self._towns.root / f"{name}.tar", folder, mark=name.encode().ljust(16), at=self._towns.clock.now()
        )


async def _local(ring: Ring, payer: str, payee: str, towns: Towns) -> int:
    """A booking inside a ring. -> when."""
    towns.clock.ahead_seconds += PAUSE_SECONDS
    await pay(ring, payer, payee, 30)
    at: int = await ring.store.read(lambda tx: tx.one("SELECT max(at) FROM transfer")[0])
    towns.clock.ahead_seconds += PAUSE_SECONDS
    return at


async def _wake(towns: Towns, disks: Disks, case: Case) -> dict[str, Ring]:
    """The lost rings wake up from their copies; the other one is there, or comes when they have waited for it."""
    await towns.close_all()
    for name in case.lost:
        disks.bring_back(name)
    first, second = (case.lost[0], "elm" if case.lost[0] == "oak" else "oak")
    if case.peer == UP:
        await (await towns.open(second)).federation.start()
    woken = await towns.open(first)
    await woken.federation.start()
    if case.source == FROM_BACKUP and case.peer == DOWN:
        with pytest.raises(LocalError, match="recovering"):
            await pay(woken, *INSIDE[first], 30)
    if case.peer == DOWN:
        towns.network.posts.clear()
        await until(partial(_waits, woken))
        assert [post.path for post in towns.network.posts] == []
        await (await towns.open(second)).federation.start()
        woken.federation.lines.all()[0].was_met()
    return towns.network.rings


async def _healed(*rings: Ring) -> None:
    """As `ready`, without waiting for the pause of up to a minute after which a ring asks again."""
    for ring in rings:
        await until(partial(_is_healed, ring))


async def _is_healed(ring: Ring) -> bool:
    for line in ring.federation.lines.all():
        if line.is_away:
            line.was_met()
    views = await ring.federation.peers()
    return not ring.federation.recovery.is_active and all(view.state == "open" for view in views)


async def _waits(ring: Ring) -> bool:
    """The peer was not reached, and nothing was signed for it."""
    line = ring.federation.lines.all()[0]
    return line.is_away and not line.in_step


async def _shown(ring: Ring) -> dict[str, Any]:
    """What `recover FOLDER` shows."""
    result = await recovery(ring, Arguments())
    assert isinstance(result, dict)
    found: dict[str, Any] = result["recovery"]
    return found


def _first_seq(boot: str, tx: Tx) -> int | None:
    found: int | None = tx.one("SELECT min(seq) FROM frame WHERE direction = 0 AND boot = ?", (boot,))[0]
    return found


class Past(NamedTuple):
    """What was before the disks were lost: sums of orders before the copies and lost by them, places, and times."""

    before: int
    came_back: int
    newer: int
    own_seq: int
    since: int


async def _live(towns: Towns, disks: Disks, case: Case) -> Past:
    """The first copy lacks all orders of the case; where both are lost, the other one lacks the newer half."""
    local_at = {}
    before = await _order(towns.network.rings["oak"], 3)
    for name in case.lost:
        local_at[name] = await _local(towns.network.rings[name], *INSIDE[name], towns)
    await disks.copy(case.lost[0])
    await ready(*towns.network.rings.values())
    newer = case.age // 2 if len(case.lost) == 2 else 0
    came_back = await _order(towns.network.rings["oak"], case.age - newer)
    if len(case.lost) == 2:
        await sound(*_both(towns))
        await disks.copy("elm")
        await ready(*towns.network.rings.values())
        await _order(towns.network.rings["oak"], newer)
    await sound(*_both(towns))
    for name in case.lost:
        await _local(towns.network.rings[name], *INSIDE[name], towns)
    lost = towns.network.rings[case.lost[0]]
    own_seq = (await row_of(lost, _other(towns, lost))).own_seq
    since = disks.copied_at[case.lost[0]] if case.source == FROM_BACKUP else local_at[case.lost[0]]
    return Past(before, came_back, newer, own_seq, since)


@pytest.mark.parametrize("case", CASES, ids=_name_of)
async def test_an_old_copy_is_recognised_and_healed(pair: tuple[Ring, Ring], towns: Towns, case: Case) -> None:
    oak, elm = pair
    await oak.members.add("arne", "Arne")
    await elm.members.add("bea", "Bea")
    await talk(oak, elm)
    disks = Disks(towns, case.source)
    past = await _live(towns, disks, case)
    rings = await _wake(towns, disks, case)
    woken = rings[case.lost[0]]
    if case.source == RAW:
        await until(partial(is_lost, woken))  # nobody told it, and still it signs nothing
        assert await woken.store.read(partial(_first_seq, woken.identity.boot)) is None
        await woken.federation.recovery.declare_old_copy()
    await _healed(*rings.values())
    await sound(*_both(towns))
    await _check_books(towns, case, past)
    await _check_report(woken, case, past)
    await _order(rings["oak"], 1)
    await sound(*_both(towns))
    first = await woken.store.read(partial(_first_seq, woken.identity.boot))
    if len(case.lost) == 1:
        assert first is not None
        assert first > past.own_seq


async def _check_books(towns: Towns, case: Case, past: Past) -> None:
    """Every booking between the rings is there once; inside, what was booked after the copy is missing."""
    oak, elm = _both(towns)
    total = past.before + past.came_back
    inside = {name: 30 if name in case.lost else 0 for name in ("oak", "elm")}
    found = [await balance(ring, handle) for ring, name in ((oak, "oak"), (elm, "elm")) for handle in INSIDE[name]]
    assert found == [-total - inside["oak"], inside["oak"], total - inside["elm"], inside["elm"]]


async def _check_report(woken: Ring, case: Case, past: Past) -> None:
    """The operator is told what came back for whom, to the second, and since when bookings inside are missing."""
    shown = await _shown(woken)
    handle, side = ("alma", "paid_seconds") if case.lost[0] == "oak" else ("ben", "received_seconds")
    assert [(each["handle"], each["count"], each[side]) for each in shown["members"]] == [
        (handle, case.age - past.newer, past.came_back)
    ]
    assert (shown["recovered_seconds"], shown["unknown"]["count"], shown["dropped"]) == (0, 0, 0)
    assert shown["copy_at"] == past.since


def _both(towns: Towns) -> tuple[Ring, Ring]:
    return towns.network.rings["oak"], towns.network.rings["elm"]


def _other(towns: Towns, ring: Ring) -> Ring:
    return next(each for each in _both(towns) if each is not ring)
