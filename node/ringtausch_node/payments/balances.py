# SPDX-License-Identifier: AGPL-3.0-or-later
"""The list of balances: members, the ring's own accounts, and the sum of all, which is zero."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ringtausch_node.ledger.model import AccountKind
from ringtausch_node.members.model import MemberView
from ringtausch_node.payments import community_records as records
from ringtausch_node.store import Tx


class OwnAccountView(msgspec.Struct, frozen=True, kw_only=True):
    """An account that is no member's. `name` is what the ring calls it; `peer` the ring that it stands for, if one."""

    key: str
    kind: AccountKind
    name: str
    peer: str
    balance_seconds: int


class BalancesView(msgspec.Struct, frozen=True, kw_only=True):
    """How everybody stands at one moment. `sum_seconds` is that of all accounts: zero, or something is badly wrong.

    Who has left is not listed, unless hours are left there. Several people on one account are listed each and counted
    once.
    """

    members: list[MemberView]
    members_seconds: int
    own: list[OwnAccountView]
    own_seconds: int
    sum_seconds: int


def list_balances(tx: Tx, members: Sequence[MemberView]) -> BalancesView:
    """The list, from one reading of the books. `members`: all of them, as `Members.views` tells."""
    own = [
        OwnAccountView(kind=kind, key=key, name=name or "", peer=peer or "", balance_seconds=balance)
        for kind, key, name, peer, balance in records.load_own_accounts(tx)
    ]
    of_members = sum(each.balance_seconds for each in members if not each.account_of)
    of_ring = sum(each.balance_seconds for each in own)
    return BalancesView(
        members=[each for each in members if each.state != "left" or (each.balance_seconds and not each.account_of)],
        members_seconds=of_members, own=own, own_seconds=of_ring, sum_seconds=of_members + of_ring,
    )  # fmt: skip
