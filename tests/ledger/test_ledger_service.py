# SPDX-License-Identifier: AGPL-3.0-or-later
"""The ledger's use cases one by one: what is booked, what is refused, and that a refusal leaves no trace."""

from __future__ import annotations

import pytest

from ringtausch_node.ledger import service as ledger
from ringtausch_node.ledger.model import Account, LimitPolicy, Totals
from ringtausch_node.ledger.reconcile import reconcile
from ringtausch_node.store import Tx
from ringtausch_protocol.errors import LocalError
from tests.ledger.books import BLOCK, WARN, available, balance, member, name, pay, reserve


def refused(code: str) -> pytest.RaisesExc[LocalError]:
    return pytest.raises(LocalError, match=f"^{code}(:|$)")


# -- accounts ----------------------------------------------------------------------------------------------------------


def test_an_account_begins_empty_and_is_found_by_key(tx: Tx) -> None:
    alma = member(tx, "member:alma", -3600, 7200)
    assert Account(alma, "member", "member:alma", 0, 0, -3600, 7200, 1) == ledger.account_by_key(tx, "member:alma")
    assert ledger.account_by_key(tx, "member:alma") == ledger.account(tx, alma)
    assert ledger.find_account(tx, alma) == ledger.account(tx, alma)
    assert ledger.find_account(tx, alma + 1) is None
    assert ledger.account_by_key(tx, "member:ben") is None


def test_a_key_is_given_once(tx: Tx) -> None:
    member(tx, "member:alma")
    with refused("account_exists"):
        member(tx, "member:alma")


def test_an_unknown_kind_is_refused(tx: Tx) -> None:
    with refused("constraint"):
        member(tx, "member:alma", kind="bank")  # type: ignore[arg-type]


def test_accounts_of_a_kind_come_in_pages(tx: Tx) -> None:
    members = [member(tx, f"member:{number}") for number in range(3)]
    member(tx, "clearing:elm", kind="clearing")
    page = ledger.accounts(tx, "member", limit=2)
    assert members[:2] == [account.id for account in page]
    assert members[2:] == [account.id for account in ledger.accounts(tx, "member", after_id=page[-1].id)]


def test_limits_can_be_set_and_taken_away(tx: Tx) -> None:
    alma = member(tx, "alma")
    ledger.set_limits(tx, alma, min_seconds=-60, max_seconds=60)
    assert (-60, 60) == ledger.account(tx, alma)[5:7]
    ledger.set_limits(tx, alma, min_seconds=None, max_seconds=None)
    assert (None, None) == ledger.account(tx, alma)[5:7]


def test_limits_that_cannot_be_kept_are_refused(tx: Tx) -> None:
    with refused("limits"):
        member(tx, "alma", 60, -60)
    with refused("limits"):
        ledger.set_limits(tx, member(tx, "ben"), min_seconds=1, max_seconds=0)
    with refused("unknown_account"):
        ledger.set_limits(tx, 99, min_seconds=None, max_seconds=None)


# -- posting -----------------------------------------------------------------------------------------------------------


def test_credit_moves_from_debit_to_credit(tx: Tx) -> None:
    alma, ben = member(tx, "alma"), member(tx, "ben")
    assert () == pay(tx, 1, alma, ben, 5400)
    assert (-5400, 5400) == (balance(tx, alma), balance(tx, ben))
    assert Totals(accounts=2, sum_seconds=0, open_holds=0) == ledger.totals(tx)


@pytest.mark.parametrize("amount", [0, -1, 10**9 + 1, 2**63])
def test_an_odd_amount_is_refused(tx: Tx, amount: int) -> None:
    alma, ben = member(tx, "alma"), member(tx, "ben")
    with refused("amount"):
        pay(tx, 1, alma, ben, amount)
    with refused("amount"):
        reserve(tx, 1, alma, amount)


def test_the_largest_amount_is_booked(tx: Tx) -> None:
    alma, ben = member(tx, "alma"), member(tx, "ben")
    pay(tx, 1, alma, ben, 10**9)
    assert 10**9 == balance(tx, ben)


