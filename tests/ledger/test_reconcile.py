# SPDX-License-Identifier: AGPL-3.0-or-later
"""Replay names each kind of tampering and its row. The triggers are dropped first: they are not what is tested."""

from __future__ import annotations

import pytest

from ringtausch_node.ledger import service as ledger
from ringtausch_node.ledger.reconcile import reconcile
from ringtausch_node.store import Tx
from tests.ledger.books import member, name, pay, reserve

T1, T3, T4 = name(1).hex(), name(3).hex(), name(4).hex()
H1, H2, H3 = name(11).hex(), name(12).hex(), name(13).hex()


@pytest.fixture
def books(tx: Tx) -> Tx:
    """Alma 1, Ben 2, Cleo 3; transfers 1, 2, 3 (number 3 reverses 2), 4 (out of hold 12); hold 11 open, 13 released."""
    alma, ben, cleo = (member(tx, key) for key in ("alma", "ben", "cleo"))
    pay(tx, 1, alma, ben, 60)
    pay(tx, 2, ben, cleo, 30)
    ledger.reverse(tx, transfer_id=name(2), new_id=name(3), at=5)
    for hold_id in (11, 12, 13):
        reserve(tx, hold_id, ben, hold_id)
    ledger.post_hold(tx, hold_id=name(12), transfer_id=name(4), credit=cleo, kind="sent", at=6)
    ledger.release(tx, name(13), 6)
    assert [] == reconcile(tx)
    for (trigger,) in tx.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        tx.execute(f"DROP TRIGGER {trigger}")
    tx.execute("PRAGMA foreign_keys=OFF")
    tx.execute("PRAGMA ignore_check_constraints=ON")
    return tx


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("UPDATE account SET balance_seconds = 5 WHERE id = 1", {("account", "", "sum"), ("account", "1", "balance")}),
        (
            "UPDATE account SET balance_seconds = balance_seconds + iif(id = 1, 7, -7) WHERE id < 3",
            {("account", "1", "balance"), ("account", "2", "balance")},
        ),
        (
            "UPDATE entry SET amount_seconds = -61 WHERE id = 2",
            {("entry", "", "sum"), ("entry", "2", "arithmetic"), ("transfer", T1, "legs")},
        ),
        (
            "UPDATE entry SET balance_before_seconds = 1, balance_after_seconds = -59 WHERE id = 2",
            {("entry", "2", "chain"), ("account", "1", "balance")},
        ),
        (
            "UPDATE entry SET balance_after_seconds = 61 WHERE id = 3",
            {("entry", "3", "arithmetic"), ("entry", "4", "chain")},
        ),
        (
            "DELETE FROM entry WHERE id = 2",
            {("entry", "", "sum"), ("account", "1", "balance"), ("transfer", T1, "legs")},
        ),
        (
            "DELETE FROM transfer WHERE number = 1",
            {("entry", "2", "orphan"), ("entry", "3", "orphan")},
        ),
        (
            "UPDATE transfer SET amount_seconds = 59 WHERE number = 1",
            {("transfer", T1, "legs"), ("transfer", T1, "row")},
        ),
        (
            "UPDATE transfer SET credit_account = 3 WHERE number = 1",
            {("transfer", T1, "legs"), ("transfer", T1, "row")},
        ),
        ("UPDATE transfer SET kind = 'sent' WHERE number = 1", {("transfer", T1, "row")}),
        ("UPDATE hold SET at = at + 1 WHERE state = 'open'", {("hold", H1, "row")}),
        (
            "INSERT INTO entry VALUES (20, 10, 9, 0, 0, 0)",
            {("entry", "20", "orphan")},
        ),
        ("UPDATE entry SET transfer_number = 2 WHERE id = 2", {("entry", "2", "orphan")}),
        (
            f"UPDATE transfer SET reverses = x'{T1}' WHERE number = 3",
            {("transfer", T3, "reversal"), ("transfer", T3, "row")},
        ),
        (
            f"UPDATE transfer SET reverses = x'{'ee' * 16}' WHERE number = 3",
            {("transfer", T3, "reversal"), ("transfer", T3, "row")},
        ),
        ("UPDATE account SET held_seconds = 12 WHERE id = 2", {("account", "2", "held")}),
        ("UPDATE hold SET amount_seconds = 10 WHERE state = 'open'", {("account", "2", "held"), ("hold", H1, "row")}),
        ("DELETE FROM hold WHERE state = 'open'", {("account", "2", "held")}),
        (
            "UPDATE hold SET account_id = 9 WHERE state = 'open'",
            {("account", "2", "held"), ("hold", H1, "orphan"), ("hold", H1, "row")},
        ),
        ("UPDATE hold SET amount_seconds = 10 WHERE state = 'posted'", {("hold", H2, "posted"), ("hold", H2, "row")}),
        (f"UPDATE hold SET transfer_id = x'{T1}' WHERE state = 'posted'", {("hold", H2, "posted")}),
        (
            f"UPDATE hold SET state = 'posted', transfer_id = x'{'ee' * 16}' WHERE id = x'{H3}'",
            {("hold", H3, "posted")},
        ),
    ],
)
def test_tampering_is_named(books: Tx, sql: str, expected: set[tuple[str, str, str]]) -> None:
    books.execute(sql)
    assert expected == {(finding.table, finding.row, finding.code) for finding in reconcile(books)}


def test_two_reversals_of_one_transfer_are_named(books: Tx) -> None:
    books.execute("DROP INDEX transfer_reverses")
    books.execute(f"UPDATE transfer SET reverses = x'{name(2).hex()}' WHERE number = 4")
    found = {(finding.row, finding.code) for finding in reconcile(books)}
    assert {(T3, "reversed_twice"), (T4, "reversed_twice"), (T4, "reversal"), (T4, "row")} == found


def test_rows_from_before_there_were_checks_accuse_nobody(books: Tx) -> None:
    for table in ("transfer", "hold"):
        books.execute(f"UPDATE {table} SET row_check = NULL")
    assert [] == reconcile(books)


def test_absurd_figures_are_named_and_do_not_break_the_replay(books: Tx) -> None:
    books.execute("UPDATE account SET balance_seconds = 9223372036854775807")
    codes = {finding.code for finding in reconcile(books)}
    assert {"sum", "balance"} == codes


def test_a_finding_says_what_is_wrong_in_words(books: Tx) -> None:
    books.execute("UPDATE account SET held_seconds = 12 WHERE id = 2")
    assert ["stored 12 s, its open holds sum to 11 s"] == [finding.detail for finding in reconcile(books)]
