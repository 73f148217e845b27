# SPDX-License-Identifier: AGPL-3.0-or-later
"""Invoices of Ben of elm to Alma of oak, and how they stand."""

from __future__ import annotations

from contextlib import suppress
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


async def arrived(ring: Ring, invoice: str) -> InvoiceView:
    """Wait until a ring shows an invoice at all."""
    found: list[InvoiceView] = []

    async def is_there() -> bool:
        with suppress(LocalError):
            found.append(await ring.invoices.get(invoice, OPERATOR))
        return found != []

    await until(is_there)
    return found[-1]


async def closed(ring: Ring, invoice: str) -> tuple[str, str | None]:
    """Wait until an invoice is open no more, and no payment for it is under way. -> how it ended, and the code."""

    async def is_closed() -> bool:
        view = await arrived(ring, invoice)
        return view.state != "open" and view.payment_state is None

    await until(is_closed)
    view = await ring.invoices.get(invoice, OPERATOR)
    return view.state, view.code


async def asked(elm: Ring, oak: Ring, **more: Any) -> str:
    """An invoice that has arrived. -> its number."""
    view = await bill(elm, **more)
    await arrived(oak, view.invoice_id)
    return view.invoice_id
