# SPDX-License-Identifier: AGPL-3.0-or-later
"""Accounts of the ring itself: a social fund, a project. Members give to them; the office gives from them.

A gift is an ordinary payment whose payee is `community:NAME`: one way to pay, with one id for one payment. Everybody
sees how these accounts stand: community accounts that run empty unseen are what rings quarrel about most.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from ringtausch_node.clock import Clock
from ringtausch_node.errors import LocalError
from ringtausch_node.ledger import service as ledger
from ringtausch_node.members.model import OPERATOR, Actor, check_name
from ringtausch_node.members.service import Members
from ringtausch_node.payments import community_records as records
from ringtausch_node.store import Store, Tx
from ringtausch_protocol.addresses import parse_handle

#: Keys of the ring's own accounts begin like this; no handle can.
PREFIX = "community:"
#: More funds than a ring can explain to its members.
COMMUNITIES_MAX = 50


class CommunityView(msgspec.Struct, frozen=True, kw_only=True):
    """An account of the ring. `key` is what a payment names as its payee."""

    key: str
    name: str
    balance_seconds: int


class Fund(NamedTuple):
    """What a payment needs to know of an account of the ring."""

    account: int
    name: str


class Communities:
    """The ring's own accounts that have a name."""

    def __init__(self, store: Store, clock: Clock, members: Members) -> None:
        self._store, self._clock, self._members = store, clock, members

    async def list(self) -> list[CommunityView]:
        """All of them, by name."""
        return await self._store.read(lambda tx: [_view(*row[:3]) for row in records.load_communities(tx)])

    async def open(self, key: str, name: str, actor: Actor = OPERATOR) -> CommunityView:
        """Give an account of the ring a name, opening it if need be; a second time renames it.

        Raises LocalError: address (the key), member_name, not_allowed (others than the office), too_many_communities.
        """
        wanted, shown = parse_community(key), check_name(name)

        def use_case(tx: Tx) -> CommunityView:
            self._members.rights.verify_office(tx, actor)
            known, now = ledger.account_by_key(tx, wanted), self._clock.now()
            if records.load_community(tx, wanted) is None and len(records.load_communities(tx)) >= COMMUNITIES_MAX:
                raise LocalError("too_many_communities")
            account = known.id if known else ledger.open_account(tx, kind="community", key=wanted, at=now)
            records.insert_community(tx, account, shown, actor.handle, now)
            return _view(wanted, shown, known.balance_seconds if known else 0)

        return await self._store.write(use_case)


def find_fund(tx: Tx, key: str) -> Fund | None:
    """The account of the ring with this key, if it has a name: the others are the books' own."""
    row = records.load_community(tx, key)
    return Fund(row[3], row[1]) if row else None


def is_community(text: str) -> bool:
    """Whether a payee or payer is an account of the ring."""
    return text.startswith(PREFIX)


def parse_community(text: str) -> str:
    """The key of a community account, written with or without its first word. Raises LocalError('address')."""
    return PREFIX + parse_handle(text.removeprefix(PREFIX))


def _view(key: str, name: str, balance_seconds: int) -> CommunityView:
    return CommunityView(key=key, name=name, balance_seconds=balance_seconds)