def test_nobody_pays_himself(tx: Tx) -> None:
    alma = member(tx, "alma")
    with refused("own_account"):
        pay(tx, 1, alma, alma, 1)


def test_an_unknown_account_is_refused(tx: Tx) -> None:
    alma = member(tx, "alma")
    for refuse in (
        lambda: pay(tx, 1, alma, 99, 1),
        lambda: pay(tx, 1, 99, alma, 1),
        lambda: reserve(tx, 1, 99, 1),
        lambda: ledger.account(tx, 99),
    ):
        with refused("unknown_account"):
            refuse()


def test_a_transfer_id_is_booked_once(tx: Tx) -> None:
    alma, ben = member(tx, "alma"), member(tx, "ben")
    pay(tx, 1, alma, ben, 60)
    with refused("constraint"):
        pay(tx, 1, alma, ben, 60)
    assert -60 == balance(tx, alma)


# -- limits ------------------------------------------------------------------------------------------------------------


def test_the_lower_limit_itself_is_allowed_and_one_second_more_is_not(tx: Tx) -> None:
    alma, ben = member(tx, "alma", min_seconds=-3600), member(tx, "ben")
    with refused("limit_lower"):
        pay(tx, 1, alma, ben, 3601)
    assert () == pay(tx, 2, alma, ben, 3600)
    with refused("limit_lower"):
        pay(tx, 3, alma, ben, 1)


def test_the_upper_limit_itself_is_allowed_and_one_second_more_is_not(tx: Tx) -> None:
    alma, ben = member(tx, "alma"), member(tx, "ben", max_seconds=3600)
    with refused("limit_upper"):
        pay(tx, 1, alma, ben, 3601)
    assert () == pay(tx, 2, alma, ben, 3600)
    with refused("limit_upper"):
        pay(tx, 3, alma, ben, 1)


def test_what_is_held_is_already_given(tx: Tx) -> None:
    alma, ben = member(tx, "alma", min_seconds=-100), member(tx, "ben")
    reserve(tx, 1, alma, 60)
    with refused("limit_lower"):
        pay(tx, 2, alma, ben, 41)
    with refused("limit_lower"):
        reserve(tx, 3, alma, 41)
    pay(tx, 4, alma, ben, 40)
    assert (-40, -100) == (balance(tx, alma), available(tx, alma))


@pytest.mark.parametrize(
    ("policy", "code"), [(LimitPolicy("warn", "block"), "limit_upper"), (LimitPolicy("block", "warn"), "limit_lower")]
)
def test_each_side_has_its_own_rule(tx: Tx, policy: LimitPolicy, code: str) -> None:
    alma, ben = member(tx, "alma", min_seconds=0), member(tx, "ben", max_seconds=0)
    with refused(code):
        pay(tx, 1, alma, ben, 1, policy)


def test_a_ring_may_book_and_warn(tx: Tx) -> None:
    alma, ben = member(tx, "alma", min_seconds=0), member(tx, "ben", max_seconds=0)
    assert ("limit_lower", "limit_upper") == pay(tx, 1, alma, ben, 1, WARN)
    assert ("limit_lower",) == reserve(tx, 2, alma, 1, WARN)
    assert (-1, 1) == (balance(tx, alma), balance(tx, ben))


def test_facts_ask_no_limit(tx: Tx) -> None:
    alma, ben = member(tx, "alma", min_seconds=0), member(tx, "ben", max_seconds=0)
    assert () == pay(tx, 1, alma, ben, 1, guard=False)
    assert () == reserve(tx, 2, alma, 1, guard=False)


def test_a_limit_set_below_the_balance_stops_only_what_makes_it_worse(tx: Tx) -> None:
    alma, ben = member(tx, "alma"), member(tx, "ben")
    pay(tx, 1, alma, ben, 100)
    ledger.set_limits(tx, alma, min_seconds=-50, max_seconds=None)
    with refused("limit_lower"):
        pay(tx, 2, alma, ben, 1)
    assert () == pay(tx, 3, ben, alma, 10)


# -- holds -------------------------------------------------------------------------------------------------------------


