# SPDX-License-Identifier: AGPL-3.0-or-later
"""Old copies and the signed log: no head is signed below one that was; a broken history is followed by another log."""

from __future__ import annotations

import io
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.control.operations import carry_out
from ringtausch_node.errors import LocalError
from ringtausch_node.store.lock_database import LockDatabase, SignedHead
from ringtausch_node.translog import checkpoint_records
from ringtausch_protocol.verifier.program import main
from tests.federation.copies import ready
from tests.federation.towns import Towns, end_of, pay, talk


def locked(ring: Ring) -> SignedHead:
    with closing(LockDatabase(ring.folder.lock_database)) as lock:
        found = lock.checkpoint()
    assert found is not None
    return found


async def signed(ring: Ring) -> list[tuple[int, int]]:
    """Log and size of all published checkpoints."""
    return [(row.log, row.size) for row in await ring.store.read(checkpoint_records.load_all)]


def keep(ring: Ring, copy: Path) -> None:
    """Copy the database of a closed ring."""
    shutil.copy(ring.folder.database, copy)


async def put_back(towns: Towns, copy: Path) -> Ring:
    """The node was killed, and somebody lays an old `ring.sqlite` beside the lock: only the checkpoint tells."""
    folder = towns.network.rings["oak"].folder
    await towns.close("oak")
    shutil.copy(copy, folder.database)
    with closing(sqlite3.connect(folder.lock_database)) as lock:
        lock.execute("DELETE FROM head")
        lock.commit()
    return await towns.open("oak")


async def test_an_old_copy_signs_no_head_of_the_log_that_it_cannot_rebuild(
    pair: tuple[Ring, Ring], towns: Towns, tmp_path: Path
) -> None:
    oak, elm = pair
    await talk(oak, elm)
    await end_of(oak, (await pay(oak, "alma", "ben@elm.example", 60)).payment_id)
    await oak.checkpoints.make()
    await towns.close("oak")
    keep(oak, tmp_path / "copy")
    oak = await towns.open("oak")
    await talk(oak, elm)
    await end_of(oak, (await pay(oak, "alma", "ben@elm.example", 60)).payment_id)
    await oak.checkpoints.make()
    newest = locked(oak)

    oak = await put_back(towns, tmp_path / "copy")
    assert oak.federation.recovery.is_active
    with pytest.raises(LocalError, match="recovering"):
        await oak.checkpoints.make()
    told = await carry_out(oak, "log.checkpoint", b'{"log":1}')
    assert told["size"] < newest.size
    with pytest.raises(LocalError, match="no_checkpoint"):
        await carry_out(oak, "log.checkpoint", b"{}")
    await oak.federation.start()
    await ready(oak, elm)
    row = await oak.checkpoints.make()
    assert row is not None
    assert 2 == row.log == locked(oak).log
    await both_logs_are_sound(oak, tmp_path / "out")


async def both_logs_are_sound(oak: Ring, out: Path) -> None:
    """The closed log and the one behind it are verified here, and by whoever has the export."""
    assert {1, 2} == {log for log, _ in await signed(oak)}
    assert [] == (await carry_out(oak, "verify", b"{}"))["findings"]
    done = await carry_out(oak, "log.export", b'{"out":"%s"}' % str(out).encode())
    assert [1, 2] == [each["log"] for each in done["logs"]]
    assert 0 == main([str(out), "--json"], io.StringIO())


async def test_a_ring_put_back_twice_begins_a_log_that_it_never_signed(oak: Ring, towns: Towns, tmp_path: Path) -> None:
    """The lock remembers log 2: a copy from log 1 must not begin log 2 again."""
    await towns.close("oak")
    keep(oak, tmp_path / "copy")
    ring = await towns.open("oak")
    await ring.members.add("arne", "Arne")
    await pay(ring, "alma", "arne", 60)
    await ring.checkpoints.make()
    for expected in (2, 3):
        ring = await put_back(towns, tmp_path / "copy")
        row = await ring.checkpoints.make()
        assert row is not None
        assert expected == row.log
