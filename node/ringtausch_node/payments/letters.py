# SPDX-License-Identifier: AGPL-3.0-or-later
"""What goes into the note to self of a payment, and how the payment is remembered again after a loss (SPEC.md 6.8)."""

from __future__ import annotations

from ringtausch_node.federation.notes import Asked, Letter
from ringtausch_node.payments import records
from ringtausch_node.payments.model import PayRequest, content_of
from ringtausch_node.payments.records import Payment, by_whom
from ringtausch_node.store import Tx
from ringtausch_protocol import canonical
from ringtausch_protocol.canonical import b64

#: What was asked for in a payment whose note is lost: the same as nothing that anybody asks.
_NOBODY_KNOWS = bytes(32)


class PaymentLetters:
    """`federation.notes.Letters`, from the table of payments."""

    def told(self, tx: Tx, payment_id: bytes) -> tuple[Letter, str] | None:
        """A payment to another ring, and the hash of what was asked."""
        payment = records.load_payment(tx, payment_id)
        if payment is None:
            return None
        letter = Letter(from_=payment.payer, to=payment.payee, memo=payment.memo, by=by_whom(payment))
        return letter, b64(payment.content)

    def restore(self, tx: Tx, payment: Asked, letter: Letter | None) -> None:
        """Remember a payment that came back, unless it is known. Without its letter only the office sees it."""
        content = _content(payment, letter) if letter else _NOBODY_KNOWS
        payer, payee, memo, by = (
            (letter.from_, letter.to, letter.memo or "", letter.by or letter.from_)
            if letter
            else ("", payment.ring, "", "")
        )
        row = Payment(
            payment.payment_id, content, payment.account, None, payer, payee, payment.amount_seconds, memo, by, "",
            payment.created_at, None,
        )  # fmt: skip
        records.insert_payment(tx, row)


def _content(payment: Asked, letter: Letter) -> bytes:
    if letter.content is not None:
        return canonical.unb64(letter.content, 32)
    request = PayRequest(
        None, letter.from_, letter.to, payment.amount_seconds, letter.memo or "", payment.invoice_hash,
        payment.refund_of,
    )  # fmt: skip
    return content_of(letter.from_, letter.to, request)
