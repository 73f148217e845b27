# SPDX-License-Identifier: AGPL-3.0-or-later
"""Replay of the whole books: every figure that is stored is computed again from what it stands on.

Streams row by row; memory does not grow with the books. Nothing here trusts the triggers that normally keep all this
true: an operator with a database browser, a bad disk and a bad migration know ways around them.
"""

from __future__ import annotations

from collections.abc import Iterator

from ringtausch_node.ledger import records
from ringtausch_node.ledger.model import Finding
from ringtausch_node.store import ROW_CHANGED, Tx


def reconcile(tx: Tx) -> list[Finding]:
    """Everything that is wrong in the books; an empty list means they are sound."""
    return list(stream_findings(tx))


def stream_findings(tx: Tx) -> Iterator[Finding]:
    """The findings one by one, table by table."""
    yield from _sums(tx)
    yield from _chains(tx)
    yield from _legs(tx)
    yield from _orphans(tx)
    yield from _reversals(tx)
    yield from _held(tx)
    yield from _holds(tx)
    yield from _rows(tx)


def _sums(tx: Tx) -> Iterator[Finding]:
    """All balances sum to zero, and so do all entries. Summed here: SQL's sum() fails on absurd figures."""
    for table, sql in (
        ("account", "SELECT balance_seconds FROM account"),
        ("entry", "SELECT amount_seconds FROM entry"),
    ):
        total = sum(row[0] for row in tx.execute(sql))
        if total != 0:
            yield Finding(table, "", "sum", f"the sum is {total} s, not 0")


def _chains(tx: Tx) -> Iterator[Finding]:
    """Each account's entries follow one another without a gap, from zero to the stored balance."""
    for account_id, balance in tx.execute("SELECT id, balance_seconds FROM account ORDER BY id"):
        reached = 0
        rows = tx.execute(
            "SELECT id, amount_seconds, balance_before_seconds, balance_after_seconds FROM entry"
            " WHERE account_id = ? ORDER BY id",
            (account_id,),
        )
        for entry_id, amount, before, after in rows:
            if before != reached:
                yield Finding("entry", str(entry_id), "chain", f"begins at {before} s, not at {reached} s")
            if after != before + amount:
                yield Finding("entry", str(entry_id), "arithmetic", f"{before} s + {amount} s is not {after} s")
            reached = after
        if reached != balance:
            yield Finding("account", str(account_id), "balance", f"stored {balance} s, the entries end at {reached} s")


def _legs(tx: Tx) -> Iterator[Finding]:
    """Each transfer has its debit and its credit entry, with its accounts and its amount."""
    rows = tx.execute(
        "SELECT t.id, t.debit_account, t.credit_account, t.amount_seconds,"
        " d.account_id, d.amount_seconds, c.account_id, c.amount_seconds"
        " FROM transfer t LEFT JOIN entry d ON d.id = 2 * t.number LEFT JOIN entry c ON c.id = 2 * t.number + 1"
        " ORDER BY t.number"
    )
    for transfer_id, debit, credit, amount, *legs in rows:
        if legs != [debit, -amount, credit, amount]:
            yield Finding("transfer", transfer_id.hex(), "legs", "its two entries do not say what it says")


def _orphans(tx: Tx) -> Iterator[Finding]:
    """Each entry belongs to a transfer and to an account."""
    rows = tx.execute(
        "SELECT e.id FROM entry e LEFT JOIN transfer t ON t.number = e.transfer_number"
        " LEFT JOIN account a ON a.id = e.account_id"
        " WHERE t.number IS NULL OR a.id IS NULL OR e.transfer_number <> e.id / 2 ORDER BY e.id"
    )
    for (entry_id,) in rows:
        yield Finding("entry", str(entry_id), "orphan", "no transfer or no account of its own")


def _reversals(tx: Tx) -> Iterator[Finding]:
    """Each counter-booking mirrors a transfer before it, and no transfer has two."""
    rows = tx.execute(
        "SELECT r.id, o.number IS NOT NULL AND o.number < r.number AND r.amount_seconds = o.amount_seconds"
        " AND r.debit_account = o.credit_account AND r.credit_account = o.debit_account"
        " AND r.payment_id IS o.payment_id,"
        " (SELECT count(*) FROM transfer s WHERE s.reverses = r.reverses)"
        " FROM transfer r LEFT JOIN transfer o ON o.id = r.reverses WHERE r.reverses IS NOT NULL ORDER BY r.number"
    )
    for transfer_id, is_mirror, count in rows:
        if not is_mirror:
            yield Finding("transfer", transfer_id.hex(), "reversal", "does not mirror the transfer it reverses")
        if count != 1:
            yield Finding("transfer", transfer_id.hex(), "reversed_twice", f"one of {count} reversals of one transfer")


def _held(tx: Tx) -> Iterator[Finding]:
    """Each account holds exactly its open holds."""
    for account_id, stored in tx.execute("SELECT id, held_seconds FROM account ORDER BY id"):
        rows = tx.execute("SELECT amount_seconds FROM hold WHERE account_id = ? AND state = 'open'", (account_id,))
        summed = sum(row[0] for row in rows)
        if stored != summed:
            yield Finding("account", str(account_id), "held", f"stored {stored} s, its open holds sum to {summed} s")


def _holds(tx: Tx) -> Iterator[Finding]:
    """Each hold has an account, and a posted one the transfer that it became; no transfer ends two holds."""
    rows = tx.execute(
        "SELECT h.id, a.id IS NOT NULL, h.state <> 'posted' OR (t.id IS NOT NULL AND t.debit_account = h.account_id"
        " AND t.amount_seconds = h.amount_seconds AND t.at = h.ended_at)"
        " FROM hold h LEFT JOIN account a ON a.id = h.account_id LEFT JOIN transfer t ON t.id = h.transfer_id"
        " ORDER BY h.id"
    )
    for hold_id, has_account, fits in rows:
        if not has_account:
            yield Finding("hold", hold_id.hex(), "orphan", "no account of its own")
        if not fits:
            yield Finding("hold", hold_id.hex(), "posted", "the transfer it became is missing or another")


def _rows(tx: Tx) -> Iterator[Finding]:
    """Each row is what was written, also in columns of which nothing else speaks: what a booking was for, and when."""
    for transfer_id in records.each_unsound_transfer(tx):
        yield Finding("transfer", transfer_id.hex(), "row", ROW_CHANGED)
    for hold_id in records.each_unsound_hold(tx):
        yield Finding("hold", hold_id.hex(), "row", ROW_CHANGED)
