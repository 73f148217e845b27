# SPDX-License-Identifier: AGPL-3.0-or-later
"""Giving back: what was paid here is booked back; what came from another town goes there as a refund (SPEC.md 7.1).

Nothing posted is undone. Who received decides to give back; the ring of the original's payer decides whether it fits.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ringtausch_node import booking
from ringtausch_node.clock import Clock
from ringtausch_node.federation.service import Federation
from ringtausch_node.ids import Ids
from ringtausch_node.ledger import service as ledger
from ringtausch_node.members.model import Actor
from ringtausch_node.members.service import Members
from ringtausch_node.payments import records
from ringtausch_node.payments.model import (
    EntryView,
    PaymentView,
    PayRequest,
    check_request,
    parse_payment_id,
    payment_text,
)
from ringtausch_node.payments.records import Payment
from ringtausch_node.payments.service import Payments
from ringtausch_node.payments.views import PaymentViews
from ringtausch_node.store import Store, Tx
from ringtausch_protocol import limits
from ringtausch_protocol.errors import LocalError


class _Given(NamedTuple):
    """What was received, from the side of the one who gives it back."""

    payee: str
    payer: str
    amount_seconds: int
    is_local: bool


class Refunds:
    """Refunds of one ring."""

    def __init__(
        self, *, store: Store, clock: Clock, ids: Ids, members: Members, federation: Federation, payments: Payments,
        views: PaymentViews,
    ) -> None:  # fmt: skip
        self._store, self._clock, self._ids = store, clock, ids
        self._members, self._federation, self._payments, self._views = members, federation, payments, views

    async def refund(
        self, payment_id: str, actor: Actor, amount_seconds: int | None = None, new_id: str | None = None,
        memo: str = "",
    ) -> PaymentView:  # fmt: skip
        """Give a received payment back, whole or in part (a local one whole). -> the payment that goes back.

        `memo`: why. The office does this for everybody: what was booked wrongly is booked back, never undone.

        Raises LocalError: payment_id, not_found (also where it is not yours), not_allowed, amount, memo,
        already_reversed, and what `pay` raises; the other ring may refuse: not_settled, amount.
        """
        wanted = parse_payment_id(payment_id)
        given = await self._store.read(lambda tx: self._given(tx, wanted, actor))
        amount = given.amount_seconds if amount_seconds is None else amount_seconds
        if not 1 <= amount <= given.amount_seconds or (given.is_local and amount != given.amount_seconds):
            raise LocalError("amount", "at most what was received; a payment inside the ring only as a whole")
        request = PayRequest(new_id, given.payee, given.payer, amount, memo, refund_of=wanted)
        check_request(request)
        if given.is_local:
            return await self._store.write(lambda tx: self._book_back(tx, wanted, actor, memo))
        return await self._payments.pay(request, actor)

    async def returnable(self, handle: str, entries: Sequence[EntryView]) -> frozenset[int]:
        """Which of these entries of a member's statement can be booked back: neither back already, nor of who left.

        -> their ids. A look ahead; `refund` is what decides.
        """

        def use_case(tx: Tx) -> frozenset[int]:
            member = self._members.member(tx, handle)
            if member is None or member.state != "active":
                return frozenset()
            given = records.load_given_back(tx, member.account_id)
            return frozenset(each.id for each in entries if self._is_returnable(tx, each, given))

        return await self._store.read(use_case)

    def _is_returnable(self, tx: Tx, entry: EntryView, given_back: dict[bytes, int]) -> bool:
        if entry.payment_id is None:
            return False
        payment_id = parse_payment_id(entry.payment_id)
        if entry.kind == "received":
            return given_back.get(payment_id, 0) < entry.amount_seconds
        payment = records.load_payment(tx, payment_id) if entry.kind == "payment" else None
        if payment is None or payment.transfer_id is None or payment.payee_account is None:
            return False
        sides = (payment.payer_account, payment.payee_account)
        return not ledger.is_reversed(tx, payment.transfer_id) and all(self._is_active(tx, side) for side in sides)

    def _is_active(self, tx: Tx, account: int) -> bool:
        first = self._members.member_by_account(tx, account)
        return first is None or first.state == "active"

    def _given(self, tx: Tx, payment_id: bytes, actor: Actor) -> _Given:
        """Raises LocalError: not_found, not_allowed. An id that another ring made up hides no payment of ours."""
        given = self._given_here(tx, payment_id, actor)
        if given is None:
            credited, handle = self._views.received(tx, payment_id, actor)
            given = _Given(handle, credited.payer or "", credited.amount_seconds, is_local=False)
        if not self._members.rights.might_act(tx, actor, given.payee):
            raise LocalError("not_allowed", "not your account")
        return given

    def _given_here(self, tx: Tx, payment_id: bytes, actor: Actor) -> _Given | None:
        payment = records.load_payment(tx, payment_id)
        if payment is None or payment.payee_account is None:
            return None
        if not self._members.rights.may_read(tx, actor, payment.payee):
            return None
        return _Given(payment.payee, payment.payer, payment.amount_seconds, is_local=True)

    def _book_back(self, tx: Tx, payment_id: bytes, actor: Actor, memo: str) -> PaymentView:
        """Counter-book a payment inside the ring, once."""
        payment = records.load_payment(tx, payment_id)
        if payment is None or payment.transfer_id is None or payment.payee_account is None:
            raise LocalError("not_found", "payment")
        self._verify_both(tx, payment, actor)
        transfer = ledger.transfer_by_id(tx, payment.transfer_id)
        if transfer is not None and transfer.reverses is not None:
            raise LocalError("not_allowed", "a refund is not given back; pay anew")
        now, salt, back_id = self._clock.now(), self._ids.random(limits.SALT_BYTES), self._ids.uuid7()
        counter = booking.book_back(tx, transfer_id=payment.transfer_id, new_id=self._ids.uuid7(), salt=salt, at=now)
        back = Payment(
            back_id, payment.content, payment.payee_account, payment.payer_account, payment.payee, payment.payer,
            payment.amount_seconds, memo, actor.handle, "", now, counter.id,
        )  # fmt: skip
        records.insert_payment(tx, back)
        if memo:
            records.insert_reversal_reason(tx, counter.id, memo)
        return PaymentView(
            payment_id=payment_text(back_id), state="paid", amount_seconds=back.amount_seconds, from_=back.payer,
            to=back.payee, memo=memo, created_at=now, by=records.by_whom(back),
        )  # fmt: skip

    def _verify_both(self, tx: Tx, payment: Payment, actor: Actor) -> None:
        """No frozen or closed account gives back, and none gets; nor does a ring that recovers.

        Raises LocalError: recovering, not_allowed, payee_refuses.
        """
        self._federation.recovery.verify_ready()
        if not self._members.rights.may_act(tx, actor, payment.payee):
            raise LocalError("not_allowed", "not your account")
        giver = self._members.member_by_account(tx, payment.payee_account or 0)
        if giver is not None and giver.state != "active":
            raise LocalError("not_allowed", f"account is {giver.state}")
        getter = self._members.member_by_account(tx, payment.payer_account)
        if getter is not None and getter.state != "active":
            raise LocalError("payee_refuses", f"account is {getter.state}")
