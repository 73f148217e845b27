# SPDX-License-Identifier: AGPL-3.0-or-later
"""A member who left is forgotten: at home, at the other ring, in every byte of both folders' databases."""

from __future__ import annotations

import sqlite3
from functools import partial
from pathlib import Path

from ringtausch_node.bootstrap import Ring
from ringtausch_node.forgetting import records
from ringtausch_node.members.model import OPERATOR
from ringtausch_node.store import Row, Tx
from tests.audit.exports import audited, codes, export
from tests.federation.orders.test_receipts_of_payments import Stranger, parts_of
from tests.federation.towns import Towns, faults, until
from tests.federation.transit.chain import row_of_rings
from tests.forgetting.life import ALL_WORDS, HANDLE, MEMO, NAME, NOTE, actor_of, found_in, is_sound, live, paid
from tests.members.conftest import code_of

COLUMNS = Path(__file__).with_name("columns.txt")


async def has_forgotten(ring: Ring) -> bool:
    """Whether a ring has done what another one asked of it."""
    return await ring.store.read(records.wants_wiping) and not await ring.store.read(_knows)


def _knows(tx: Tx) -> bool:
    orders = tx.one("SELECT count(*) FROM order_in WHERE payer LIKE ?", (f"{HANDLE}%",))
    bills = tx.one("SELECT count(*) FROM invoice_asked WHERE payee LIKE ?", (f"{HANDLE}%",))
    written = tx.one("SELECT count(*) FROM invoice_written WHERE payer LIKE ?", (f"{HANDLE}%",))
    payments = tx.one("SELECT count(*) FROM payment WHERE payee LIKE ?", (f"{HANDLE}%",))
    return any((orders[0], bills[0], written[0], payments[0]))


async def test_nothing_of_who_left_is_left_in_any_byte_here_or_there(
    open_pair: tuple[Ring, Ring], towns: Towns
) -> None:
    oak, elm = open_pair
    for ring in open_pair:  # Debian's SQLite overwrites what is deleted, others do not
        await ring.store._writer.run(_leave_deleted)
    payments = await live(oak, elm)
    await oak.leaving.leave(HANDLE)
    for ring in open_pair:
        await ring.store.checkpoint()
    assert ALL_WORDS == found_in(towns.root / "oak")
    assert {HANDLE, NAME, MEMO, NOTE} == found_in(towns.root / "elm")

    forgotten = await oak.forgetting.forget(HANDLE)

    assert (["elm.example"], [], True) == (forgotten.asked, forgotten.not_asked, forgotten.is_wiped)
    assert set() == found_in(towns.root / "oak")
    await until(partial(has_forgotten, elm))
    await elm.rounds.go()
    assert set() == found_in(towns.root / "elm")
    assert await is_sound(oak, elm)
    assert [] == await oak.store.read(_opened)
    assert await what_ben_sees(elm) == [
        (-900, "oak.example", "", payments["here"]),
        (900, None, None, payments["there"]),
    ]


def _opened(tx: Tx) -> list[Row]:
    """Bookings of who was forgotten that something still opens."""
    sql = (
        "SELECT t.id FROM member m JOIN entry e ON e.account_id = m.account_id"
        " JOIN transfer t ON t.number = e.transfer_number WHERE m.handle = '(former 1)' AND t.salt IS NOT NULL"
    )
    return tx.execute(sql).fetchall()


