# SPDX-License-Identifier: AGPL-3.0-or-later
"""The ledger's use cases: open, post, hold, release, reverse, read. Plain functions inside a transaction of the store.

Whatever books also owes the signed log a leaf: rooms book through `booking`, which adds it. `guard=False` is for facts
that no limit may refuse: recovery, decisions of another ring.
"""

from __future__ import annotations

from collections.abc import Iterator

from ringtausch_node.ledger import book, records
from ringtausch_node.ledger.model import Account, AccountKind, Entry, Hold, LimitPolicy, Totals, Transfer
from ringtausch_node.store import Tx
from ringtausch_protocol.errors import LocalError

#: Above every entry id: the newest page.
_NEWEST = 2**63 - 1
#: Longest page of a statement: bounds what one reading holds in memory.
STATEMENT_MAX = 1000

#: The kind of a counter-booking.
REVERSAL = "reversal"


def each_transfer(tx: Tx) -> Iterator[Transfer]:
    """All transfers in the order of the books, streamed."""
    return records.each_transfer(tx)


def number_of(tx: Tx, transfer_id: bytes) -> int:
    """Which transfer of the books it is, counted from 1; it must be there."""
    return records.load_number(tx, transfer_id)


def last_number(tx: Tx) -> int:
    """The number of the newest transfer, which is how many there are; 0 of none."""
    return records.load_last_number(tx)


def open_account(
    tx: Tx,
    *,
    kind: AccountKind,
    key: str,
    at: int,
    min_seconds: int | None = None,
    max_seconds: int | None = None,
) -> int:
    """Open an empty account. -> its id.

    Raises LocalError: account_exists (the key is taken), limits (lower above upper).
    """
    _verify_limits(min_seconds, max_seconds)
    if records.load_account_by_key(tx, key) is not None:
        raise LocalError("account_exists")
    return records.insert_account(tx, kind, key, min_seconds, max_seconds, at)


def account(tx: Tx, account_id: int) -> Account:
    """An account by id. Raises LocalError('unknown_account')."""
    found = records.load_account(tx, account_id)
    if found is None:
        raise LocalError("unknown_account", f"account {account_id}")
    return found


def find_account(tx: Tx, account_id: int) -> Account | None:
    """An account by id, or None."""
    return records.load_account(tx, account_id)


def account_by_key(tx: Tx, key: str) -> Account | None:
    """An account by its key, or None."""
    return records.load_account_by_key(tx, key)


def accounts(tx: Tx, kind: AccountKind, *, after_id: int = 0, limit: int = 1000) -> list[Account]:
    """A page of the accounts of one kind, ascending by id; go on with the last id."""
    return records.load_accounts(tx, kind, after_id, limit)


def set_limits(tx: Tx, account_id: int, *, min_seconds: int | None, max_seconds: int | None) -> None:
    """Set both limits; None is no limit. A balance already beyond them stays.

    Raises LocalError: limits (lower above upper), unknown_account.
    """
    _verify_limits(min_seconds, max_seconds)
    if not records.update_limits(tx, account_id, min_seconds, max_seconds):
        raise LocalError("unknown_account", f"account {account_id}")


def post(
    tx: Tx,
    *,
    transfer_id: bytes,
    debit: int,
    credit: int,
    amount_seconds: int,
    kind: str,
    at: int,
    payment_id: bytes | None = None,
    salt: bytes | None = None,
    reverses: bytes | None = None,
    policy: LimitPolicy,
    guard: bool = True,
) -> tuple[str, ...]:
    """Move credit: the balance of `debit` falls, that of `credit` rises.

    -> codes of warnings (limit_lower, limit_upper), empty if the limits are kept or `guard` is off.
    Raises LocalError: amount, own_account, unknown_account, limit_lower, limit_upper; constraint (a used transfer id).
    """
    book.verify_amount(amount_seconds)
    if debit == credit:
        raise LocalError("own_account")
    sides = records.load_sides(tx, debit, credit)
    if sides is None:
        raise LocalError("unknown_account", f"account {debit} or {credit}")
    warnings: tuple[str, ...] = ()
    if guard:
        warnings = book.judge(
            policy,
            below=book.is_below_lower(sides.debit_balance, sides.debit_held, sides.debit_min, amount_seconds),
            above=book.is_above_upper(sides.credit_balance, sides.credit_max, amount_seconds),
        )
    transfer = Transfer(transfer_id, debit, credit, amount_seconds, kind, at, payment_id, salt, reverses)
    records.insert_transfer(tx, transfer)
    return warnings


