# SPDX-License-Identifier: AGPL-3.0-or-later
"""What netting has done, in SQL."""

from __future__ import annotations

from ringtausch_node.federation.orders.round_trip import PURPOSE
from ringtausch_node.store import Tx


def load_freed_seconds(tx: Tx, clearing_account: int) -> int:
    """By how much round trips have lowered the debts of one line, whoever began them."""
    row = tx.one(
        "SELECT coalesce(sum(abs(e.amount_seconds)), 0) FROM entry e JOIN transfer t ON t.number = e.transfer_number"
        " WHERE e.account_id = ? AND t.kind = ?",
        (clearing_account, PURPOSE),
    )
    return int(row[0])
