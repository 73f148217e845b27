# SPDX-License-Identifier: AGPL-3.0-or-later
"""Figures of a whole ring by the za:rt rules, in SQL; all in whole seconds."""

from __future__ import annotations

from typing import NamedTuple

from ringtausch_node.store import Tx


class Turnover(NamedTuple):
    """Payments of a time that were not given back: all, from other rings, to other rings."""

    all_seconds: int
    foreign_in_seconds: int
    foreign_out_seconds: int


def load_turnover(tx: Tx, since: int, until: int) -> Turnover:
    """What was paid from `since` until before `until`."""
    sql = (
        "SELECT coalesce(sum(amount_seconds), 0), coalesce(sum(iif(kind = 'received', amount_seconds, 0)), 0),"
        " coalesce(sum(iif(kind = 'sent', amount_seconds, 0)), 0)"
        " FROM transfer t WHERE at >= ? AND at < ? AND reverses IS NULL AND kind IN ('payment', 'sent', 'received')"
        " AND NOT EXISTS (SELECT 1 FROM transfer r WHERE r.reverses = t.id)"
    )
    return Turnover(*tx.one(sql, (since, until)))


def load_created(tx: Tx) -> int:
    """The sum of all members' balances above zero, now."""
    sql = "SELECT coalesce(sum(balance_seconds), 0) FROM account WHERE kind = 'member' AND balance_seconds > 0"
    return int(tx.one(sql)[0])


def load_created_at(tx: Tx, until: int) -> int:
    """The same as it stood before `until`."""
    sql = (
        "SELECT coalesce(sum(balance), 0) FROM (SELECT sum(e.amount_seconds) AS balance FROM account a"
        " JOIN entry e ON e.account_id = a.id JOIN transfer t ON t.number = e.transfer_number"
        " WHERE a.kind = 'member' AND t.at < ? GROUP BY a.id) WHERE balance > 0"
    )
    return int(tx.one(sql, (until,))[0])


def count_accounts(tx: Tx, until: int) -> int:
    """Accounts that a member had before `until`: opened by then, and not left by all who were on them.

    Of somebody who was forgotten nobody knows when he left, only that it was before that.
    """
    sql = (
        "SELECT count(DISTINCT m.account_id) FROM member m LEFT JOIN departure d ON d.member_id = m.id"
        " LEFT JOIN forgotten f ON f.member_id = m.id"
        " WHERE m.created_at < ?1 AND (m.state <> 'left' OR coalesce(d.noted_at, f.at, 0) >= ?1)"
    )
    return int(tx.one(sql, (until,))[0])
