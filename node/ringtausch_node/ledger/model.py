# SPDX-License-Identifier: AGPL-3.0-or-later
"""The nouns of the books. All amounts and balances are whole seconds of time, all times Unix seconds."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

AccountKind: TypeAlias = Literal["member", "clearing", "community", "in_doubt", "written_off", "recovered", "netting"]
Rule: TypeAlias = Literal["block", "warn"]


class LimitPolicy(NamedTuple):
    """What a ring does at a limit: refuse, or book and warn. A ring's choice, for each side."""

    lower: Rule
    upper: Rule


class Account(NamedTuple):
    """One account. A limit of None is no limit; a clearing account's credit is what we owe that ring."""

    id: int
    kind: AccountKind
    key: str
    balance_seconds: int
    held_seconds: int
    min_seconds: int | None
    max_seconds: int | None
    created_at: int

    @property
    def available_seconds(self) -> int:
        """Balance without what is held; limits are not counted in."""
        return self.balance_seconds - self.held_seconds


class Transfer(NamedTuple):
    """One booking: the debit account's balance falls, the credit account's rises by the same amount."""

    id: bytes
    debit: int
    credit: int
    amount_seconds: int
    kind: str
    at: int
    payment_id: bytes | None
    salt: bytes | None
    reverses: bytes | None


class Entry(NamedTuple):
    """One line of an account's statement: its leg of a transfer, with the balances before and after."""

    id: int
    account_id: int
    amount_seconds: int
    balance_before_seconds: int
    balance_after_seconds: int
    transfer_id: bytes
    counter_account: int
    kind: str
    at: int
    payment_id: bytes | None
    reverses: bytes | None


class Hold(NamedTuple):
    """Reserved credit of one account; ends once, by a transfer or by release."""

    id: bytes
    account_id: int
    amount_seconds: int
    state: Literal["open", "posted", "released"]
    at: int
    ended_at: int | None
    transfer_id: bytes | None


class Totals(NamedTuple):
    """The books in three figures; `sum_seconds` is zero or something is badly wrong."""

    accounts: int
    sum_seconds: int
    open_holds: int


class Finding(NamedTuple):
    """One fault found by `reconcile`: where it stands and what is wrong, in words without personal data."""

    table: str
    row: str
    code: str
    detail: str
