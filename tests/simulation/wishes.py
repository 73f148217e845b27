# SPDX-License-Identifier: AGPL-3.0-or-later
"""What people wanted, in their own words: who pays whom how much, and who bills whom. Nothing here is read from a ring.

`granted` and `billed` compare it in the end with what the rings have booked.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from tests.simulation.story import payment_id

#: Numbers of ids: payments from 0, invoices, refunds and gifts from here.
INVOICES, REFUNDS, GIFTS = 10_000, 20_000, 80_000
#: A gift that is booked back has its number and so much more.
BACK = 1_000
#: The fund of a ring, in its own words.
FUND = "community:feast"
#: Who writes invoices, and who is asked to pay them.
BILLS, IS_BILLED = "m0", "m1"

#: Id of a payment that nobody can name any more.
UNKNOWN = ""


class Side(NamedTuple):
    """A member: the ring's name and the handle there."""

    ring: str
    handle: str

    def seen_from(self, ring: str) -> str:
        """How a ring writes this member."""
        return self.handle if ring == self.ring else f"{self.handle}@{self.ring}.example"


class Wish(NamedTuple):
    """Hours that shall go from one member to another, under the id that his program gave."""

    id: str
    payer: Side
    payee: Side
    amount_seconds: int
    memo: str

    @property
    def is_local(self) -> bool:
        """Whether both are members of one ring."""
        return self.payer.ring == self.payee.ring


@dataclass
class Bill:
    """An invoice from one town to another.

    `tried`: what its payer or payee has asked to be done with it; `answer`: what he was told is done.
    """

    number: int
    payer: Side
    payee: Side
    amount_seconds: int
    memo: str
    is_acknowledged: bool = False
    tried: set[str] = field(default_factory=set)
    answer: str = ""

    @property
    def id(self) -> str:
        """The id that the payee's program gave."""
        return payment_id(INVOICES + self.number)

    def paid_by(self, payment: str) -> Wish:
        """The payment that this invoice asks for."""
        return Wish(payment, self.payer, self.payee, self.amount_seconds, self.memo)


@dataclass
class Wishes:
    """Of one day, each noted before anybody is asked. `acknowledged`: number -> the ring that said yes to it."""

    payments: dict[int, Wish] = field(default_factory=dict)
    acknowledged: dict[int, str] = field(default_factory=dict)
    bills: dict[int, Bill] = field(default_factory=dict)
    #: Gifts that go home again inside the ring: the same number and purpose, from the payee to the payer.
    booked_back: dict[int, Wish] = field(default_factory=dict)
    #: Rings whose fund somebody may have given to.
    funds: frozenset[str] = frozenset()

    def note(self, number: int, payer: Side, payee: Side, amount_seconds: int, memo: str) -> Wish:
        """Somebody is about to ask for this."""
        wish = Wish(payment_id(number), payer, payee, amount_seconds, memo)
        self.payments[number] = wish
        return wish


def memo_of(number: int) -> str:
    """What for: of one length for all wishes, so that who reads it changes no other number of the day."""
    return f"Ras{number:02}"
