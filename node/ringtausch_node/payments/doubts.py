# SPDX-License-Identifier: AGPL-3.0-or-later
"""Payments that stayed undecided: the ring bears them, and decides afterwards who pays (SPEC.md 7.9).

While nobody has decided, there is nothing to settle. Once such a payment was paid after all, the doubt account is in
the minus by its amount: the member who ordered it pays, or the community does.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from ringtausch_node import booking
from ringtausch_node.clock import Clock
from ringtausch_node.federation.orders import records as orders
from ringtausch_node.federation.orders.payer_rules import DOUBT_KEY
from ringtausch_node.ids import Ids
from ringtausch_node.ledger import service as ledger
from ringtausch_node.ledger.model import LimitPolicy
from ringtausch_node.members.model import OPERATOR, Actor
from ringtausch_node.members.service import Members
from ringtausch_node.payments import records
from ringtausch_node.payments.model import STATES, parse_payment_id, payment_text
from ringtausch_node.store import Store, Tx
from ringtausch_protocol import limits
from ringtausch_protocol.errors import LocalError

Bearer: TypeAlias = Literal["member", "ring"]
#: The community account that pays where the ring bears it.
COMMUNITY_KEY = "community:doubt"
#: A settled doubt is a fact: the work was done and the other ring paid it out. No limit stops its booking.
_FACTS = LimitPolicy(lower="warn", upper="warn")


class DoubtView(msgspec.Struct, frozen=True, kw_only=True):
    """A payment that the ring bears. state: in_doubt (undecided), or paid and waiting to be settled."""

    payment_id: str
    state: str
    amount_seconds: int
    from_: str = msgspec.field(name="from")
    to: str
    deadline_at: int


class Doubts:
    """What the office does about undecided payments."""

    def __init__(self, store: Store, clock: Clock, ids: Ids, members: Members) -> None:
        self._store, self._clock, self._ids, self._members = store, clock, ids, members

    async def settle(self, payment_id: str, by: Bearer, actor: Actor = OPERATOR) -> None:
        """Book a payment that was paid after all to whom it belongs.

        Raises LocalError: payment_id, no_doubt, not_allowed (others than the office).
        """
        wanted = parse_payment_id(payment_id)

        def use_case(tx: Tx) -> None:
            self._members.rights.verify_office(tx, actor)
            self._settle(tx, wanted, by)

        await self._store.write(use_case)

    def _all(self, tx: Tx) -> list[DoubtView]:
        account = ledger.account_by_key(tx, DOUBT_KEY)
        found = orders.load_doubts(tx, account.id) if account else []
        return [self._view(tx, *row) for row in found]

    def _view(self, tx: Tx, payment_id: bytes, state: str, amount_seconds: int, deadline_at: int) -> DoubtView:
        payment = records.load_payment(tx, payment_id)
        return DoubtView(
            payment_id=payment_text(payment_id), state=STATES[state], amount_seconds=amount_seconds,
            from_=payment.payer if payment else "", to=payment.payee if payment else "", deadline_at=deadline_at,
        )  # fmt: skip

    def _settle(self, tx: Tx, payment_id: bytes, by: Bearer) -> None:
        account = ledger.account_by_key(tx, DOUBT_KEY)
        open_ones = {row[0]: row for row in orders.load_doubts(tx, account.id)} if account else {}
        payment = records.load_payment(tx, payment_id)
        if account is None or payment is None or open_ones.get(payment_id, (b"", ""))[1] != "posted":
            raise LocalError("no_doubt", "not paid after a doubt, or settled already")
        payer = payment.payer_account if by == "member" else self._community(tx)
        self._book(tx, payment_id, payer, account.id, payment.amount_seconds)

    def _community(self, tx: Tx) -> int:
        known = ledger.account_by_key(tx, COMMUNITY_KEY)
        return known.id if known else ledger.open_account(tx, kind="community", key=COMMUNITY_KEY, at=self._clock.now())

    def _book(self, tx: Tx, payment_id: bytes, debit: int, credit: int, amount_seconds: int) -> None:
        transfer_id, salt, now = self._ids.uuid7(), self._ids.random(limits.SALT_BYTES), self._clock.now()
        booking.book(
            tx, transfer_id=transfer_id, debit=debit, credit=credit, amount_seconds=amount_seconds, kind="doubt",
            at=now, payment_id=payment_id, salt=salt, policy=_FACTS,
        )  # fmt: skip

    async def list(self) -> list[DoubtView]:
        """Everything that the ring bears now, oldest deadline first."""
        return await self._store.read(self._all)
