# SPDX-License-Identifier: AGPL-3.0-or-later
"""Old copies and the signed log: no head is signed below one that was; a broken history is followed by another log."""

from __future__ import annotations

import io
import shutil
import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.control.operations import carry_out
from ringtausch_node.errors import LocalError
from ringtausch_node.store import Tx
from ringtausch_node.store.lock_database import LockDatabase, SignedHead
from ringtausch_node.translog import checkpoint_records
from ringtausch_protocol import envelope, frames
from ringtausch_protocol.verifier.program import main
from tests.federation.copies import Copies, pay_both_ways, ready, sound
from tests.federation.towns import Towns, end_of, line_of, pay, talk


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


async def test_a4_a_restored_ring_closes_its_log_instead_of_forking_it(
    pair: tuple[Ring, Ring], towns: Towns, copies: Copies
) -> None:
    """`_next_log`: a log whose lost end cannot be rebuilt is closed; sizes grow within one log (SPEC.md 8)."""
    oak, elm = pair
    await talk(oak, elm)
    oak = await copies.take("oak")
    await ready(oak)
    await oak.members.add("arne", "Arne")
    await pay(oak, "alma", "arne", 60)
    await pay_both_ways(oak, elm, 3)
    oak = await copies.put_back("oak", mark=True)
    await oak.federation.start()
    await ready(oak, elm)
    await pay_both_ways(oak, elm, 3)
    await sound(oak, elm)
    heads = await elm.store.read(partial(_heads, line_of(elm, oak).peer.id))
    assert heads == sorted(set(heads))
    assert {log for log, _ in heads} == {1, 2}


def _heads(peer_id: int, tx: Tx) -> list[tuple[int, int]]:
    """(log, size) of the peer's log as its frames name it, in their order."""
    rows = tx.execute(
        "SELECT l.entry FROM frame f JOIN leaf l ON l.idx = f.leaf WHERE f.peer = ? AND f.direction = 1 ORDER BY f.seq",
        (peer_id,),
    )
    found = []
    for (entry,) in rows:
        signed, _ = frames.frame_of_entry(entry)
        header = msgspec.json.decode(_payload(signed), type=dict[str, Any])
        found.append((header["head"]["log"], header["head"]["size"]))
    return found


def _payload(signed: bytes) -> bytes:
    return envelope.parse_envelope(signed).body()
