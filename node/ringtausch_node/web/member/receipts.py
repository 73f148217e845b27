# SPDX-License-Identifier: AGPL-3.0-or-later
"""The receipt of a payment as one file to take along: what a stranger checks, and a text that says how."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

from aiohttp.web import Response

from ringtausch_node.payments.receipts import PaymentReceipt
from ringtausch_node.ring import Ring
from ringtausch_node.web.door.visit import PageRoute, Visit
from ringtausch_node.web.look.answers import attachment
from ringtausch_node.web.look.kind_words import N_
from ringtausch_node.web.look.wording import Wording

#: States with which a payment has a receipt: somebody decided it.
DECIDED = ("paid", "refused")
#: File -> what it is.
MEANINGS = {
    "booking.json": N_("die Buchung in diesem Tauschring, mit dem, was sie öffnet"),
    "order.json": N_("der Auftrag, unterschrieben vom Tauschring, der gibt"),
    "decision.json": N_("die Entscheidung, unterschrieben vom Tauschring, der bekommt"),
    "booking.tlog-proof": N_("die Buchung steht im Protokoll des Tauschrings"),
    "order.tlog-proof": N_("der Auftrag steht im Protokoll des Tauschrings"),
    "decision.tlog-proof": N_("die Entscheidung steht im Protokoll des Tauschrings"),
}
#: Every file carries the same day, so that the same receipt is the same bytes.
_DAY = (1980, 1, 1, 0, 0, 0)


def routes(services: Ring) -> list[PageRoute]:
    """The part of the table that is about receipts."""
    of = _Handlers(services)
    return [PageRoute("GET", "/zahlungen/{payment_id}/quittung.zip", "member", of.take)]


class _Handlers:
    def __init__(self, services: Ring) -> None:
        self._services = services

    async def take(self, visit: Visit) -> Response:
        """All files of the receipt, for whoever may see the payment."""
        receipt = await self._services.receipts.receipt(visit.found[0], visit.actor)
        words = {visit.speech.text("LIESMICH.txt"): self._words(visit, receipt).encode()}
        name = f"quittung-{Wording(visit.speech, self._services.config).number(receipt.payment_id)}.zip"
        return attachment(name, "application/zip", packed({**words, **receipt.files()}))

    def _words(self, visit: Visit, receipt: PaymentReceipt) -> str:
        text, config = visit.speech.text, self._services.config
        rows = [
            text("Quittung einer Zahlung"), config.name, receipt.payment_id, "",
            text("Jeder kann diese Dateien prüfen, ohne einen Tauschring zu fragen. Kein Name steht darin."), "",
            *(f"{name}: {text(meaning)}" for name, meaning in MEANINGS.items() if name in receipt.files()), "",
            text("Prüfen:"), "", "  pip install ringtausch",
            "  python -m ringtausch_protocol *.json *.tlog-proof --keys " + text("KARTEN"), "",
            text("KARTEN ist eine Datei mit den Karten der beteiligten Tauschringe, eine in jeder Zeile."),
            text("Jeder Tauschring zeigt seine Karte selbst, dieser hier:"),
            f"  {config.public_url}/.well-known/ringtausch",
        ]  # fmt: skip
        return "\r\n".join([*rows, ""])


def packed(files: Mapping[str, bytes]) -> bytes:
    """Files as one archive; the same files give the same bytes."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, _DAY), data, zipfile.ZIP_DEFLATED)
    return made.getvalue()
