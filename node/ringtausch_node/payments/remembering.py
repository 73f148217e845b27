# SPDX-License-Identifier: AGPL-3.0-or-later
"""What goes into the note to self of a payment, and how the payment is remembered again after a loss (SPEC.md 6.8)."""

from __future__ import annotations

from ringtausch_node.federation.frames.notes import Asked, Remembered
from ringtausch_node.payments import records
from ringtausch_node.payments.model import PayRequest, content_of
from ringtausch_node.payments.records import Payment, by_whom
from ringtausch_node.store import Tx
from ringtausch_protocol import canonical
from ringtausch_protocol.canonical import b64

#: What was asked for in a payment whose note is lost: the same as nothing that anybody asks.
_NOBODY_KNOWS = bytes(32)


class PaymentMemory:
    """`federation.notes.Memory`, from the table of payments."""

    def told(self, tx: Tx, payment_id: bytes) -> tuple[Remembered, str] | None:
        """A payment to another ring, and the hash of what was asked."""
        payment = records.load_payment(tx, payment_id)
        if payment is None:
            return None
        remembered = Remembered(from_=payment.payer, to=payment.payee, memo=payment.memo, by=by_whom(payment))
        return remembered, b64(payment.content)

    def restore(self, tx: Tx, payment: Asked, remembered: Remembered | None) -> None:
        """Remember a payment that came back, unless it is known. Without its note only the office sees it."""
        content = _content(payment, remembered) if remembered else _NOBODY_KNOWS
        payer, payee, memo, by = (
            (remembered.from_, remembered.to, remembered.memo or "", remembered.by or remembered.from_)
            if remembered
            else ("", payment.ring, "", "")
        )
        row = Payment(
            payment.payment_id, content, payment.account, None, payer, payee, payment.amount_seconds, memo, by, "",
            payment.created_at, None,
        )  # fmt: skip
        records.insert_payment(tx, row)


def _content(payment: Asked, remembered: Remembered) -> bytes:
    if remembered.content is not None:
        return canonical.unb64(remembered.content, 32)
    request = PayRequest(
        None, remembered.from_, remembered.to, payment.amount_seconds, remembered.memo or "", payment.invoice_hash,
        payment.refund_of,
    )  # fmt: skip
    return content_of(remembered.from_, remembered.to, request)
