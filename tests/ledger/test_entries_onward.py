# SPDX-License-Identifier: AGPL-3.0-or-later
"""Entries read onward, oldest first: what happened since somebody last looked."""

from __future__ import annotations

from ringtausch_node.ledger import service as ledger
from ringtausch_node.store import Tx
from tests.ledger.books import member, pay


def test_empty_books_have_no_newest_entry(tx: Tx) -> None:
    assert 0 == ledger.newest_entry(tx)
    assert [] == ledger.entries_after(tx, 0, 10)


def test_entries_of_members_come_oldest_first_and_go_on_behind_the_last(tx: Tx) -> None:
    alma, ben = member(tx, "member:alma"), member(tx, "member:ben")
    elm = member(tx, "clearing:elm", kind="clearing")
    pay(tx, 1, alma, ben, 60)
    pay(tx, 2, alma, elm, 30)
    seen = [(entry.account_id, entry.amount_seconds) for entry in ledger.entries_after(tx, 0, 10)]
    assert sorted([(alma, -60), (ben, 60)]) == sorted(seen[:2])
    assert [(alma, -30)] == seen[2:]
    first, *rest = ledger.entries_after(tx, 0, 10)
    assert rest == ledger.entries_after(tx, first.id, 10)
    assert [first] == ledger.entries_after(tx, 0, 1)
    assert [] == ledger.entries_after(tx, ledger.newest_entry(tx), 10)


def test_what_transfers_of_one_kind_moved_is_their_sum_and_of_no_other_kind(tx: Tx) -> None:
    alma, elm = member(tx, "member:alma"), member(tx, "clearing:elm", kind="clearing")
    pay(tx, 1, alma, elm, 60)
    pay(tx, 2, elm, alma, 25)
    assert (35, -35) == (ledger.moved(tx, elm, "payment"), ledger.moved(tx, alma, "payment"))
    assert 0 == ledger.moved(tx, elm, "written_off")
