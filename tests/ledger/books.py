# SPDX-License-Identifier: AGPL-3.0-or-later
"""Small books for tests: accounts and transfers in one line each."""

from __future__ import annotations

import sqlite3

from ringtausch_node.ledger import service as ledger
from ringtausch_node.ledger.model import AccountKind, LimitPolicy
from ringtausch_node.store import Tx
from tests.store.migrated import migrated

BLOCK = LimitPolicy("block", "block")
WARN = LimitPolicy("warn", "warn")


def empty_books() -> sqlite3.Connection:
    """The node's schema in memory, with the settings of the writer that matter to the ledger."""
    connection = migrated()
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA recursive_triggers=ON")
    return connection


def name(number: int) -> bytes:
    """An id of 16 bytes."""
    return number.to_bytes(16, "big")


def member(
    tx: Tx, key: str, min_seconds: int | None = None, max_seconds: int | None = None, kind: AccountKind = "member"
) -> int:
    """Open an account."""
    return ledger.open_account(tx, kind=kind, key=key, at=1, min_seconds=min_seconds, max_seconds=max_seconds)


def pay(
    tx: Tx, number: int, debit: int, credit: int, amount: int, policy: LimitPolicy = BLOCK, *, guard: bool = True
) -> tuple[str, ...]:
    """Post a transfer with id `name(number)`."""
    return ledger.post(
        tx, transfer_id=name(number), debit=debit, credit=credit, amount_seconds=amount, kind="payment", at=2,
        policy=policy, guard=guard,
    )  # fmt: skip


def reserve(
    tx: Tx, number: int, account_id: int, amount: int, policy: LimitPolicy = BLOCK, *, guard: bool = True
) -> tuple[str, ...]:
    """Hold credit under the id `name(number)`."""
    return ledger.hold(
        tx, hold_id=name(number), account_id=account_id, amount_seconds=amount, at=2, policy=policy, guard=guard
    )


def balance(tx: Tx, account_id: int) -> int:
    """The stored balance of an account."""
    return ledger.account(tx, account_id).balance_seconds


def available(tx: Tx, account_id: int) -> int:
    """Balance without what is held."""
    return ledger.account(tx, account_id).available_seconds
