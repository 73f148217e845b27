# SPDX-License-Identifier: AGPL-3.0-or-later
"""The ledger's SQL: rows in, typed rows out. Nothing is decided here."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ringtausch_node.ledger.model import Account, Entry, Hold, Totals, Transfer
from ringtausch_node.store import Tx, is_sound, row_check

_ACCOUNT = "SELECT id, kind, key, balance_seconds, held_seconds, min_seconds, max_seconds, created_at FROM account"
_TRANSFER = (
    "SELECT id, debit_account, credit_account, amount_seconds, kind, at, payment_id, salt, reverses FROM transfer"
)

_ENTRY = (
    "SELECT e.id, e.account_id, e.amount_seconds, e.balance_before_seconds, e.balance_after_seconds,"
    " t.id, CASE e.account_id WHEN t.debit_account THEN t.credit_account ELSE t.debit_account END,"
    " t.kind, t.at, t.payment_id, t.reverses"
    " FROM entry e JOIN transfer t ON t.number = e.transfer_number"
)


class Sides(NamedTuple):
    """What the limits need to know of both accounts of a transfer, in one row."""

    debit_balance: int
    debit_held: int
    debit_min: int | None
    credit_balance: int
    credit_max: int | None


def insert_account(tx: Tx, kind: str, key: str, min_seconds: int | None, max_seconds: int | None, at: int) -> int:
    """A new, empty account. -> its id. LocalError('constraint') if the key is taken or the kind unknown."""
    row = tx.one(
        "INSERT INTO account (kind, key, min_seconds, max_seconds, created_at) VALUES (?, ?, ?, ?, ?) RETURNING id",
        (kind, key, min_seconds, max_seconds, at),
    )
    return int(row[0])


def load_account(tx: Tx, account_id: int) -> Account | None:
    """One account by id."""
    row = tx.row(_ACCOUNT + " WHERE id = ?", (account_id,))
    return None if row is None else Account._make(row)


def has_account(tx: Tx, account_id: int) -> bool:
    """Whether there is an account of this number."""
    return tx.row("SELECT 1 FROM account WHERE id = ?", (account_id,)) is not None


def load_account_by_key(tx: Tx, key: str) -> Account | None:
    """One account by key."""
    row = tx.row(_ACCOUNT + " WHERE key = ?", (key,))
    return None if row is None else Account._make(row)


def load_accounts(tx: Tx, kind: str, after_id: int, limit: int) -> list[Account]:
    """A page of the accounts of one kind, ascending by id."""
    rows = tx.execute(_ACCOUNT + " WHERE kind = ? AND id > ? ORDER BY id LIMIT ?", (kind, after_id, limit))
    return [Account._make(row) for row in rows]


def load_sides(tx: Tx, debit: int, credit: int) -> Sides | None:
    """Both accounts of a transfer; None if one of them does not exist."""
    row = tx.row(
        "SELECT d.balance_seconds, d.held_seconds, d.min_seconds, c.balance_seconds, c.max_seconds"
        " FROM account d, account c WHERE d.id = ? AND c.id = ?",
        (debit, credit),
    )
    return None if row is None else Sides._make(row)


def update_limits(tx: Tx, account_id: int, min_seconds: int | None, max_seconds: int | None) -> bool:
    """Set both limits of an account. -> whether it exists."""
    changed = tx.execute(
        "UPDATE account SET min_seconds = ?, max_seconds = ? WHERE id = ?", (min_seconds, max_seconds, account_id)
    )
    return changed.rowcount == 1


def insert_transfer(tx: Tx, transfer: Transfer) -> None:
    """Book: the trigger on `transfer` writes both entries and both balances."""
    tx.change(
        "INSERT INTO transfer"
        " (id, debit_account, credit_account, amount_seconds, kind, at, payment_id, salt, reverses, row_check)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (*transfer, row_check(*transfer._replace(salt=None))),
    )


def load_transfer(tx: Tx, transfer_id: bytes) -> Transfer | None:
    """One transfer by id."""
    row = tx.row(_TRANSFER + " WHERE id = ?", (transfer_id,))
    return None if row is None else Transfer._make(row)


def load_number(tx: Tx, transfer_id: bytes) -> int:
    """Which transfer of the books it is, counted from 1."""
    number: int = tx.one("SELECT number FROM transfer WHERE id = ?", (transfer_id,))[0]
    return number


def load_last_number(tx: Tx) -> int:
    """How many transfers there are: none is ever taken out, so they are numbered without a gap."""
    number: int = tx.one("SELECT coalesce(max(number), 0) FROM transfer")[0]
    return number


def each_transfer(tx: Tx) -> Iterator[Transfer]:
    """All transfers in the order of the books, streamed."""
    return (Transfer._make(row) for row in tx.execute(_TRANSFER + " ORDER BY number"))


def load_reversal(tx: Tx, transfer_id: bytes) -> Transfer | None:
    """The counter-booking of a transfer, if there is one."""
    row = tx.row(_TRANSFER + " WHERE reverses = ?", (transfer_id,))
    return None if row is None else Transfer._make(row)


def load_entries_after(tx: Tx, after_entry: int, limit: int) -> list[Entry]:
    """Entries of all members' accounts, in the order of the books."""
    rows = tx.execute(
        _ENTRY + " JOIN account a ON a.id = e.account_id WHERE e.id > ? AND a.kind = 'member' ORDER BY e.id LIMIT ?",
        (after_entry, limit),
    )
    return [Entry._make(row) for row in rows]


