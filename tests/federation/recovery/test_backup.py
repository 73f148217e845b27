# SPDX-License-Identifier: AGPL-3.0-or-later
"""A backup of a running ring, and a ring brought back from it that knows it is one."""

from __future__ import annotations

import resource
import shutil
import stat
import tarfile
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from ringtausch_node.backup import BackupView, make_backup, restore_backup, try_backup
from ringtausch_node.bootstrap import Ring
from ringtausch_node.control.operations import carry_out
from ringtausch_node.members import OPERATOR
from ringtausch_node.store import Tx
from ringtausch_node.store.lock_database import FolderMarks
from ringtausch_node.translog.checkpoint_records import load_newest
from ringtausch_protocol.errors import LocalError
from tests.federation.copies import ready, sound
from tests.federation.towns import Towns, balance, end_of, pay, talk

MARK = b"m" * 16


async def back_up(ring: Ring, out: Path) -> BackupView:
    """As the command does it."""
    return await make_backup(ring.store, ring.folder, ring.identity.ring_id, ring.clock.now(), out)


async def test_a_backup_taken_while_the_ring_pays_heals_it(
    pair: tuple[Ring, Ring], towns: Towns, tmp_path: Path
) -> None:
    oak, elm = pair
    await oak.members.add("arne", "Arne")
    await talk(oak, elm)
    views = [await pay(oak, "alma", "ben@elm.example", 60) for _ in range(5)]
    await pay(oak, "alma", "arne", 600)
    made = await back_up(oak, tmp_path / "oak.tar")
    await pay(oak, "alma", "arne", 7)
    views += [await pay(oak, "alma", "ben@elm.example", 60) for _ in range(5)]
    for view in views:
        assert (await end_of(oak, view.payment_id)).state == "paid"
    await towns.close("oak")
    shutil.rmtree(towns.root / "oak")
    restore_backup(tmp_path / "oak.tar", towns.root / "oak", mark=MARK, at=1)
    oak = await towns.open("oak")
    assert oak.federation.recovery.is_active
    state = await carry_out(oak, "state", b"{}")
    assert (state["state"], state["recovery"]["peers"]) == ("recovering", {"elm.example": "awaited"})
    await oak.federation.start()
    await ready(oak, elm)
    await sound(oak, elm)
    assert (await balance(elm, "ben"), await balance(oak, "alma"), await balance(oak, "arne")) == (600, -1200, 600)
    found = (await carry_out(oak, "recover", b"{}"))["recovery"]
    assert (found["state"], found["copy_at"]) == ("finished", made.made_at)
    assert [each["handle"] for each in found["members"]] == ["alma"]
    assert FolderMarks(towns.root / "oak" / "lock.sqlite").load() is None
    assert (await carry_out(oak, "state", b"{}"))["state"] == "ready"


async def test_all_that_a_backup_holds_can_be_shown_to_an_auditor_once_it_is_put_back(
    pair: tuple[Ring, Ring], tmp_path: Path
) -> None:
    """Put back, the ring closes this log; of its end without a checkpoint every audit said that it was not given."""
    oak, _ = pair
    oak.checkpoints.spacing_seconds = 0.3
    oak.checkpoints.start()
    await oak.checkpoints.make()
    await oak.members.add("arne", "Arne")
    await pay(oak, "alma", "arne", 600)
    made = await oak.backups.make(tmp_path / "oak.tar")
    assert made.log_size == try_backup(tmp_path / "oak.tar", "", tmp_path / "tried", _signed_size)[1]
    assert (await oak.backups.make(tmp_path / "again.tar")).log_size == made.log_size


def _signed_size(tx: Tx) -> int:
    newest = load_newest(tx, 1)
    return 0 if newest is None else newest.size


async def test_a_backup_is_for_its_owner_alone_and_overwrites_nothing(oak: Ring, tmp_path: Path) -> None:
    out = tmp_path / "oak.tar"
    await back_up(oak, out)
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    before = out.read_bytes()
    with pytest.raises(LocalError, match="file_exists"):
        await back_up(oak, out)
    assert out.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if "oak.tar" in path.name] == ["oak.tar"]