def test_a_hold_is_reserved_and_released(tx: Tx) -> None:
    alma = member(tx, "alma")
    assert () == reserve(tx, 1, alma, 60)
    assert (0, -60, 1) == (balance(tx, alma), available(tx, alma), ledger.totals(tx).open_holds)
    ledger.release(tx, name(1), 5)
    assert (0, 0, 0) == (balance(tx, alma), available(tx, alma), ledger.totals(tx).open_holds)
    found = ledger.load_hold(tx, name(1))
    assert found is not None
    assert ("released", 2, 5, None) == (found.state, found.at, found.ended_at, found.transfer_id)


def test_a_hold_becomes_a_transfer_whatever_the_limits_say(tx: Tx) -> None:
    alma, ben = member(tx, "alma", min_seconds=-60), member(tx, "ben", max_seconds=0)
    reserve(tx, 1, alma, 60)
    ledger.set_limits(tx, alma, min_seconds=0, max_seconds=None)
    ledger.post_hold(
        tx, hold_id=name(1), transfer_id=name(2), credit=ben, kind="sent", at=5, payment_id=name(3), salt=name(4)
    )
    assert (-60, -60, 60) == (balance(tx, alma), available(tx, alma), balance(tx, ben))
    found, transfer = ledger.load_hold(tx, name(1)), ledger.transfer_by_id(tx, name(2))
    assert found is not None
    assert transfer is not None
    assert ("posted", 5, name(2)) == (found.state, found.ended_at, found.transfer_id)
    assert (name(2), alma, ben, 60, "sent", 5, name(3), name(4), None) == transfer


def test_a_hold_ends_once(tx: Tx) -> None:
    alma, ben = member(tx, "alma"), member(tx, "ben")
    reserve(tx, 1, alma, 60)
    ledger.release(tx, name(1), 5)
    with refused("hold_not_open: released"):
        ledger.release(tx, name(1), 6)
    with refused("hold_not_open: released"):
        ledger.post_hold(tx, hold_id=name(1), transfer_id=name(2), credit=ben, kind="sent", at=6)
    with refused("hold_not_open: unknown"):
        ledger.release(tx, name(9), 6)
    assert (0, 0) == (balance(tx, alma), balance(tx, ben))


def test_a_hold_id_is_used_once(tx: Tx) -> None:
    alma = member(tx, "alma")
    reserve(tx, 1, alma, 60)
    with refused("constraint"):
        reserve(tx, 1, alma, 60)
    assert -60 == available(tx, alma)


def test_a_hold_is_not_posted_to_its_own_or_an_unknown_account(tx: Tx) -> None:
    alma = member(tx, "alma")
    reserve(tx, 1, alma, 60)
    with refused("own_account"):
        ledger.post_hold(tx, hold_id=name(1), transfer_id=name(2), credit=alma, kind="sent", at=5)
    with refused("unknown_account"):
        ledger.post_hold(tx, hold_id=name(1), transfer_id=name(2), credit=99, kind="sent", at=5)
    assert -60 == available(tx, alma)


# -- reversal ----------------------------------------------------------------------------------------------------------


def test_a_reversal_books_back_and_keeps_both(tx: Tx) -> None:
    alma, ben = member(tx, "alma", min_seconds=-60), member(tx, "ben", min_seconds=60)
    pay(tx, 1, alma, ben, 60)
    counter = ledger.reverse(tx, transfer_id=name(1), new_id=name(2), at=7, salt=name(3))
    assert counter == ledger.transfer_by_id(tx, name(2))
    assert (ben, alma, 60, "reversal", 7, name(3), name(1)) == (
        counter.debit, counter.credit, counter.amount_seconds, counter.kind, counter.at, counter.salt, counter.reverses
    )  # fmt: skip
    assert (0, 0) == (balance(tx, alma), balance(tx, ben))
    assert [60, -60] == [entry.amount_seconds for entry in ledger.statement(tx, alma)]


