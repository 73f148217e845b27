# SPDX-License-Identifier: AGPL-3.0-or-later
"""What we measure against: bare sqlite3 writing the same rows into the same tables, WAL and FULL, nothing else.

The schema is the node's own (keys, indexes, CHECKs, foreign keys) without its triggers, the connection has the node's
own settings; balances are kept in Python; everything goes in by executemany.
"""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

from ringtausch_node.clock import SystemClock
from ringtausch_node.store import Store
from ringtausch_node.store.connection import COMMON, WRITER

ACCOUNTS = 50


async def make_tables(path: Path) -> sqlite3.Connection:
    """The node's tables and indexes without triggers, with ACCOUNTS empty accounts."""
    store = await Store.open(path, clock=SystemClock())
    await store.close()
    connection = sqlite3.connect(path, isolation_level=None)
    set_up(connection)
    drop_triggers(connection)
    rows = [(number + 1, f"bare:{number}") for number in range(ACCOUNTS)]
    connection.executemany("INSERT INTO account (id, kind, key, created_at) VALUES (?, 'member', ?, 1)", rows)
    return connection


def set_up(connection: sqlite3.Connection) -> None:
    """The settings under which the node writes: the same durability, cache and checkpoints, foreign keys on."""
    connection.execute("PRAGMA journal_mode = WAL")
    for pragma in (*COMMON, *WRITER):
        connection.execute(pragma)


def drop_triggers(connection: sqlite3.Connection) -> None:
    """Balances and states come from the caller."""
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {name}")


class Bare:
    """Writes local payments as rows: payment, transfer, two entries, two balances, leaf, and the frontier a group."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._balances = dict.fromkeys(range(1, ACCOUNTS + 1), 0)
        self._number = 0

    def write(self, count: int, group: int) -> float:
        """Write `count` payments in commits of `group`. -> seconds."""
        begin = time.perf_counter()
        for _ in range(count // group):
            self._commit(group)
        return time.perf_counter() - begin

    def _commit(self, group: int) -> None:
        transfers, entries, payments, leaves = [], [], [], []
        for _ in range(group):
            self._number += 1
            number, name = self._number, self._number.to_bytes(16, "big")
            debit = number % ACCOUNTS + 1
            credit = (number + 7) % ACCOUNTS + 1
            transfers.append((number, name, debit, credit, 60, 1, "payment", name, name))
            for account, amount, entry in ((debit, -60, 2 * number), (credit, 60, 2 * number + 1)):
                before = self._balances[account]
                self._balances[account] = before + amount
                entries.append((entry, number, account, amount, before, before + amount))
            payments.append((name, name * 2, debit, credit, "m1", "m2", 60, "x", "m1", "", 1, name))
            leaves.append((number, name * 2 + b"12345", name * 2))
        run, many = self._connection.execute, self._connection.executemany
        run("BEGIN IMMEDIATE")
        many("INSERT INTO transfer (number, id, debit_account, credit_account, amount_seconds, at, kind, payment_id,"
             " salt) VALUES (?,?,?,?,?,?,?,?,?)", transfers)  # fmt: skip
        many("INSERT INTO entry VALUES (?,?,?,?,?,?)", entries)
        many("UPDATE account SET balance_seconds = ? WHERE id = ?", [(entry[5], entry[2]) for entry in entries])
        many("INSERT INTO payment VALUES (?,?,?,?,?,?,?,?,?,?,?,?,'')", payments)
        many("INSERT INTO leaf VALUES (?,?,?)", leaves)
        run("UPDATE frontier SET size = ?, hashes = ?", (self._number, bytes(32 * 12)))
        run("COMMIT")
