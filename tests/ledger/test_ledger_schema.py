# SPDX-License-Identifier: AGPL-3.0-or-later
"""The books defend themselves: what SQL refuses whoever asks."""

from __future__ import annotations

import pytest

from ringtausch_node.ledger import service as ledger
from ringtausch_node.ledger.reconcile import reconcile
from ringtausch_node.store import Tx
from ringtausch_protocol.errors import LocalError
from tests.ledger.books import member, name, pay, reserve

_ID = "x'" + "07" * 16 + "'"
_TRANSFER = "INSERT INTO transfer (id, debit_account, credit_account, amount_seconds, at, kind) VALUES "


@pytest.fixture
def books(tx: Tx) -> Tx:
    """Alma (1) and Ben (2), one transfer, one open and one ended hold."""
    alma, ben = member(tx, "alma"), member(tx, "ben")
    pay(tx, 1, alma, ben, 60)
    reserve(tx, 1, alma, 5)
    reserve(tx, 2, alma, 6)
    tx.execute("UPDATE hold SET state = 'released', ended_at = 3 WHERE id = ?", (name(2),))
    return tx


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("UPDATE transfer SET amount_seconds = 61", "a transfer never changes"),
        ("DELETE FROM transfer", "a transfer is never deleted"),
        ("UPDATE entry SET amount_seconds = 61 WHERE id = 3", "an entry never changes"),
        ("DELETE FROM entry WHERE id = 3", "an entry is never deleted"),
        ("INSERT INTO entry VALUES (4, 2, 1, -9, -60, -69)", "FOREIGN KEY"),
        ("INSERT INTO entry VALUES (3, 1, 1, 9, -60, -51)", "UNIQUE"),
        ("INSERT INTO entry VALUES (4, 1, 1, -9, -60, -69)", "transfer_number = id / 2"),
        ("INSERT INTO entry VALUES (4, 2, 1, 9, -60, -51)", "amount_seconds < 0"),
        ("INSERT INTO entry VALUES (4, 2, 1, -9, -60, -70)", "balance_after_seconds"),
        ("REPLACE INTO entry VALUES (2, 1, 1, -9, 0, -9)", "an entry is never deleted"),
        ("REPLACE INTO transfer VALUES (1, " + _ID + ", 1, 2, 9, 1, 'x', NULL, NULL, NULL, NULL)", "never deleted"),
        ("UPDATE account SET balance_seconds = balance_seconds + 1 WHERE id = 1", "newest entry"),
        ("UPDATE account SET balance_seconds = 0 WHERE id = 1", "newest entry"),
        ("UPDATE account SET key = 'other' WHERE id = 1", "keeps its number, kind and key"),
        ("DELETE FROM account WHERE id = 1", "an account is never deleted"),
        ("INSERT INTO account (kind, key, balance_seconds, created_at) VALUES ('member', 'x', 1, 1)", "begins empty"),
        ("INSERT INTO account (kind, key, held_seconds, created_at) VALUES ('member', 'x', 1, 1)", "begins empty"),
        ("UPDATE account SET min_seconds = 1, max_seconds = 0", "min_seconds <= max_seconds"),
        ("UPDATE account SET held_seconds = -1", "held_seconds"),
        (_TRANSFER + f"({_ID}, 1, 1, 9, 1, 'x')", "debit_account <> credit_account"),
        (_TRANSFER + f"({_ID}, 1, 2, 0, 1, 'x')", "amount_seconds BETWEEN"),
        (_TRANSFER + f"({_ID}, 1, 2, 1000000001, 1, 'x')", "amount_seconds BETWEEN"),
        (_TRANSFER + f"({_ID}, 1, 2, 1.5, 1, 'x')", "cannot store REAL"),
        (_TRANSFER + f"({_ID}, 1, 99, 9, 1, 'x')", "FOREIGN KEY"),
        (_TRANSFER + f"({_ID}, 99, 2, 9, 1, 'x')", "FOREIGN KEY"),
        (_TRANSFER + "(x'07', 1, 2, 9, 1, 'x')", "length"),
        ("UPDATE hold SET state = 'open', ended_at = NULL WHERE state = 'released'", "a hold ends once"),
        ("UPDATE hold SET state = 'released', ended_at = 4 WHERE state = 'released'", "a hold ends once"),
        ("UPDATE hold SET amount_seconds = 1 WHERE state = 'open'", "a hold ends once"),
        (
            "UPDATE hold SET state = 'released', ended_at = 4, amount_seconds = 1 WHERE state = 'open'",
            "keeps its terms",
        ),
        ("UPDATE hold SET state = 'released' WHERE state = 'open'", "ended_at IS NULL"),
        (
            f"UPDATE hold SET state = 'posted', ended_at = 4, transfer_id = x'{name(1).hex()}' WHERE state = 'open'",
            "posted by a transfer of its account and amount",
        ),
        ("DELETE FROM hold", "a hold is never deleted"),
        (f"INSERT INTO hold VALUES ({_ID}, 1, 5, 'released', 1, 2, NULL, NULL)", "a hold begins open"),
        (f"INSERT INTO hold VALUES ({_ID}, 1, 0, 'open', 1, NULL, NULL, NULL)", "amount_seconds BETWEEN"),
    ],
)
def test_the_books_refuse(books: Tx, sql: str, words: str) -> None:
    with pytest.raises(LocalError) as caught:
        books.execute(sql)
    assert "constraint" == caught.value.code
    assert words in caught.value.detail
    assert [] == reconcile(books)


def test_transfers_are_read_in_the_order_of_the_books(tx: Tx) -> None:
    alma, ben = member(tx, "alma"), member(tx, "ben")
    for number in (5, 3, 4):
        pay(tx, number, alma, ben, 60)
    assert [name(5), name(3), name(4)] == [transfer.id for transfer in ledger.each_transfer(tx)]
