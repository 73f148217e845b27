# SPDX-License-Identifier: AGPL-3.0-or-later
"""A folder that does not hold any more what it held: its database is gone, or somebody put an old one in its place."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.store.lock_database import FolderMarks, LockDatabase
from ringtausch_node.translog import service as translog
from ringtausch_protocol.errors import LocalError
from tests.federation.copies import pay_both_ways, ready, report_of, sound
from tests.federation.towns import Towns, balance, pay, talk


def database(towns: Towns) -> Path:
    return towns.root / "oak" / "ring.sqlite"


async def test_a_ring_whose_database_is_gone_does_not_begin_anew(oak: Ring, towns: Towns) -> None:
    await towns.close("oak")
    database(towns).unlink()
    with pytest.raises(LocalError) as caught:
        await towns.open("oak")
    assert ("folder_unusable", "ring.sqlite") == (caught.value.code, caught.value.detail)
    assert not database(towns).exists()


async def test_a_first_opening_that_was_cut_off_begins_again(towns: Towns) -> None:
    oak = await towns.found("oak")
    lock = oak.folder.lock_database
    await towns.close("oak")
    database(towns).unlink()
    lock.unlink()
    LockDatabase(lock).close()
    oak = await towns.open("oak")
    assert (await oak.store.read(translog.head)).size == 1
    assert not oak.federation.recovery.is_active


async def test_a_database_behind_the_lock_is_an_old_copy_and_heals(pair: tuple[Ring, Ring], towns: Towns) -> None:
    oak, elm = pair
    await talk(oak, elm)
    await towns.close("oak")
    shutil.copy(database(towns), towns.root / "old.sqlite")
    oak = await towns.open("oak")
    await oak.federation.start()
    await ready(oak, elm)
    await pay_both_ways(oak, elm, 9)
    before = await balance(oak, "alma")
    await towns.close("oak")
    shutil.copy(towns.root / "old.sqlite", database(towns))
    oak = await towns.open("oak")
    assert oak.federation.recovery.is_active
    await oak.federation.start()
    await ready(oak, elm)
    await sound(oak, elm)
    assert before == await balance(oak, "alma")
    assert "old_copy" == (await report_of(oak)).code
    await _is_well_from_now_on(towns, elm)


async def _is_well_from_now_on(towns: Towns, elm: Ring) -> None:
    await towns.close("oak")
    oak = await towns.open("oak")
    assert not oak.federation.recovery.is_active
    assert FolderMarks(oak.folder.lock_database).load() is None


async def test_a_database_of_the_same_length_and_another_end_is_an_old_copy(oak: Ring, towns: Towns) -> None:
    await oak.members.add("arne", "Arne")
    await towns.close("oak")
    shutil.copytree(towns.root / "oak", towns.root / "twin")
    await _pay_once(towns)
    lock = towns.root / "oak" / "lock.sqlite"
    shutil.move(lock, towns.root / "lock.of.the.other")
    shutil.rmtree(towns.root / "oak")
    shutil.move(towns.root / "twin", towns.root / "oak")
    await _pay_once(towns)
    shutil.move(towns.root / "lock.of.the.other", lock)
    oak = await towns.open("oak")
    assert "old_copy" == (await report_of(oak)).code


async def _pay_once(towns: Towns) -> None:
    oak = await towns.open("oak")
    await pay(oak, "alma", "arne", 60)
    await towns.close("oak")


async def test_a_ring_whose_lock_database_is_gone_is_taken_for_an_old_copy(
    pair: tuple[Ring, Ring], towns: Towns
) -> None:
    oak, elm = pair
    await talk(oak, elm)
    await pay_both_ways(oak, elm, 3)
    before = await balance(oak, "alma")
    await towns.close("oak")
    (towns.root / "oak" / "lock.sqlite").unlink()
    oak = await towns.open("oak")
    assert oak.federation.recovery.is_active
    await oak.federation.start()
    await ready(oak, elm)
    await sound(oak, elm)
    assert before == await balance(oak, "alma")


async def test_a_crash_leaves_a_database_ahead_of_its_lock_and_that_is_well(oak: Ring, towns: Towns) -> None:
    folder = oak.folder.lock_database
    shutil.copy(folder, towns.root / "lock.before")
    await oak.members.add("arne", "Arne")
    await pay(oak, "alma", "arne", 60)
    await towns.close("oak")
    shutil.copy(towns.root / "lock.before", folder)
    oak = await towns.open("oak")
    assert not oak.federation.recovery.is_active


@pytest.mark.parametrize("name", ["ring.sqlite", "lock.sqlite"])
async def test_a_file_that_is_no_database_is_named_and_left(oak: Ring, towns: Towns, name: str) -> None:
    await towns.close("oak")
    path = towns.root / "oak" / name
    path.write_bytes(b"this is no database" * 100)
    with pytest.raises(LocalError) as caught:
        await towns.open("oak")
    assert ("database_damaged", name) == (caught.value.code, caught.value.detail)
    assert b"this is no database" * 100 == path.read_bytes()


async def test_a_database_that_was_emptied_does_not_begin_anew(oak: Ring, towns: Towns) -> None:
    await towns.close("oak")
    database(towns).write_bytes(b"")
    for _ in range(2):
        with pytest.raises(LocalError) as caught:
            await towns.open("oak")
        assert ("folder_unusable", "ring.sqlite") == (caught.value.code, caught.value.detail)


async def test_every_database_is_its_owners_alone(oak: Ring, towns: Towns) -> None:
    await oak.members.add("arne", "Arne")
    assert {0o600} == modes(towns)
    await towns.close("oak")
    for path in (towns.root / "oak").glob("*.sqlite*"):
        path.chmod(0o644)
    oak = await towns.open("oak")
    await pay(oak, "alma", "arne", 60)
    assert {0o600} == modes(towns)
    assert {"ring.sqlite", "ring.sqlite-wal", "ring.sqlite-shm", "lock.sqlite"} == {
        path.name for path in (towns.root / "oak").glob("*.sqlite*")
    }


def modes(towns: Towns) -> set[int]:
    return {path.stat().st_mode & 0o777 for path in (towns.root / "oak").glob("*.sqlite*")}
