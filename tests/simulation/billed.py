# SPDX-License-Identifier: AGPL-3.0-or-later
"""Invoices in the end: each arrived as it was written, both towns tell the same of it, and it can be answered.

Of a ring that was put back from a backup an invoice, or its answer, may be lost; then only its payments are looked at.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from ringtausch_node.bootstrap import Ring
from ringtausch_node.errors import LocalError
from ringtausch_node.members.model import OPERATOR
from ringtausch_node.payments.invoice_model import InvoiceView
from tests.simulation.nodes import Killed
from tests.simulation.wishes import UNKNOWN, Bill, Wish, Wishes
from tests.simulation.world import World

#: A letter and its acknowledgement.
HEARD_SECONDS = 900.0
#: How an invoice stands after what its payer or payee did with it. One whose payment was refused is open again.
STANDS = {"pay": ("paid", "open"), "decline": ("declined",), "take back": ("cancelled",)}
#: At its payee and its payer, where each has said his own word before he heard the other's: nobody pays it.
CROSSED = ("cancelled", "declined")
#: The payer's ring has taken up new keys since: the payee is told, and may write it again.
SEALED_BEFORE = "unknown_key"


class Billed:
    """The invoices of a day. `put_back`: rings from a backup; `liars`: rings that lie."""

    def __init__(self, world: World, wishes: Wishes, put_back: set[str], liars: tuple[str, ...] = ()) -> None:
        self._world, self._wishes, self._put_back, self._liars = world, wishes, put_back, frozenset(liars)

    async def check(self) -> list[Wish]:
        """-> the payments that answered invoices, each of which somebody wished. Raises AssertionError."""
        paid: list[Wish] = []
        for bill in self._wishes.bills.values():
            rings = {bill.payer.ring, bill.payee.ring}
            if bill.payer.ring not in self._liars:
                there = await self._world.insist(bill.payer.ring, lambda ring, bill=bill: _shown(ring, bill))  # type: ignore[misc]
                if there is not None and there.payment_id is not None:
                    assert "pay" in bill.tried, f"{self._name(bill)} was paid, and nobody wished it"
                    paid.append(bill.paid_by(there.payment_id))
                if bill.payer.ring in self._put_back and "pay" in bill.tried:
                    paid.append(bill.paid_by(UNKNOWN))  # its copy may not know which payment answered it
                if not rings & (self._put_back | self._liars):
                    await self._arrived(bill, there)
        return paid

    async def _arrived(self, bill: Bill, there: InvoiceView | None) -> None:
        here = await self._world.insist(bill.payee.ring, lambda ring: _shown(ring, bill))
        if here is None:
            assert not bill.is_acknowledged, f"{self._name(bill)} is lost"
            return
        if there is None and here.code == SEALED_BEFORE:
            self._world.seen["invoice sealed to a key of before"] += 1
            return
        assert there is not None, f"{self._name(bill)} has not arrived"
        self._world.seen["invoice arrived"] += 1
        found = (there.amount_seconds, there.payer, there.payee, there.memo)
        wanted = (bill.amount_seconds, bill.payer.handle, bill.payee.seen_from(bill.payer.ring), bill.memo)
        assert found == wanted, f"{self._name(bill)}: {found}, wanted {wanted}"
        if (here.state, there.state) == CROSSED and {"take back", "decline"} <= bill.tried:
            self._world.seen["two ends of an invoice crossed"] += 1
            return
        stands = STANDS.get(bill.answer, (here.state,))
        assert here.state == there.state, f"{self._name(bill)}: {here.state} at its payee, {there.state} at its payer"
        assert here.state in stands, f"{self._name(bill)}: {here.state} after {bill.answer}"
        if here.state == "open":
            await self._decline(bill)

    async def _decline(self, bill: Bill) -> None:
        """Now that nothing goes wrong, an answer arrives."""
        await self._world.insist(bill.payer.ring, lambda ring: ring.answers.decline(bill.id, "other", OPERATOR))

        async def is_heard() -> bool:
            with suppress(Killed):
                shown = await self._world.ask(bill.payee.ring, lambda ring: _shown(ring, bill))
                return shown is not None and shown.state == "declined"
            return False

        await self._world.until(is_heard, HEARD_SECONDS, f"{self._name(bill)}: its payee does not hear the answer")
        self._world.seen["invoice declined in the end"] += 1

    def _name(self, bill: Bill) -> str:
        return f"invoice {bill.number} of {bill.payee.ring} to {bill.payer.ring}, seed {self._world.seed}"


async def _shown(ring: Ring, bill: Bill) -> Any:
    try:
        return await ring.invoices.get(bill.id, OPERATOR)
    except LocalError as error:
        if error.code != "not_found":
            raise
        return None
