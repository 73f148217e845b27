# SPDX-License-Identifier: AGPL-3.0-or-later
"""Slips of paper in the office's books: their number stands in the booking, and no slip is booked twice.

A payment by a slip that another ring refused booked nothing: the paper still lies there, and its number is free again.
Where nobody can say that nothing was booked there (the ring is gone, a balance was set anew), it stays taken.
"""

from __future__ import annotations

import hashlib

from ringtausch_node.members.model import Actor
from ringtausch_node.payments import records
from ringtausch_node.payments.model import FINAL, PaymentView, parse_payment_id, payment_text
from ringtausch_node.payments.views import PaymentViews
from ringtausch_node.store import Store, Tx
from ringtausch_protocol.errors import LocalError
from ringtausch_protocol.limits import MEMO_LENGTH

NUMBER_LENGTH = 20
#: How often one paper is tried; whoever was refused so often has another question than a slip's.
ATTEMPTS_MAX = 30
#: Codes of payments that ended without a word of the payee's ring, which may have booked them.
_UNSURE = frozenset({"reset", "given_up"})
_BEFORE, _BETWEEN = "Beleg ", " · "


def verify_slip_number(number: str) -> None:
    """Raises LocalError('slip_number')."""
    if not 1 <= len(number) <= NUMBER_LENGTH or not number.isprintable():
        raise LocalError("slip_number")


def verify_slip_of(actor: Actor, number: str) -> None:
    """Slips are the office's: nobody else takes a number away from it. Raises LocalError: not_allowed, slip_number."""
    if not actor.runs_office:
        raise LocalError("not_allowed", "slips are booked by the office")
    verify_slip_number(number)


class Slips:
    """Which payment books a slip."""

    def __init__(self, store: Store, views: PaymentViews) -> None:
        self._store, self._views = store, views

    async def payment_id(self, number: str, wanted: str = "") -> str:
        """The number of the payment that books a slip, the same for whoever tries, until that was refused.

        `wanted`: what a form says; an attempt that was made stays that attempt, so the same form pays once. Raises
        LocalError('slip'): refused too often.
        """
        return await self._store.read(lambda tx: self.payment_id_in(tx, number, wanted))

    def payment_id_in(self, tx: Tx, number: str, wanted: str = "") -> str:
        """The same in a transaction."""
        for attempt in _attempts(number):
            payment = records.load_payment(tx, parse_payment_id(attempt))
            if attempt == wanted or payment is None or not _booked_nothing(self._views.view(tx, payment)):
                return attempt
        raise LocalError("slip", "refused too often")


def freed_slip(payment: PaymentView) -> str:
    """The number of a slip that is free again, since this payment booked nothing; empty where there is none."""
    if not payment.memo.startswith(_BEFORE) or not _booked_nothing(payment):
        return ""
    parts = payment.memo.removeprefix(_BEFORE)[: NUMBER_LENGTH + len(_BETWEEN)].split(_BETWEEN)
    numbers = [_BETWEEN.join(parts[: count + 1]) for count in range(len(parts))]
    return next((each for each in numbers if payment.payment_id in _attempts(each)), "")


def _attempts(number: str) -> list[str]:
    words = [f"slip {number}", *(f"slip {number}\n{again}" for again in range(1, ATTEMPTS_MAX))]
    return [payment_text(hashlib.sha256(each.encode()).digest()[:16]) for each in words]


def _booked_nothing(payment: PaymentView) -> bool:
    """Refused or taken back, and the payee's ring said so, and nothing else since: what was booked is never free."""
    is_unpaid = payment.state in FINAL - {"paid"} and payment.code not in _UNSURE
    return is_unpaid and not payment.is_paid_there


def slip_memo(number: str, memo: str) -> str:
    """What the booking of a slip is for: its number, and what stands on it."""
    return _BETWEEN.join(part for part in (f"{_BEFORE}{number}", memo) if part)


def shortened_memo(number: str, memo: str) -> str:
    """The same where `memo` stands elsewhere in full, as on an invoice: it gives way to the number."""
    return slip_memo(number, memo)[:MEMO_LENGTH]
