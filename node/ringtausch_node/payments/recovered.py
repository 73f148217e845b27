# SPDX-License-Identifier: AGPL-3.0-or-later
"""The office's part of a recovery: hours that nobody could attribute find their owner, and it is written down by whom.

After a restore the account `recovered` holds what belongs to members that this copy does not know, and bears what was
spent a second time meanwhile. What the office assigns is a fact: no limit stops its booking.
"""

from __future__ import annotations

import msgspec

from ringtausch_node import booking
from ringtausch_node.clock import Clock
from ringtausch_node.federation.orders.own_cost import RECOVERED_KEY
from ringtausch_node.federation.recovery import assignments
from ringtausch_node.federation.recovery.assignments import Assignment, Waiting
from ringtausch_node.ids import Ids
from ringtausch_node.ledger import service as ledger
from ringtausch_node.ledger.model import LimitPolicy
from ringtausch_node.members.model import Actor
from ringtausch_node.members.service import Members
from ringtausch_node.payments.model import payment_text
from ringtausch_node.store import Store, Tx
from ringtausch_protocol import limits
from ringtausch_protocol.errors import LocalError

#: The community account for hours whose owner is never found.
COMMUNITY_KEY = "community:recovered"
#: A booking of this kind moves hours between `recovered` and whose they are.
KIND = "recovered"
_FACTS = LimitPolicy(lower="warn", upper="warn")


class WaitingView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Hours that wait for the office. rest_seconds > 0: somebody gets them; < 0: somebody owes them.

    `item` names them in `assign`; `member` is whose they are, where that is known and the account could not bear it.
    """

    item: str
    peer: str
    amount_seconds: int
    rest_seconds: int
    at: int | None = None
    payment_id: str | None = None
    member: str | None = None
    from_: str | None = msgspec.field(name="from", default=None)
    to: str | None = None


class AssignedView(msgspec.Struct, frozen=True, kw_only=True):
    """What was assigned. `to` is a member's handle, or null for the community; amount > 0: got hours."""

    item: str
    to: str | None
    amount_seconds: int
    by: str
    at: int
    warnings: list[str]


class Recovered:
    """What stands on the account `recovered` of one ring, and the office's word about it."""

    def __init__(self, store: Store, clock: Clock, ids: Ids, members: Members) -> None:
        self._store, self._clock, self._ids, self._members = store, clock, ids, members

    async def waiting(self) -> list[WaitingView]:
        """What waits for the office, oldest first."""
        return await self._store.read(lambda tx: [self._view(tx, each) for each in _waiting(tx)])

    async def assigned(self) -> list[AssignedView]:
        """What was assigned, oldest first."""
        return await self._store.read(
            lambda tx: [self._assigned(tx, each, ()) for each in assignments.load_assignments(tx)]
        )

    async def assign(self, item: str, to: str | None, actor: Actor, amount_seconds: int | None = None) -> AssignedView:
        """Book hours to a member (or, without one, to the community), whole or in part.

        `item`: as `waiting` names it, or the payment's id. Raises LocalError: not_allowed, not_waiting, unknown_member,
        amount (more than waits).
        """
        if not actor.runs_office:
            raise LocalError("not_allowed", "the office assigns")
        return await self._store.write(lambda tx: self._assign(tx, item, to, actor, amount_seconds))

    def _assign(self, tx: Tx, item: str, to: str | None, actor: Actor, amount_seconds: int | None) -> AssignedView:
        found = [each for each in _waiting(tx) if item in _names(each)]
        if len(found) != 1:
            raise LocalError("not_waiting", "nothing, or more than one thing, of this name waits on `recovered`")
        rest = found[0].amount_seconds - found[0].assigned_seconds
        amount = abs(rest) if amount_seconds is None else amount_seconds
        if not 1 <= amount <= abs(rest):
            raise LocalError("amount", "at most what waits")
        account = self._account(tx, to)
        gets = rest > 0
        row = Assignment(
            self._ids.uuid7(), found[0].item, account, amount if gets else -amount, actor.handle, self._clock.now()
        )
        # The id of a payment that came in was made up by another ring: in our books it names nothing.
        warnings = self._book(tx, row, None if gets else found[0].payment_id)
        assignments.insert_assignment(tx, row)
        return self._assigned(tx, row, warnings)

    def _book(self, tx: Tx, row: Assignment, payment_id: bytes | None) -> tuple[str, ...]:
        recovered = ledger.account_by_key(tx, RECOVERED_KEY)
        assert recovered is not None  # what waits stands on it
        debit, credit = (recovered.id, row.account) if row.amount_seconds > 0 else (row.account, recovered.id)
        return booking.book(
            tx, transfer_id=row.transfer_id, debit=debit, credit=credit, amount_seconds=abs(row.amount_seconds),
            kind=KIND, at=row.at, payment_id=payment_id, salt=self._ids.random(limits.SALT_BYTES), policy=_FACTS,
        )  # fmt: skip

    def _account(self, tx: Tx, to: str | None) -> int:
        if to is None:
            known = ledger.account_by_key(tx, COMMUNITY_KEY)
            now = self._clock.now()
            return known.id if known else ledger.open_account(tx, kind="community", key=COMMUNITY_KEY, at=now)
        found = self._members.account_for(tx, to)
        if found is None:
            raise LocalError("unknown_member", "nobody here has this handle")
        return found[0]

    def _view(self, tx: Tx, waits: Waiting) -> WaitingView:
        member = None if waits.whose is None else self._members.member_by_account(tx, waits.whose)
        return WaitingView(
            item=waits.item, peer=waits.peer, amount_seconds=waits.amount_seconds,
            rest_seconds=waits.amount_seconds - waits.assigned_seconds, at=waits.at,
            payment_id=payment_text(waits.payment_id) if waits.payment_id else None,
            member=member.handle if member else None, from_=waits.payer or None, to=waits.payee,
        )  # fmt: skip

    def _assigned(self, tx: Tx, row: Assignment, warnings: tuple[str, ...]) -> AssignedView:
        member = self._members.member_by_account(tx, row.account)
        return AssignedView(
            item=row.item, to=member.handle if member else None, amount_seconds=row.amount_seconds,
            by=row.assigned_by, at=row.at, warnings=list(warnings),
        )  # fmt: skip


def _waiting(tx: Tx) -> list[Waiting]:
    recovered = ledger.account_by_key(tx, RECOVERED_KEY)
    return assignments.load_waiting(tx, recovered.id) if recovered else []


def _names(waits: Waiting) -> tuple[str, ...]:
    return (waits.item, payment_text(waits.payment_id)) if waits.payment_id else (waits.item,)