def load_moved(tx: Tx, account_id: int, kind: str) -> int:
    """What transfers of one kind brought an account, or below zero took from it, in seconds."""
    sql = "SELECT coalesce(sum(e.amount_seconds), 0) FROM entry e JOIN transfer t ON t.number = e.transfer_number"
    return int(tx.one(sql + " WHERE e.account_id = ? AND t.kind = ?", (account_id, kind))[0])


def load_last_partner(tx: Tx, account_id: int, kinds: Sequence[str]) -> int | None:
    """The other account of the newest transfer of some kinds that an account has part in; None without one."""
    row = tx.row(
        "SELECT t.debit_account + t.credit_account - e.account_id FROM entry e"
        " JOIN transfer t ON t.number = e.transfer_number WHERE e.account_id = ?"
        " AND t.kind IN (SELECT value FROM json_each(?)) ORDER BY e.id DESC LIMIT 1",
        (account_id, json.dumps(kinds)),
    )
    return None if row is None else int(row[0])


def load_newest_entry(tx: Tx) -> int:
    """The id of the newest entry; 0 in empty books."""
    return int(tx.one("SELECT coalesce(max(id), 0) FROM entry")[0])


def load_entries(tx: Tx, account_id: int, before_entry: int, limit: int) -> list[Entry]:
    """A page of an account's entries, newest first, all with an id below `before_entry`."""
    rows = tx.execute(
        _ENTRY + " WHERE e.account_id = ? AND e.id < ? ORDER BY e.id DESC LIMIT ?",
        (account_id, before_entry, limit),
    )
    return [Entry._make(row) for row in rows]


def insert_hold(tx: Tx, hold_id: bytes, account_id: int, amount_seconds: int, at: int) -> None:
    """A new open hold; the trigger raises the account's held_seconds."""
    tx.change(
        "INSERT INTO hold (id, account_id, amount_seconds, at, row_check) VALUES (?, ?, ?, ?, ?)",
        (hold_id, account_id, amount_seconds, at, row_check(hold_id, account_id, amount_seconds, at)),
    )


def load_hold(tx: Tx, hold_id: bytes) -> Hold | None:
    """One hold by id."""
    row = tx.row(
        "SELECT id, account_id, amount_seconds, state, at, ended_at, transfer_id FROM hold WHERE id = ?", (hold_id,)
    )
    return None if row is None else Hold._make(row)


def end_hold(tx: Tx, hold_id: bytes, at: int, transfer_id: bytes | None) -> None:
    """End an open hold, posted if there is a transfer, else released; the trigger lowers held_seconds."""
    tx.change(
        "UPDATE hold SET state = iif(?1 IS NULL, 'released', 'posted'), ended_at = ?2, transfer_id = ?1 WHERE id = ?3",
        (transfer_id, at, hold_id),
    )


def each_unsound_transfer(tx: Tx) -> Iterator[bytes]:
    """The ids of transfers that are no longer what was written, streamed."""
    # What opens its commitment is no part of the check: it may be erased, and the commitment itself speaks of it.
    rows = tx.execute(_TRANSFER.replace("salt", "NULL").replace(" FROM", ", row_check FROM") + " ORDER BY number")
    return (values[0] for *values, check in rows if not is_sound(check, *values))


def each_unsound_hold(tx: Tx) -> Iterator[bytes]:
    """The ids of holds whose terms are no longer what was written, streamed; how a hold ended is no part of them."""
    rows = tx.execute("SELECT id, account_id, amount_seconds, at, row_check FROM hold ORDER BY id")
    return (values[0] for *values, check in rows if not is_sound(check, *values))


def load_totals(tx: Tx) -> Totals:
    """Accounts, the sum of their balances, open holds."""
    accounts, total = tx.one("SELECT count(*), coalesce(sum(balance_seconds), 0) FROM account")
    holds = tx.one("SELECT count(*) FROM hold WHERE state = 'open'")[0]
    return Totals(accounts, total, holds)
