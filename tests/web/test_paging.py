# SPDX-License-Identifier: AGPL-3.0-or-later
"""Long lists a page at a time: nothing is left out, nothing twice, and one comes back to the beginning."""

from __future__ import annotations

import re

import pytest

from ringtausch_node.members import OPERATOR
from ringtausch_node.payments.invoice_model import InvoiceRequest
from ringtausch_node.web.member import bills
from tests.web.conftest import HOUR, Oak, text_of


async def test_all_invoices_are_found_page_by_page_from_the_newest_and_back(
    oak: Oak, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bills, "LISTED_MAX", 2)
    for payee, payer in (("ben", "alma"), ("alma", "ben")):
        for number in range(5):
            await oak.ring.invoices.create(InvoiceRequest(None, payee, HOUR, f"{payee} {number}", payer, 30), OPERATOR)
    ben, at, seen = await oak.member("ben"), "/rechnungen", []
    while at:
        page = await ben.get(at)
        seen += re.findall(r"(?:alma|ben) \d", text_of(page))
        assert ("?vor=" in at) == ("Zu den neuesten" in text_of(page)), at
        told = (await ben.get(at.replace("/rechnungen", "/rechnungen.json"))).json
        link = re.search(r'href="([^"]*)">Ältere Rechnungen', page.body.decode())
        assert told["next"] == (link and link[1].partition("=")[2])
        at = link[1] if link else ""
    assert sorted(f"{name} {number}" for name in ("alma", "ben") for number in range(5)) == sorted(seen)
    assert 400 == (await ben.get("/rechnungen?vor=x")).status