def _leave_deleted(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA secure_delete=OFF").fetchall()


async def what_ben_sees(elm: Ring) -> list[tuple[object, ...]]:
    """The hours and numbers of payments stay, and the ring that they went to."""
    entries = (await elm.accounts.statement("ben", None, 10, OPERATOR)).entries
    views = [await elm.payments.get(str(each.payment_id), OPERATOR) for each in entries]
    assert [[]] * len(views) == [view.notes for view in views]
    return [(each.amount_seconds, each.with_, each.memo, each.payment_id) for each in entries]


async def test_every_old_proof_verify_and_the_audit_still_pass(
    open_pair: tuple[Ring, Ring], towns: Towns, tmp_path: Path
) -> None:
    oak, elm = open_pair
    payments = await live(oak, elm)
    receipts = [await parts_of(oak, payments[each]) for each in ("out", "there", "here")]
    await oak.leaving.leave(HANDLE)
    await oak.forgetting.forget(HANDLE)
    await until(partial(has_forgotten, elm))

    stranger = Stranger(tmp_path / "stranger", oak, elm)
    verdicts = [stranger.verdicts(receipt) for receipt in receipts]
    assert {True} == {found["verified"] for each in verdicts for found in each.values()}
    assert {"order", "order_proof", "decision", "decision_proof"} == set(await parts_of(oak, payments["there"]))
    assert "no_receipt" == await code_of(oak.receipts.receipt(payments["out"], OPERATOR))
    await paid(oak, "alma", "ben@elm.example", 60)
    assert await is_sound(oak, elm)
    logs = [*await export(oak, towns.root / "oak"), *await export(elm, towns.root / "elm")]
    assert [] == codes(audited(*logs))


async def test_only_the_office_forgets_and_only_who_left(oak: Ring) -> None:
    await oak.members.add("karin", "Karin")
    assert "not_left" == await code_of(oak.forgetting.forget("alma"))
    assert "unknown_member" == await code_of(oak.forgetting.forget("nobody"))
    await oak.leaving.leave("alma")
    assert "not_allowed" == await code_of(oak.forgetting.forget("alma", await actor_of(oak, "karin")))


async def test_a_handle_that_was_forgotten_is_given_to_nobody(oak: Ring) -> None:
    await oak.leaving.leave("alma")
    first = await oak.forgetting.forget("alma")
    assert ("(former 1)", first) == (first.known_as, await oak.forgetting.forget("alma"))
    assert "handle_taken" == await code_of(oak.members.add("alma", "Alma"))
    assert [("(former 1)", "Ehemaliges Mitglied")] == [(each.handle, each.name) for each in await oak.members.list()]


async def test_who_shares_an_account_keeps_it_with_all_its_bookings(oak: Ring) -> None:
    await oak.members.add("otto", "Otto", account_of="alma")
    await oak.members.add("karin", "Karin")
    payment_id = await paid(oak, "otto", "karin", 60)
    await oak.leaving.leave("alma")
    await oak.forgetting.forget("alma")
    statement = await oak.accounts.statement("otto", None, 10, OPERATOR)
    assert [(payment_id, MEMO)] == [(each.payment_id, each.memo) for each in statement.entries]
    assert {"booking", "booking_proof"} == set(await parts_of(oak, payment_id))
    assert await faults(oak) == []


#: Each of these is something that the tables never take.
REFUSED = [
    "UPDATE account SET key = 'member:(former 1)' WHERE key = 'member:alma'",
    "UPDATE member SET handle = '(former 1)' WHERE handle = 'alma'",
    "UPDATE transfer SET amount_seconds = 61, salt = NULL",
    "UPDATE transfer SET salt = randomblob(16)",
    "DELETE FROM forgotten",
    "INSERT INTO forgotten SELECT 7, id, zeroblob(16), zeroblob(32), 1 FROM member WHERE handle = 'alma'",
    "UPDATE limit_change SET set_by = 'somebody'",
    "UPDATE limit_change SET min_seconds = -7, set_by = '(former 1)'",
    "UPDATE helper SET granted_by = 'somebody'",
]


async def test_the_database_itself_forgets_nobody_else(oak: Ring) -> None:
    await oak.members.add("karin", "Karin")
    await oak.members.add("otto", "Otto")
    await oak.members.helping.grant("otto", "karin")
    await oak.members.set_limits("alma", -60, 60)
    await paid(oak, "alma", "karin", 60)
    await paid(oak, "karin", "alma", 60)
    await oak.leaving.leave("otto")
    await oak.forgetting.forget("otto")
    assert [] == [sql for sql in REFUSED if "constraint" != await code_of(oak.store.write(partial(_change, sql)))]


def _change(sql: str, tx: Tx) -> None:
    tx.change(sql)


async def test_every_column_stands_on_the_side_of_people_or_of_nobody(oak: Ring) -> None:
    def columns(tx: Tx) -> set[str]:
        rows = tx.execute(
            "SELECT t.name || '.' || c.name FROM sqlite_master t, pragma_table_info(t.name) c"
            " WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND c.type IN ('TEXT', 'BLOB')"
        )
        return {row[0] for row in rows}

    listed = [line.split()[0] for line in COLUMNS.read_text().splitlines() if line and line[0] not in "#["]
    assert sorted(await oak.store.read(columns)) == sorted(listed)


async def test_a_ring_between_passes_the_wish_on_and_keeps_no_box(towns: Towns) -> None:
    chain = await row_of_rings(towns, 3)
    await chain.paid(600)
    await chain.last.refunds.refund((await chain.paid(60)).payment_id, OPERATOR)
    await until(partial(_is_even, chain.first))
    await chain.first.leaving.leave("alma", "leavers")
    assert b"alma@oak.example" in (chain.towns.root / "ash" / "ring.sqlite-wal").read_bytes()
    forgotten = await chain.first.forgetting.forget("alma")
    assert ["elm.example"] == forgotten.asked
    await until(partial(_has_no_payer, chain.last))
    await chain.last.rounds.go()
    assert b"alma" not in b"".join(path.read_bytes() for path in (chain.towns.root / "ash").glob("*.sqlite*"))
    assert 0 == await chain.rings[1].store.read(lambda tx: tx.one("SELECT max(length(boxes)) FROM frame")[0])
    assert await is_sound(*chain.rings)


async def _is_even(ring: Ring) -> bool:
    return (await ring.accounts.account("alma", OPERATOR)).balance_seconds == -600


async def _has_no_payer(ring: Ring) -> bool:
    known = await ring.store.read(lambda tx: tx.one("SELECT count(*) FROM order_in WHERE payer IS NOT NULL"))
    return known == (0,)


async def test_what_nobody_ever_paid_cannot_be_erased(open_pair: tuple[Ring, Ring]) -> None:
    oak, elm = open_pair
    await oak.store.write(lambda tx: oak.federation.erasing.ask(tx, 1, bytes(16)))
    await until(lambda: oak.store.read(lambda tx: tx.one("SELECT count(*) FROM evidence WHERE code = 'rejected'")[0]))
    assert not await elm.store.read(records.wants_wiping)