async def test_what_the_ring_wrote_for_strangers_comes_back_with_it(oak: Ring, tmp_path: Path) -> None:
    await oak.texts.write("kontakt", "de", "Markt 1", OPERATOR)
    (oak.folder.path / "pages" / "Notizen des Vorstands.txt").write_text("nicht dabei")
    await back_up(oak, tmp_path / "oak.tar")
    restore_backup(tmp_path / "oak.tar", tmp_path / "new", mark=MARK, at=1)
    assert ["kontakt.txt"] == [path.name for path in (tmp_path / "new" / "pages").iterdir()]
    assert "Markt 1\n" == (tmp_path / "new" / "pages" / "kontakt.txt").read_text()


async def test_a_backup_of_broken_books_is_not_made(oak: Ring, tmp_path: Path) -> None:
    await oak.members.add("arne", "Arne")
    await pay(oak, "alma", "arne", 60)

    def break_books(tx: object) -> None:
        for sql in ("DROP TRIGGER balance_follows_entries", "UPDATE account SET balance_seconds = balance_seconds + 1"):
            tx.execute(sql)  # type: ignore[attr-defined]

    await oak.store.write(break_books)
    with pytest.raises(LocalError, match="backup_broken"):
        await back_up(oak, tmp_path / "oak.tar")
    assert not list(tmp_path.glob("*oak.tar*"))


async def test_a_restore_never_touches_a_ring(oak: Ring, towns: Towns, tmp_path: Path) -> None:
    await back_up(oak, tmp_path / "oak.tar")
    for folder in (towns.root / "oak", tmp_path / "oak.tar"):
        with pytest.raises(LocalError, match="folder_not_empty"):
            restore_backup(tmp_path / "oak.tar", folder, mark=MARK, at=1)
    assert await balance(oak, "alma") == 0


def _cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def _flip(data: bytes) -> bytes:
    place = data.index(b"SQLite format 3") + 5_000
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


@pytest.mark.parametrize("damage", [_cut, _flip, lambda _: b"", lambda _: b"no tar" * 1000, lambda data: data[:512]])
async def test_a_damaged_backup_leaves_nothing_behind(
    oak: Ring, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    await back_up(oak, tmp_path / "oak.tar")
    (tmp_path / "bad.tar").write_bytes(damage((tmp_path / "oak.tar").read_bytes()))
    with pytest.raises(LocalError, match=r"backup_broken|not_a_backup"):
        restore_backup(tmp_path / "bad.tar", tmp_path / "new", mark=MARK, at=1)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("full_at_bytes", [0, 400, 8_000])
async def test_a_restore_on_a_full_disk_leaves_nothing_behind(oak: Ring, tmp_path: Path, full_at_bytes: int) -> None:
    await back_up(oak, tmp_path / "oak.tar")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (full_at_bytes, hard))
    try:
        with pytest.raises(LocalError, match="folder_not_made"):
            restore_backup(tmp_path / "oak.tar", tmp_path / "new", mark=MARK, at=1)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not (tmp_path / "new").exists()


async def test_a_file_that_points_outside_is_refused(oak: Ring, tmp_path: Path) -> None:
    await back_up(oak, tmp_path / "oak.tar")
    with tarfile.open(tmp_path / "oak.tar") as tar, tarfile.open(tmp_path / "bad.tar", "w") as bad:
        for entry in tar:
            bad.addfile(entry, tar.extractfile(entry))
        link = tarfile.TarInfo("../outside")
        link.type, link.linkname = tarfile.SYMTYPE, "keys"
        bad.addfile(link)
    with pytest.raises(LocalError, match="backup_broken"):
        restore_backup(tmp_path / "bad.tar", tmp_path / "new", mark=MARK, at=1)


async def test_the_operations_take_and_give_plain_data(oak: Ring, tmp_path: Path) -> None:
    made = await carry_out(oak, "backup", msgspec.json.encode({"out": str(tmp_path / "oak.tar")}))
    assert made["bytes"] == (tmp_path / "oak.tar").stat().st_size
    assert await carry_out(oak, "recover", b"{}") == {"recovery": None}
    with pytest.raises(LocalError, match="unknown_peer"):
        await carry_out(oak, "recover.without", b'{"address":"elm.example"}')
    declared = await carry_out(oak, "recover.old_copy", b"{}")
    assert declared["recovery"]["state"] == "finished"  # there is nobody to ask
