# SPDX-License-Identifier: AGPL-3.0-or-later
"""The ring's own accounts in SQL: what they are called, how they stand."""

from __future__ import annotations

from ringtausch_node.store import Row, Tx

_COMMUNITY = "SELECT a.key, c.name, a.balance_seconds, a.id FROM community c JOIN account a ON a.id = c.account_id"


def insert_community(tx: Tx, account_id: int, name: str, by: str, at: int) -> None:
    """An account of the ring has a name from now on, or another one."""
    tx.change(
        "INSERT INTO community VALUES (?1,?2,?3,?4) ON CONFLICT (account_id) DO UPDATE SET name = ?2",
        (account_id, name, by, at),
    )


def load_communities(tx: Tx) -> list[Row]:
    """(key, name, balance, account id) of every account that members may give to, by name."""
    return list(tx.execute(_COMMUNITY + " ORDER BY c.name, a.key"))


def load_community(tx: Tx, key: str) -> Row | None:
    """The same of one, or None."""
    return tx.row(_COMMUNITY + " WHERE a.key = ?", (key,))


def load_own_accounts(tx: Tx) -> list[Row]:
    """(kind, key, name or null, address of the ring it stands for or null, balance) of all accounts but members'."""
    return list(
        tx.execute(
            "SELECT a.kind, a.key, c.name,"
            " (SELECT p.address FROM peer p WHERE p.clearing_account = a.id ORDER BY p.id DESC LIMIT 1) AS peer,"
            " a.balance_seconds FROM account a LEFT JOIN community c ON c.account_id = a.id WHERE a.kind <> 'member'"
            " ORDER BY c.name IS NULL, c.name, peer IS NULL, peer, a.id"
        )
    )
