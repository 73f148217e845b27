# SPDX-License-Identifier: AGPL-3.0-or-later
"""Names that other rings gave when they were asked before paying, until the payment is made.

A form cannot carry them: whoever fills it could write any name and have it shown as one that was checked.
"""

from __future__ import annotations

from collections import OrderedDict

from ringtausch_node.config import NAME_LENGTH
from ringtausch_node.payments.model import QuoteView, parse_payment_id

#: Check pages that are read at the same time; of an older one the payment shows the address, as without asking.
NAMES_MAX = 1_000


class CheckedNames:
    """What was answered lately, by the number of the payment that was asked about; in memory only."""

    def __init__(self) -> None:
        self._names: OrderedDict[bytes, tuple[str, str]] = OrderedDict()

    def kept(self, quote: QuoteView) -> QuoteView:
        """The same answer, once its name is kept. One that is no name of a member here either is not."""
        name = quote.name or ""
        if quote.payment_id and name.isprintable() and len(name) <= NAME_LENGTH:
            self._names[parse_payment_id(quote.payment_id)] = (quote.to, name)
            while len(self._names) > NAMES_MAX:
                self._names.popitem(last=False)
        return quote

    def of(self, payment_id: bytes, to: str) -> str:
        """The name that was shown for this payment to this payee; empty where nobody was asked."""
        asked, name = self._names.get(payment_id, ("", ""))
        return name if asked == to else ""
