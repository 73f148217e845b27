# SPDX-License-Identifier: AGPL-3.0-or-later
"""Any sequence of use cases against a model of a few dictionaries: same answers, same figures, books always sound."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule

from ringtausch_node.ledger import service as ledger
from ringtausch_node.ledger.model import LimitPolicy
from ringtausch_node.ledger.reconcile import reconcile
from ringtausch_node.store import Tx
from ringtausch_protocol.errors import LocalError
from tests.ledger.books import empty_books, member, name, pay

AMOUNTS = st.integers(-1, 120) | st.just(10**9) | st.just(10**9 + 1)
LIMITS = st.none() | st.integers(-200, 200)
POLICIES = st.builds(LimitPolicy, st.sampled_from(["block", "warn"]), st.sampled_from(["block", "warn"]))


def attempt(fn: Callable[[], object]) -> object:
    """What a use case gives, or the code with which it refuses."""
    try:
        return fn()
    except LocalError as error:
        return error.code


@dataclass
class Book:
    lower: int | None
    upper: int | None
    amounts: list[int] = field(default_factory=list)
    holds: dict[bytes, int] = field(default_factory=dict)

    @property
    def free(self) -> int:
        return sum(self.amounts) - sum(self.holds.values())


class LedgerMachine(RuleBasedStateMachine):
    accounts = Bundle("accounts")
    holds = Bundle("holds")
    transfers = Bundle("transfers")

    @initialize()
    def open_books(self) -> None:
        self.connection = empty_books()
        self.tx = Tx(self.connection)
        self.model: dict[int, Book] = {}
        self.reversed: set[bytes] = set()
        self.numbers = 0

    def next_id(self) -> bytes:
        self.numbers += 1
        return name(self.numbers)

    def move(self, debit: int, credit: int, amount: int) -> None:
        self.model[debit].amounts.append(-amount)
        self.model[credit].amounts.append(amount)

    def judged(self, policy: LimitPolicy, debit: int, amount: int, credit: int | None = None) -> str | tuple[str, ...]:
        """What the model says: a code if refused, else the warnings."""
        if not 1 <= amount <= 10**9:
            return "amount"
        if debit == credit:
            return "own_account"
        lower = self.model[debit].lower
        crossed = []
        if lower is not None and self.model[debit].free - amount < lower:
            crossed.append(("limit_lower", policy.lower))
        upper = None if credit is None else self.model[credit].upper
        if credit is not None and upper is not None and sum(self.model[credit].amounts) + amount > upper:
            crossed.append(("limit_upper", policy.upper))
        refusals = [code for code, rule_ in crossed if rule_ == "block"]
        return refusals[0] if refusals else tuple(code for code, _ in crossed)

    @rule(target=accounts, lower=LIMITS, upper=LIMITS)
    def open_account(self, lower: int | None, upper: int | None) -> object:
        account = attempt(lambda: member(self.tx, f"member:{len(self.model)}", lower, upper))
        is_odd = lower is not None and upper is not None and lower > upper
        assert is_odd == (account == "limits")
        if not isinstance(account, int):
            return multiple()
        self.model[account] = Book(lower, upper)
        return account

    @rule(account=accounts, lower=LIMITS)
    def set_limits(self, account: int, lower: int | None) -> None:
        ledger.set_limits(self.tx, account, min_seconds=lower, max_seconds=None)
        self.model[account].lower, self.model[account].upper = lower, None

    @rule(target=transfers, debit=accounts, credit=accounts, amount=AMOUNTS, policy=POLICIES, guard=st.booleans())
    def post(self, debit: int, credit: int, amount: int, policy: LimitPolicy, guard: bool) -> object:
        expected, transfer_id = self.judged(policy, debit, amount, credit), self.next_id()
        if not guard and expected not in {"amount", "own_account"}:
            expected = ()
        found = attempt(lambda: pay(self.tx, self.numbers, debit, credit, amount, policy, guard=guard))
        assert expected == found
        if isinstance(expected, str):
            return multiple()
        self.move(debit, credit, amount)
        return transfer_id, debit, credit, amount

    @rule(target=holds, account=accounts, amount=AMOUNTS, policy=POLICIES)
    def hold(self, account: int, amount: int, policy: LimitPolicy) -> object:
        expected, hold_id = self.judged(policy, account, amount), self.next_id()
        assert expected == attempt(
            lambda: ledger.hold(
                self.tx, hold_id=hold_id, account_id=account, amount_seconds=amount, at=1, policy=policy
            )
        )
        if isinstance(expected, str):
            return multiple()
        self.model[account].holds[hold_id] = amount
        return hold_id, account

    @rule(hold=consumes(holds))
    def release(self, hold: tuple[bytes, int]) -> None:
        is_open = hold[0] in self.model[hold[1]].holds
        found = attempt(lambda: ledger.release(self.tx, hold[0], 2))
        assert (None if is_open else "hold_not_open") == found
        self.model[hold[1]].holds.pop(hold[0], None)

    @rule(target=transfers, hold=holds, credit=accounts)
    def post_hold(self, hold: tuple[bytes, int], credit: int) -> object:
        (hold_id, debit), transfer_id = hold, self.next_id()
        expected = None if hold_id in self.model[debit].holds else "hold_not_open"
        if expected is None and debit == credit:
            expected = "own_account"
        assert expected == attempt(
            lambda: ledger.post_hold(
                self.tx, hold_id=hold_id, transfer_id=transfer_id, credit=credit, kind="sent", at=2
            )
        )
        if expected is not None:
            return multiple()
        amount = self.model[debit].holds.pop(hold_id)
        self.move(debit, credit, amount)
        return transfer_id, debit, credit, amount

    @rule(target=transfers, transfer=transfers)
    def reverse(self, transfer: tuple[bytes, int, int, int]) -> object:
        (transfer_id, debit, credit, amount), new_id = transfer, self.next_id()
        found = attempt(lambda: ledger.reverse(self.tx, transfer_id=transfer_id, new_id=new_id, at=3))
        assert (transfer_id in self.reversed) == (found == "already_reversed")
        if transfer_id in self.reversed:
            return multiple()
        self.reversed.add(transfer_id)
        self.move(credit, debit, amount)
        return new_id, credit, debit, amount

    @invariant()
    def the_books_are_those_of_the_model(self) -> None:
        for account, book in getattr(self, "model", {}).items():
            found = ledger.account(self.tx, account)
            assert (sum(book.amounts), book.free) == (found.balance_seconds, found.available_seconds)
            page = ledger.statement(self.tx, account, limit=10)
            assert book.amounts[::-1][:10] == [entry.amount_seconds for entry in page]

    @invariant()
    def the_books_are_sound(self) -> None:
        if hasattr(self, "tx"):
            assert [] == reconcile(self.tx)
            assert 0 == ledger.totals(self.tx).sum_seconds

    def teardown(self) -> None:
        if hasattr(self, "connection"):
            self.connection.close()


TestLedgerMachine = LedgerMachine.TestCase
TestLedgerMachine.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
