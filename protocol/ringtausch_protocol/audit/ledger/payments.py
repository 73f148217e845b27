# SPDX-License-Identifier: Apache-2.0
"""What became of every order and payment, in all logs together: one outcome, paid once, refunds bounded (SPEC.md 7.1).

A record stays for every payment that ended, since a payment may never be paid again; everything else is forgotten with
the order's end.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, NamedTuple

from msgspec import Struct

from ringtausch_protocol.audit.findings.model import Place
from ringtausch_protocol.documents import Head
from ringtausch_protocol.items import Order

Outcome = Literal["posted", "released"]
#: So much of an order's hash names it here: 132 bits, half the memory.
_KEY_LENGTH = 22
#: More rings than any federation has: two objects each.
_DECIDERS_KEPT = 4_096


class _Try(Struct, gc=False):
    """The last attempt of a payment as its payer's log shows it; `is_released`: it ended and nothing was paid."""

    attempt: int
    order: str
    is_released: bool


class _Paid(Struct, gc=False):
    """A payment that was paid: by which order, between whom, and how much of it may still be refunded."""

    order: str
    payee: str
    left_seconds: int


class Refund(NamedTuple):
    """A refund that was paid, where that stands, who answers for the order, the heads of both ends' logs at signing."""

    order: Order
    place: Place
    signer: str
    given: Head
    taken: Head


class _Ended(NamedTuple):
    """How an order ended, and by the decision of which ring; one for all orders of which both are the same."""

    outcome: Outcome
    by: str


@lru_cache(_DECIDERS_KEPT)
def _ended(outcome: Outcome, by: str) -> _Ended:
    return _Ended(outcome, by)


@dataclass(slots=True)
class Payments:
    """All that ended."""

    _ends: dict[str, _Ended] = field(default_factory=dict)
    _tries: dict[tuple[str, str], _Try] = field(default_factory=dict)
    _paid: dict[tuple[str, str], _Paid] = field(default_factory=dict)
    #: Orders that were paid and that nobody is known to have given: no payment or refund is counted by them.
    _nobodys: set[str] = field(default_factory=set)
    #: A refund may go another way than its payment, so that a ring between knows the one without the other, and its
    #: log may be read first.
    refunds: list[Refund] = field(default_factory=list)

    def end(self, order_hash: str, outcome: Outcome, by: str) -> bool:
        """An order ends by the decision of its last ring. -> whether it agrees with what was said before of it."""
        return self._ends.setdefault(order_hash[:_KEY_LENGTH], _ended(outcome, by)).outcome == outcome

    def outcome(self, order_hash: str) -> Outcome | None:
        """How an order ended; None while it has not."""
        found = self._ends.get(order_hash[:_KEY_LENGTH])
        return None if found is None else found.outcome

    def is_counted(self, order_hash: str) -> bool:
        """Whether an end of it was told before, of which it was known who had given the order."""
        name = order_hash[:_KEY_LENGTH]
        return name in self._ends and name not in self._nobodys

    def is_another_s(self, order_hash: str, ring_id: str) -> bool:
        """Whether another ring has decided it."""
        found = self._ends.get(order_hash[:_KEY_LENGTH])
        return found is not None and found.by != ring_id

    # -- attempts, in the payer's own log ----------------------------------------------------------------------------

    def begin_try(self, order: Order, order_hash: str, *, is_again: bool) -> bool:
        """The payer's ring signs an order. -> whether it may: the first, the same again, or after the one before.

        `is_again`: its frame came back after a loss. Lines come back one after the other, so that tells no order.
        """
        key = (order.path[0], order.payment_id)
        last = self._tries.get(key)
        if is_again and last is not None and last.attempt >= order.attempt:
            return True
        self._tries[key] = _Try(order.attempt, order_hash[:_KEY_LENGTH], is_released=False)
        if is_again:
            return True
        if last is None:
            return order.attempt == 1
        if last.order == order_hash[:_KEY_LENGTH]:
            return True
        return last.is_released and order.attempt == last.attempt + 1

    def end_try(self, order: Order, order_hash: str, outcome: Outcome) -> None:
        """The payer's ring has the end of an attempt in its log."""
        key, name = (order.path[0], order.payment_id), order_hash[:_KEY_LENGTH]
        last = self._tries.get(key)
        if last is not None and last.order == name:
            last.is_released = outcome == "released"
        if outcome == "posted" and order.purpose != "probe":
            self.pay(order, order_hash)

    # -- paid --------------------------------------------------------------------------------------------------------

    def know_signer(self, order_hash: str, signer: str) -> bool:
        """An order was paid; `signer` answers for it, empty where that is not known. -> whether it is."""
        name = order_hash[:_KEY_LENGTH]
        (self._nobodys.discard if signer else self._nobodys.add)(name)
        return bool(signer)

    def pay(self, order: Order, order_hash: str) -> bool:
        """An order was paid. -> whether its payment had not been paid by another order."""
        key, name = (order.path[0], order.payment_id), order_hash[:_KEY_LENGTH]
        paid = self._paid.get(key)
        if paid is None:
            refundable = order.amount_seconds if order.purpose == "transfer" else 0
            paid = self._paid[key] = _Paid(name, order.path[-1], refundable)
        return paid.order == name

    def payee_of(self, order: Order) -> str:
        """Who was paid what this order pays, which was paid."""
        return self._paid[order.path[0], order.payment_id].payee

    def count_refund(self, order: Order) -> str | None:
        """A refund was paid, and all that its two ends paid is known. -> the code of what is wrong with it."""
        assert order.refund_of is not None
        key = (order.path[-1], order.refund_of)
        original = self._paid.get(key)
        if original is None or original.payee != order.path[0]:
            return "refund_unfounded"
        if order.amount_seconds > original.left_seconds:
            return "refund_exceeds"
        original.left_seconds -= order.amount_seconds
        return None
