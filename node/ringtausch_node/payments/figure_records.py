# SPDX-License-Identifier: AGPL-3.0-or-later
"""Figures of a whole ring by the za:rt rules, in SQL; all in whole seconds."""

from __future__ import annotations

from typing import NamedTuple

from ringtausch_node.store import Tx


class Turnover(NamedTuple):
    """Payments of a time but for what was given back, whenever it was: all, from other rings, to other rings."""

    all_seconds: int
    foreign_in_seconds: int
    foreign_out_seconds: int


#: What came back of a payment to another ring, and what went back of one from there: its payer's ring chose the id.
_GOT_BACK = "SELECT sum(amount_seconds) FROM order_in r WHERE r.refund_of = t.payment_id AND r.state = 'posted'"
_GAVE_BACK = (
    "SELECT b.amount_seconds FROM order_in i JOIN given_back b ON b.payment_id = i.payment_id AND b.ring = i.payer_ring"
    " WHERE i.transfer_id = t.id"
)
#: Refunds of ours by payment and ring: the last of their path, or the peer. All ring ids have one length.
_GIVEN_BACK = (
    "SELECT o.refund_of AS payment_id, substr(coalesce(o.path, p.ring_id), -length(p.ring_id)) AS ring,"
    " sum(o.amount_seconds) AS amount_seconds FROM order_out o JOIN peer p ON p.id = o.peer"
    " WHERE o.purpose = 'refund' AND o.state = 'posted' GROUP BY 1, 2"
)
#: Refunds are no trade themselves.
_IS_REFUND = (
    "EXISTS (SELECT 1 FROM order_in i WHERE i.transfer_id = t.id AND i.purpose = 'refund') OR kind = 'sent'"
    " AND EXISTS (SELECT 1 FROM order_out o WHERE o.payment_id = t.payment_id AND o.purpose = 'refund')"
)


def load_turnover(tx: Tx, since: int, until: int) -> Turnover:
    """What was paid from `since` until before `until`."""
    sql = (
        f"WITH given_back AS MATERIALIZED ({_GIVEN_BACK}), kept AS (SELECT kind, amount_seconds - coalesce("
        f" CASE kind WHEN 'sent' THEN ({_GOT_BACK}) WHEN 'received' THEN ({_GAVE_BACK}) END, 0) AS amount_seconds"
        " FROM transfer t WHERE at >= ? AND at < ? AND reverses IS NULL AND kind IN ('payment', 'sent', 'received')"
        f" AND NOT EXISTS (SELECT 1 FROM transfer r WHERE r.reverses = t.id) AND NOT ({_IS_REFUND}))"
        " SELECT coalesce(sum(amount_seconds), 0), coalesce(sum(iif(kind = 'received', amount_seconds, 0)), 0),"
        " coalesce(sum(iif(kind = 'sent', amount_seconds, 0)), 0) FROM kept"
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
