# SPDX-License-Identifier: AGPL-3.0-or-later
"""Invoices of Ben of elm to Alma of oak, and how they stand."""

from __future__ import annotations

from typing import Any

from ringtausch_node.bootstrap import Ring
from ringtausch_node.members.model import OPERATOR
from ringtausch_node.payments.invoice_model import InvoiceRequest, InvoiceView
from ringtausch_protocol.errors import LocalError
from tests.federation.towns import HOUR, until

Pair = tuple[Ring, Ring]
DAY = 24 * HOUR


async def bill(elm: Ring, seconds: int = HOUR, payer: str = "alma@oak.example", **more: Any) -> InvoiceView:
    """Ben of elm writes an invoice to Alma of oak."""
    return await elm.invoices.create(InvoiceRequest(None, "ben", seconds, "Fahrrad", payer, **more), OPERATOR)


async def stand(ring: Ring, invoice: str, state: str, code: str | None = None) -> InvoiceView:
    """Wait until a ring shows an invoice in this state."""
    found: list[InvoiceView] = []

    async def does() -> bool:
        try:
            found.append(await ring.invoices.get(invoice, OPERATOR))
        except LocalError:
            return False
        return (found[-1].state, found[-1].code, found[-1].payment_state) == (state, code, None)

    await until(does)
    return found[-1]


async def asked(elm: Ring, oak: Ring, **more: Any) -> str:
    """An invoice that has arrived. -> its number."""
    view = await bill(elm, **more)
    await stand(oak, view.invoice_id, "open")
    return view.invoice_id