def test_a_transfer_is_reversed_once(tx: Tx) -> None:
    alma, ben = member(tx, "alma"), member(tx, "ben")
    pay(tx, 1, alma, ben, 60)
    before = ledger.is_reversed(tx, name(1))
    ledger.reverse(tx, transfer_id=name(1), new_id=name(2), at=7)
    assert (False, True) == (before, ledger.is_reversed(tx, name(1)))
    with refused("already_reversed"):
        ledger.reverse(tx, transfer_id=name(1), new_id=name(3), at=7)
    with refused("unknown_transfer"):
        ledger.reverse(tx, transfer_id=name(9), new_id=name(3), at=7)
    assert (0, 0) == (balance(tx, alma), balance(tx, ben))


def test_a_reversal_can_itself_be_reversed(tx: Tx) -> None:
    alma, ben = member(tx, "alma"), member(tx, "ben")
    pay(tx, 1, alma, ben, 60)
    ledger.reverse(tx, transfer_id=name(1), new_id=name(2), at=7)
    ledger.reverse(tx, transfer_id=name(2), new_id=name(3), at=8)
    assert (-60, 60) == (balance(tx, alma), balance(tx, ben))
    assert [] == reconcile(tx)


# -- statement ---------------------------------------------------------------------------------------------------------


def test_a_statement_shows_both_balances_and_the_other_side(tx: Tx) -> None:
    alma, ben = member(tx, "alma"), member(tx, "ben")
    pay(tx, 1, alma, ben, 60)
    pay(tx, 2, ben, alma, 10)
    newest, oldest = ledger.statement(tx, alma)
    assert (10, -60, -50, name(2), ben, "payment", 2) == (
        newest.amount_seconds, newest.balance_before_seconds, newest.balance_after_seconds, newest.transfer_id,
        newest.counter_account, newest.kind, newest.at,
    )  # fmt: skip
    assert (-60, 0, -60, name(1), ben) == (
        oldest.amount_seconds, oldest.balance_before_seconds, oldest.balance_after_seconds, oldest.transfer_id,
        oldest.counter_account,
    )  # fmt: skip
    assert [alma, alma] == [entry.counter_account for entry in ledger.statement(tx, ben)]


def test_pages_of_a_statement_meet_without_a_gap_while_bookings_go_on(tx: Tx) -> None:
    alma, ben, cleo = (member(tx, key) for key in ("alma", "ben", "cleo"))
    for number in range(1, 8):
        pay(tx, number, alma, ben if number % 2 else cleo, number)
    seen: list[int] = []
    before: int | None = None
    while page := ledger.statement(tx, alma, before_entry=before, limit=3):
        seen += [-entry.amount_seconds for entry in page]
        before = page[-1].id
        pay(tx, 100 + len(seen), ben, alma, 1, BLOCK)  # newer than the page: never seen by it
    assert [7, 6, 5, 4, 3, 2, 1] == seen


def test_a_page_has_an_upper_bound(tx: Tx, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "STATEMENT_MAX", 2)
    alma, ben = member(tx, "alma"), member(tx, "ben")
    for number in range(3):
        pay(tx, number, alma, ben, 1)
    assert 2 == len(ledger.statement(tx, alma, limit=10**6))


def test_a_statement_reads_only_its_page(tx: Tx) -> None:
    plan = " ".join(
        row[3]
        for row in tx.execute(
            "EXPLAIN QUERY PLAN SELECT * FROM entry e JOIN transfer t ON t.number = e.transfer_number"
            " WHERE e.account_id = 1 AND e.id < 5 ORDER BY e.id DESC LIMIT 3"
        )
    )
    assert "entry_by_account" in plan
    assert "SCAN" not in plan
    assert "TEMP B-TREE" not in plan


def test_what_transfers_of_a_kind_moved_and_with_whom_the_last_was(tx: Tx) -> None:
    alma, ben, cleo = member(tx, "alma"), member(tx, "ben"), member(tx, "cleo")
    pay(tx, 1, alma, ben, 60)
    pay(tx, 2, cleo, alma, 20)
    kind = ledger.statement(tx, alma)[0].kind
    assert (-40, 0) == (ledger.moved(tx, alma, kind), ledger.moved(tx, alma, "reset"))
    assert ledger.account(tx, cleo) == ledger.last_partner(tx, alma, "reset", kind)
    assert ledger.last_partner(tx, alma, "reset") is None
