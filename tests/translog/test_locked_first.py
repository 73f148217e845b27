# SPDX-License-Identifier: AGPL-3.0-or-later
"""A head is locked before it is published: a crash loses none, and an old copy of one of the two files is noticed."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from ringtausch_node.errors import LocalError
from ringtausch_node.store import Tx
from ringtausch_node.store.lock_database import LockDatabase, SignedHead
from ringtausch_node.translog import checkpoint_records
from ringtausch_node.translog import service as translog
from ringtausch_protocol.keys import SigningKey
from ringtausch_protocol.merkle import leaf_hash
from tests.translog.signing import RING, Signing, root_of, verified

WITNESS = SigningKey(b"w" * 32)


# -- crashes -----------------------------------------------------------------------------------------------------------


async def test_what_was_locked_and_not_published_is_published_by_the_next_start(
    signing: Signing, monkeypatch: pytest.MonkeyPatch
) -> None:
    await signing.signed(300)

    def crash(_tx: Tx, _row: object) -> None:
        raise LocalError("storage_failed")

    with monkeypatch.context() as patched:
        patched.setattr(checkpoint_records, "insert", crash)
        with pytest.raises(LocalError):
            await signing.signed(7)
    held = signing.locked()
    assert held is not None
    assert [300] == [row.size for row in await signing.rows()]
    assert 307 == held.size

    await signing.open()
    await signing.append(5)
    await signing.checkpoints.take_up()
    assert [(300, 1), (307, 1)] == [(row.size, row.log) for row in await signing.rows()]
    assert held.note == (await signing.rows())[-1].note
    await signing.checkpoints.take_up()
    assert [300, 307, 313] == [row.size for row in (*(await signing.rows()), await signing.signed(1))]


async def test_what_crashed_before_the_lock_was_never_signed(signing: Signing, monkeypatch: pytest.MonkeyPatch) -> None:
    await signing.signed(300)

    def crash(_lock: LockDatabase, _known: object, _new: object) -> None:
        raise LocalError("storage_failed")

    with monkeypatch.context() as patched:
        patched.setattr(LockDatabase, "swap_checkpoint", crash)
        with pytest.raises(LocalError):
            await signing.signed(7)
    await signing.open()
    await signing.checkpoints.take_up()
    assert ([300], 300) == ([row.size for row in await signing.rows()], signing.locked().size)  # type: ignore[union-attr]


# -- old copies of one of the two files --------------------------------------------------------------------------------


async def put_in_lock(signing: Signing, head: SignedHead | None) -> None:
    (signing.folder / "lock.sqlite").unlink()
    with closing(LockDatabase(signing.folder / "lock.sqlite")) as lock:
        if head is not None:
            lock.swap_checkpoint(None, head)


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (None, "lock.sqlite stands behind ring.sqlite"),
        (SignedHead(1, 299, root_of(299), b"note"), "lock.sqlite and ring.sqlite hold different checkpoints"),
        (SignedHead(1, 300, bytes(32), b"note"), "lock.sqlite and ring.sqlite hold different checkpoints"),
        (SignedHead(1, 501, root_of(501), b"note"), "ring.sqlite stands behind lock.sqlite"),
        (SignedHead(2, 1, bytes(32), b"note"), "ring.sqlite stands behind lock.sqlite"),
    ],
)
async def test_lock_and_database_must_agree(signing: Signing, head: SignedHead | None, words: str) -> None:
    await signing.signed(300)
    await signing.append(200)
    await put_in_lock(signing, head)
    await signing.open()
    for ask in (signing.checkpoints.take_up, signing.checkpoints.make):
        with pytest.raises(LocalError, match=f"log_forked: {words}"):
            await ask()
    assert [300] == [row.size for row in await signing.rows()]


async def test_a_lock_of_another_history_is_not_published(signing: Signing) -> None:
    await signing.signed(300)
    await signing.append(200)
    await put_in_lock(signing, SignedHead(1, 400, bytes(32), b"note"))
    with pytest.raises(LocalError, match="log_broken: log 1 at 400 is not what was signed"):
        await (await signing.open()).take_up()


async def test_the_next_log_goes_on_behind_the_closed_one(signing: Signing) -> None:
    await signing.signed(300)
    await signing.store.write(lambda tx: translog.begin_log(tx, b"start", 3))
    await signing.open()
    await signing.checkpoints.take_up()
    signing.clock.seconds += 1
    row = await signing.checkpoints.make()
    assert row is not None
    assert (f"{RING}/log/3", 1, leaf_hash(b"start")) == verified(row)
    assert [(1, 300), (3, 1)] == [(each.log, each.size) for each in await signing.rows()]


def test_the_lock_takes_only_what_goes_on_from_what_it_holds(tmp_path: Path) -> None:
    with closing(LockDatabase(tmp_path / "lock.sqlite")) as lock:
        first, second = SignedHead(1, 5, bytes(32), b"a"), SignedHead(1, 7, bytes(32), b"b")
        lock.swap_checkpoint(None, first)
        lock.swap_checkpoint(first, second)
        for known, new in (
            (None, second), (first, second._replace(size=9)), (second, first),
            (second, second._replace(root=b"r" * 32)), (second, second._replace(log=0, size=99)),
        ):  # fmt: skip
            with pytest.raises(LocalError, match="log_forked"):
                lock.swap_checkpoint(known, new)
        assert second == lock.checkpoint()
        lock.swap_checkpoint(second, second._replace(note=b"the same again"))
        lock.swap_checkpoint(lock.checkpoint(), second._replace(log=2, size=1))
        assert (2, 1) == lock.checkpoint()[:2]  # type: ignore[index]


def test_the_table_takes_no_smaller_log_and_no_second_root(tmp_path: Path, tx: Tx) -> None:
    row = checkpoint_records.CheckpointRow(2, 5, bytes(32), b"note", 0, 0)
    checkpoint_records.insert(tx, row)
    for wrong in (row, row._replace(size=4), row._replace(log=1, size=9), row._replace(root=b"r" * 32)):
        with pytest.raises(LocalError, match="constraint"):
            checkpoint_records.insert(tx, wrong)
    for sql in ("root = zeroblob(31)", "root = randomblob(32)", "size = 6", "log = 3"):
        with pytest.raises(LocalError, match="constraint"):
            tx.execute("UPDATE checkpoint SET " + sql)
