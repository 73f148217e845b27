# SPDX-License-Identifier: AGPL-3.0-or-later
"""A head is signed after the disk was asked again, locked before it is published, and never taken back."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from ringtausch_node.errors import LocalError
from ringtausch_node.store import Tx
from ringtausch_node.store.lock_database import SignedHead
from ringtausch_node.translog import checkpoint_records
from ringtausch_node.translog.checkpoint_records import KEPT
from ringtausch_node.translog.checkpoints import RENEW_SECONDS, add_cosignatures
from ringtausch_protocol import checkpoints, notes
from ringtausch_protocol.checkpoints import Policy
from ringtausch_protocol.keys import COSIGNER, ED25519, SigningKey
from ringtausch_protocol.merkle import leaf_hash
from ringtausch_protocol.notes import NoteKey
from tests.translog.signing import RING, SIGNER, Signing, root_of, verified

WITNESS = SigningKey(b"w" * 32)


async def test_a_checkpoint_says_what_is_committed(signing: Signing) -> None:
    row = await signing.signed(300)
    assert (f"{RING}/log/1", 300, root_of(300)) == verified(row)
    assert [row] == await signing.rows()
    assert SignedHead(1, 300, root_of(300), row.note) == signing.locked()


async def test_an_empty_log_has_none(signing: Signing) -> None:
    assert await signing.checkpoints.make() is None


async def test_what_has_not_grown_is_not_signed_again(signing: Signing) -> None:
    row = await signing.signed(3)
    signing.clock.seconds += 10
    assert row == await signing.checkpoints.make()


async def test_what_has_not_grown_is_said_again_after_an_hour(signing: Signing) -> None:
    row = await signing.signed(3)
    signing.clock.seconds += RENEW_SECONDS
    again = await signing.checkpoints.make()
    assert row._replace(at=signing.clock.now()) == again
    assert [again] == await signing.rows()


async def test_two_checkpoints_are_a_second_apart(signing: Signing, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)
        signing.clock.seconds += seconds

    monkeypatch.setattr(asyncio, "sleep", sleep)
    await signing.signed(3)
    await signing.append(1)
    signing.clock.seconds += 0.25
    row = await signing.checkpoints.make()
    assert row is not None
    assert ([0.75], 4) == (waited, row.size)

    await signing.open()  # another boot in the same second
    await signing.append(1)
    await signing.checkpoints.make()
    assert [0.75, 1.0] == waited


async def test_who_recovers_signs_nothing(signing: Signing) -> None:
    await signing.append(3)
    signing.refuses = "recovering"
    with pytest.raises(LocalError, match="recovering"):
        await signing.checkpoints.make()
    assert ([], None) == (await signing.rows(), signing.locked())


async def published(signing: Signing, size: int) -> None:
    """Wait until this size is published."""
    async with asyncio.timeout(30):
        while size not in [row.size for row in await signing.rows()]:
            pass


async def test_a_task_signs_what_a_commit_brings(signing: Signing) -> None:
    await signing.append(3)
    signing.checkpoints.start()
    await published(signing, 3)
    signing.clock.seconds += 1
    await signing.append(2)
    await published(signing, 5)
    assert [3, 5] == [verified(row).size for row in await signing.rows()]
    await signing.checkpoints.stop()
    await signing.checkpoints.stop()


# -- bad disks ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sql", "place"),
    [
        ("UPDATE leaf SET entry = x'00' WHERE idx = 650", "leaf 650 was changed"),
        ("UPDATE leaf SET hash = zeroblob(32) WHERE idx = 699", "leaf 699 was changed"),
        ("UPDATE leaf SET entry = x'00' WHERE idx = 520", "leaf 520 was changed"),
        ("DELETE FROM leaf WHERE idx = 640", "leaf 640 is missing"),
        ("DELETE FROM leaf WHERE idx = 799", "leaf 799 is missing"),
        ("DELETE FROM leaf WHERE idx >= 590", "leaf 590 is missing"),
        ("UPDATE tile SET hashes = zeroblob(96)", "log 1 at 600 is not what was signed"),
        ("UPDATE tile SET hashes = CAST(substr(hashes, 1, 64) || zeroblob(32) AS BLOB)", "tile 1/0 of log 1, hash 2"),
        ("DELETE FROM tile", "tile 1/0 of log 1 is too short"),
        ("UPDATE frontier SET hashes = CAST(substr(hashes, 1, 8) || zeroblob(96) AS BLOB)", "the frontier does not"),
        ("UPDATE frontier SET size = 590", "the frontier is unreadable"),
    ],
)
async def test_nothing_is_signed_on_top_of_what_is_wrong_on_the_disk(signing: Signing, sql: str, place: str) -> None:
    row = await signing.signed(600)
    await signing.append(200)
    await signing.spoil(sql)
    signing.clock.seconds += 1
    with pytest.raises(LocalError, match=f"log_broken: {place}"):
        await signing.checkpoints.make()
    assert [row] == await signing.rows()
    assert row.note == signing.locked().note  # type: ignore[union-attr]


async def test_a_leaf_changed_together_with_its_hash_is_found_under_what_was_signed(signing: Signing) -> None:
    await signing.signed(600)
    await signing.append(1)
    await signing.spoil("UPDATE leaf SET entry = ?, hash = ? WHERE idx = 599", b"forged", leaf_hash(b"forged"))
    with pytest.raises(LocalError, match="log_broken: log 1 at 600 is not what was signed"):
        await signing.checkpoints.make()


async def test_a_broken_log_ends_the_service_and_names_the_place(
    signing: Signing, caplog: pytest.LogCaptureFixture
) -> None:
    await signing.append(10)
    await signing.spoil("UPDATE leaf SET entry = x'00' WHERE idx = 7")
    signing.checkpoints.start()
    await signing.checkpoints.broken.wait()
    assert "log_broken" == signing.checkpoints.broken_code
    assert "leaf 7 was changed" in caplog.text
    with pytest.raises(LocalError, match="log_broken: leaf 7 was changed"):
        await (await signing.open()).take_up()


# -- cosignatures ------------------------------------------------------------------------------------------------------


def cosigned(row: checkpoint_records.CheckpointRow) -> list[tuple[int, int | None]]:
    """Number counted and time of the cosignature of our one witness."""
    keys = (NoteKey(f"{RING}/log/1", ED25519, SIGNER.public), NoteKey("w" * 52, COSIGNER, WITNESS.public))
    found = checkpoints.verify_checkpoint(row.note, keys[:1], Policy(keys[1:], 0))
    return [(row.cosigned, each.time) for each in found.cosigned]


async def test_cosignatures_come_later_and_are_renewed(signing: Signing) -> None:
    row = await signing.signed(3)
    text = checkpoints.parse_checkpoint(row.note).note.text
    for time in (100, 200):
        line = notes.cosign_note(text, "w" * 52, WITNESS, time)
        await signing.store.write(partial(add_cosignatures, log=1, size=3, lines=[line]))
        (changed,) = await signing.rows()
        assert [(1, time)] == cosigned(changed)
    signing.clock.seconds += RENEW_SECONDS
    again = await signing.checkpoints.make()
    assert again is not None
    assert [(1, 200)] == cosigned(again)
    assert await signing.store.write(lambda tx: add_cosignatures(tx, 1, 4, [])) is None


async def test_old_checkpoints_go_and_the_best_cosigned_stays(tx: Tx) -> None:
    for size in range(1, KEPT + 50):
        row = checkpoint_records.CheckpointRow(1, size, bytes(32), b"note", 0, int(size == 7))
        checkpoint_records.insert(tx, row)
    sizes = [row.size for row in checkpoint_records.load_all(tx)]
    assert [7, *range(50, KEPT + 50)] == sizes
    assert 7 == checkpoint_records.load_best_cosigned(tx, 1).size  # type: ignore[union-attr]
    assert checkpoint_records.load_best_cosigned(tx, 2) is None