def hold(
    tx: Tx,
    *,
    hold_id: bytes,
    account_id: int,
    amount_seconds: int,
    at: int,
    policy: LimitPolicy,
    guard: bool = True,
) -> tuple[str, ...]:
    """Reserve credit of an account. -> codes of warnings (limit_lower).

    Raises LocalError: amount, unknown_account, limit_lower; constraint (a used hold id).
    """
    book.verify_amount(amount_seconds)
    held = account(tx, account_id)
    warnings: tuple[str, ...] = ()
    if guard:
        below = book.is_below_lower(held.balance_seconds, held.held_seconds, held.min_seconds, amount_seconds)
        warnings = book.judge(policy, below=below, above=False)
    records.insert_hold(tx, hold_id, account_id, amount_seconds, at)
    return warnings


def load_hold(tx: Tx, hold_id: bytes) -> Hold | None:
    """A hold by id, open or ended, or None."""
    return records.load_hold(tx, hold_id)


def release(tx: Tx, hold_id: bytes, at: int) -> None:
    """End an open hold: the credit is free again. Raises LocalError('hold_not_open')."""
    _open_hold(tx, hold_id)
    records.end_hold(tx, hold_id, at, None)


def post_hold(
    tx: Tx,
    *,
    hold_id: bytes,
    transfer_id: bytes,
    credit: int,
    kind: str,
    at: int,
    payment_id: bytes | None = None,
    salt: bytes | None = None,
) -> None:
    """Turn an open hold into a transfer of its amount to `credit`: a fact, no limit is asked.

    Raises LocalError: hold_not_open, own_account, unknown_account; constraint (a used transfer id).
    """
    found = _open_hold(tx, hold_id)
    if found.account_id == credit:
        raise LocalError("own_account")
    if not records.has_account(tx, credit):
        raise LocalError("unknown_account", f"account {credit}")
    transfer = Transfer(
        transfer_id, found.account_id, credit, found.amount_seconds, kind, at, payment_id, salt, reverses=None
    )
    records.insert_transfer(tx, transfer)
    records.end_hold(tx, hold_id, at, transfer_id)


def transfer_by_id(tx: Tx, transfer_id: bytes) -> Transfer | None:
    """A transfer by its id, or None."""
    return records.load_transfer(tx, transfer_id)


def reverse(tx: Tx, *, transfer_id: bytes, new_id: bytes, at: int, salt: bytes | None = None) -> Transfer:
    """Book a transfer back, once: same amount, sides exchanged, no limit asked. -> the counter-booking.

    Raises LocalError: unknown_transfer, already_reversed.
    """
    original = records.load_transfer(tx, transfer_id)
    if original is None:
        raise LocalError("unknown_transfer")
    if records.load_reversal(tx, transfer_id) is not None:
        raise LocalError("already_reversed")
    counter = Transfer(
        id=new_id, debit=original.credit, credit=original.debit, amount_seconds=original.amount_seconds,
        kind=REVERSAL, at=at, payment_id=original.payment_id, salt=salt, reverses=transfer_id,
    )  # fmt: skip
    records.insert_transfer(tx, counter)
    return counter


def is_reversed(tx: Tx, transfer_id: bytes) -> bool:
    """Whether a transfer was booked back."""
    return records.load_reversal(tx, transfer_id) is not None


def statement(tx: Tx, account_id: int, *, before_entry: int | None = None, limit: int = 50) -> list[Entry]:
    """A page of an account's entries, newest first; go on with `before_entry` = the last id seen."""
    newest = _NEWEST if before_entry is None else before_entry
    return records.load_entries(tx, account_id, newest, min(limit, STATEMENT_MAX))


def entries_after(tx: Tx, entry_id: int, limit: int) -> list[Entry]:
    """Entries of all members' accounts after one, oldest first; go on with the last id."""
    return records.load_entries_after(tx, entry_id, min(limit, STATEMENT_MAX))


def moved(tx: Tx, account_id: int, kind: str) -> int:
    """What transfers of one kind brought an account, or below zero took from it, in seconds."""
    return records.load_moved(tx, account_id, kind)


def last_partner(tx: Tx, account_id: int, *kinds: str) -> Account | None:
    """With which account the newest transfer of these kinds was made; None where there was none."""
    partner = records.load_last_partner(tx, account_id, kinds)
    return None if partner is None else account(tx, partner)


def newest_entry(tx: Tx) -> int:
    """The id of the newest entry of the books; 0 where there is none."""
    return records.load_newest_entry(tx)


def totals(tx: Tx) -> Totals:
    """The books in three figures."""
    return records.load_totals(tx)


def _open_hold(tx: Tx, hold_id: bytes) -> Hold:
    found = records.load_hold(tx, hold_id)
    if found is None or found.state != "open":
        raise LocalError("hold_not_open", "unknown" if found is None else found.state)
    return found


def _verify_limits(min_seconds: int | None, max_seconds: int | None) -> None:
    if min_seconds is not None and max_seconds is not None and min_seconds > max_seconds:
        raise LocalError("limits", "the lower limit is above the upper")
