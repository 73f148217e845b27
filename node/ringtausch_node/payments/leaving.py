# SPDX-License-Identifier: AGPL-3.0-or-later
"""Leaving: the account comes to zero, then the member goes for good.

Whoever shares the account with others leaves it to them as it is; the last one closes it.
"""

from __future__ import annotations

import msgspec

from ringtausch_node import booking
from ringtausch_node.clock import Clock
from ringtausch_node.federation.orders import records as orders
from ringtausch_node.federation.orders.payer_rules import DOUBT_KEY
from ringtausch_node.federation.service import Federation
from ringtausch_node.ids import Ids
from ringtausch_node.ledger import service as ledger
from ringtausch_node.ledger.model import LimitPolicy
from ringtausch_node.members.model import OPERATOR, Actor, Departure, Member
from ringtausch_node.members.service import Members
from ringtausch_node.payments import records
from ringtausch_node.payments.community import parse_community
from ringtausch_node.payments.invoice_answers import InvoiceAnswers
from ringtausch_node.payments.model import PayRequest, content_of
from ringtausch_node.payments.records import Payment
from ringtausch_node.store import Store, Tx
from ringtausch_protocol import limits
from ringtausch_protocol.addresses import parse_handle
from ringtausch_protocol.errors import LocalError

#: The account ends at zero: no limit of either side has a say in that.
_TO_ZERO = LimitPolicy(lower="warn", upper="warn")


class Left(msgspec.Struct, frozen=True, kw_only=True):
    """A member who left. `rest_seconds` > 0 was given to `rest_to`, < 0 was taken over by it.

    `account_with` is the first of those who keep the account.
    """

    handle: str
    rest_seconds: int
    rest_to: str | None
    account_with: str | None


class Leaving:
    """How members leave one ring."""

    def __init__(
        self, *, store: Store, clock: Clock, ids: Ids, members: Members, federation: Federation,
        invoices: InvoiceAnswers,
    ) -> None:  # fmt: skip
        self._store, self._clock, self._ids = store, clock, ids
        self._members, self._federation, self._invoices = members, federation, invoices

    async def leave(
        self, handle: str, rest_to: str | None = None, actor: Actor = OPERATOR, reason: Departure = "left"
    ) -> Left:
        """Let a member go; what is left on the account goes to a community account, which is opened if need be.

        His open invoices are taken back, and those that he should pay declined.

        Raises LocalError: address, unknown_member, payments_open (reserved, waiting or in doubt), balance_not_zero,
        account_shared (a rest cannot be given: others keep the account), recovering (more may come back to it),
        not_allowed (others than the office; for operators than operators), own_role (an operator himself).
        """
        wanted, key = parse_handle(handle), None if rest_to is None else parse_community(rest_to)
        return await self._store.write(lambda tx: self._leave(tx, wanted, key, actor, reason))

    def _leave(self, tx: Tx, handle: str, key: str | None, actor: Actor, reason: Departure) -> Left:
        self._members.rights.verify_office(tx, actor)
        self._federation.recovery.verify_ready()
        member = self._members.present(tx, handle)
        self._members.rights.verify_shut_out(tx, actor, member)
        rest = 0
        if self._members.people(tx, member.account_id) == [member]:
            rest = self._settle(tx, member, key, actor)
        elif key is not None:
            raise LocalError("account_shared")
        self._invoices.void(tx, handle)
        first = self._members.life.let_go(tx, member, actor, reason)
        return Left(
            handle=handle,
            rest_seconds=rest,
            rest_to=key if rest else None,
            account_with=first.handle if first else None,
        )

    def _settle(self, tx: Tx, member: Member, key: str | None, actor: Actor) -> int:
        """Bring the account to zero, or say what stands against it. -> the rest that was given away."""
        account = ledger.account(tx, member.account_id)
        if account.held_seconds or orders.count_open(tx, account.id):
            raise LocalError("payments_open", "reserved")
        if self._has_doubts(tx, account.id):
            raise LocalError("payments_open", "in doubt")
        rest = account.balance_seconds
        if rest and key is None:
            raise LocalError("balance_not_zero", "above zero" if rest > 0 else "below zero")
        if rest:
            self._give(tx, member, str(key), rest, actor)
        return rest

    def _has_doubts(self, tx: Tx, account: int) -> bool:
        """Whether the ring bears a payment of this account that may still come back to it."""
        bearer = ledger.account_by_key(tx, DOUBT_KEY)
        borne = orders.load_doubts(tx, bearer.id) if bearer else []
        payments = (records.load_payment(tx, row[0]) for row in borne)
        return any(payment is not None and payment.payer_account == account for payment in payments)

    def _give(self, tx: Tx, member: Member, key: str, rest: int, actor: Actor) -> None:
        """An ordinary payment between the member and the community, ordered by the office."""
        now, transfer_id, salt = self._clock.now(), self._ids.uuid7(), self._ids.random(limits.SALT_BYTES)
        known = ledger.account_by_key(tx, key)
        community = known.id if known else ledger.open_account(tx, kind="community", key=key, at=now)
        sides = [(member.account_id, member.handle), (community, key)]
        (debit, payer), (credit, payee) = sides if rest > 0 else reversed(sides)
        request = PayRequest(None, payer, payee, abs(rest))
        payment = Payment(
            self._ids.uuid7(), content_of(payer, payee, request), debit, credit, payer, payee, abs(rest), "",
            actor.handle, "", now, transfer_id,
        )  # fmt: skip
        records.insert_payment(tx, payment)
        booking.book(
            tx, transfer_id=transfer_id, debit=debit, credit=credit, amount_seconds=abs(rest), kind="payment", at=now,
            payment_id=payment.id, salt=salt, policy=_TO_ZERO,
        )  # fmt: skip
