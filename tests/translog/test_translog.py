# SPDX-License-Identifier: AGPL-3.0-or-later
"""Appending to the log, sealing a group, and rebuilding the root from what is stored."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from ringtausch_node.clock import SystemClock
from ringtausch_node.store import Store, Tx
from ringtausch_node.translog import records
from ringtausch_node.translog import service as translog
from ringtausch_node.translog.service import LogHead, LogWriter
from ringtausch_node.translog.verify import verify_log
from ringtausch_protocol.errors import LocalError
from ringtausch_protocol.merkle import leaf_hash, tree_root


def entries(count: int) -> list[bytes]:
    return [b"entry %d" % number for number in range(count)]


def expected_head(count: int) -> LogHead:
    return LogHead(1, count, tree_root([leaf_hash(entry) for entry in entries(count)]))


def test_an_empty_log_has_a_head(tx: Tx) -> None:
    assert LogHead(1, 0, hashlib.sha256(b"").digest()) == translog.head(tx) == verify_log(tx)


@pytest.mark.parametrize("count", [1, 2, 3, 7, 8, 70])
def test_the_head_is_the_root_over_all_entries(tx: Tx, count: int) -> None:
    assert list(range(count)) == [translog.append(tx, entry) for entry in entries(count)]
    assert expected_head(count) == translog.head(tx) == verify_log(tx)
    assert list(enumerate(entries(count))) == [(index, entry) for index, entry, _hash in records.load_leaves(tx)]


def test_a_writer_knows_the_head_between_two_entries(tx: Tx) -> None:
    translog.append(tx, entries(1)[0])
    writer = LogWriter(tx)
    assert 1 == writer.append_all(entries(4)[1:])
    assert expected_head(4) == writer.head()
    assert 4 == writer.append(entries(5)[4])
    assert expected_head(5) == writer.head()
    writer.save()
    writer.save()
    assert expected_head(5) == verify_log(tx)


def test_nothing_appended_writes_nothing(tx: Tx) -> None:
    writer = LogWriter(tx)
    assert 0 == writer.append_all([])
    tx.execute("CREATE TRIGGER never BEFORE UPDATE ON frontier BEGIN SELECT RAISE(ABORT, 'written'); END")
    writer.save()
    translog.seal(tx)


def test_the_hook_numbers_what_a_group_left_in_order(tx: Tx) -> None:
    for entry in entries(3):
        translog.append_later(tx, entry)
    translog.seal(tx)
    assert expected_head(3) == verify_log(tx)


async def test_a_group_reads_and_writes_the_frontier_once(tmp_path: Path) -> None:
    store = await Store.open(tmp_path / "ring.sqlite", clock=SystemClock())
    store.on_seal(translog.seal)

    def booking(number: int) -> Callable[[Tx], None]:
        def use_case(tx: Tx) -> None:
            translog.append_later(tx, entries(number + 1)[number])
            if number % 10 == 9:
                raise LocalError("limit_lower")

        return use_case

    await asyncio.gather(*(store.write(booking(number)) for number in range(30)), return_exceptions=True)
    kept = [entry for number, entry in enumerate(entries(30)) if number % 10 != 9]
    head = await store.read(verify_log)
    assert LogHead(1, 27, tree_root([leaf_hash(entry) for entry in kept])) == head
    await store.close()


def test_entries_cannot_be_changed_or_deleted(tx: Tx) -> None:
    translog.append(tx, b"entry")
    for sql in ("UPDATE leaf SET entry = x'00'", "DELETE FROM leaf", "INSERT INTO leaf VALUES (1, x'', zeroblob(32))"):
        with pytest.raises(LocalError, match="constraint"):
            tx.execute(sql)


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("UPDATE leaf SET entry = x'00' WHERE idx = 5", "leaf 5 was changed"),
        ("UPDATE leaf SET hash = zeroblob(32) WHERE idx = 0", "leaf 0 was changed"),
        ("DELETE FROM leaf WHERE idx = 3", "leaf 3 is missing"),
        ("DELETE FROM leaf WHERE idx = 9", "leaf 9 is missing"),
        ("UPDATE frontier SET size = 9", "leaf 9 stands beyond the frontier"),
        ("UPDATE frontier SET hashes = zeroblob(64)", "the frontier does not follow"),
    ],
)
def test_tampering_names_the_first_wrong_leaf(tx: Tx, sql: str, words: str) -> None:
    for entry in entries(10):
        translog.append(tx, entry)
    tx.execute("DROP TRIGGER leaf_is_final")
    tx.execute("DROP TRIGGER leaf_stays")
    tx.execute(sql)
    with pytest.raises(LocalError, match=f"log_broken: {words}"):
        verify_log(tx)


@pytest.mark.parametrize("sql", ["UPDATE frontier SET hashes = x'00'", "UPDATE frontier SET size = 5"])
def test_an_unreadable_frontier_is_our_own_damage(tx: Tx, sql: str) -> None:
    for entry in entries(3):
        translog.append(tx, entry)
    tx.execute(sql)
    with pytest.raises(LocalError, match="log_broken"):
        translog.head(tx)


def test_a_leaf_and_its_hash_changed_together_still_break_the_root(tx: Tx) -> None:
    for entry in entries(10):
        translog.append(tx, entry)
    tx.execute("DROP TRIGGER leaf_is_final")
    tx.execute("UPDATE leaf SET entry = ?, hash = ? WHERE idx = 5", (b"forged", leaf_hash(b"forged")))
    with pytest.raises(LocalError, match="log_broken: the frontier does not follow"):
        verify_log(tx)


def test_a_bookings_leaf_is_a_salted_commitment() -> None:
    entry = translog.booking_leaf(transfer_id=bytes(16), debit=1, credit=2, amount_seconds=5400, at=7, salt=b"s" * 16)
    opening = b'{"transfer_id":"AAAAAAAAAAAAAAAAAAAAAA","debit":1,"credit":2,"amount_seconds":5400,"at":7}'
    commitment = hashlib.sha256(b"ringtausch/booking/v1\n" + b"s" * 16 + opening).digest()
    assert b"\x05\x00\x00\x00\x20" + commitment == entry


def test_a_commitment_without_a_whole_salt_is_refused() -> None:
    with pytest.raises(LocalError, match="salt"):
        translog.booking_leaf(transfer_id=bytes(16), debit=1, credit=2, amount_seconds=1, at=7, salt=b"short")
