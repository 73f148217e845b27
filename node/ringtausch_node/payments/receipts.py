# SPDX-License-Identifier: AGPL-3.0-or-later
"""The receipt of a payment: files with which its payer or payee shows to a stranger that it was made (SPEC.md 8.7).

Nothing in them names a person: not the member, not the other side, not what it was for.
"""

from __future__ import annotations

import msgspec

from ringtausch_node import booking
from ringtausch_node.errors import LocalError
from ringtausch_node.federation.orders import evidence
from ringtausch_node.federation.orders import records as orders
from ringtausch_node.federation.orders.evidence import Evidence, Sent
from ringtausch_node.ledger import service as ledger
from ringtausch_node.members.model import Actor
from ringtausch_node.payments import records
from ringtausch_node.payments.model import parse_payment_id, payment_text
from ringtausch_node.payments.receipt_files import FILES
from ringtausch_node.payments.records import Payment
from ringtausch_node.payments.views import PaymentViews
from ringtausch_node.store import Store, Tx
from ringtausch_node.translog import proving
from ringtausch_node.translog.checkpoints import Checkpoints


class PaymentReceipt(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The texts of the files: what is proved, and beside it the C2SP tlog-proof of its entry in this ring's log.

    `booking`: the opened booking, if its salt was not erased. `order`, `decision`: of a payment between rings.
    """

    payment_id: str
    booking: str | None = None
    booking_proof: str | None = None
    order: str | None = None
    order_proof: str | None = None
    decision: str | None = None
    decision_proof: str | None = None

    def files(self) -> dict[str, bytes]:
        """The files that it is, by name."""
        texts = {name: getattr(self, part) for part, name in FILES.items()}
        return {name: text.encode() for name, text in texts.items() if text is not None}


class Receipts:
    """Receipts of one ring's payments. Constructor arguments are the seams of the simulator."""

    def __init__(self, store: Store, views: PaymentViews, checkpoints: Checkpoints) -> None:
        self._store, self._views, self._checkpoints = store, views, checkpoints

    async def receipt(self, payment_id: str, actor: Actor) -> PaymentReceipt:
        """The receipt of a payment that was decided.

        Raises LocalError: payment_id, not_found (also where it is not yours), no_receipt (not decided, or nothing left
        to prove it with), no_checkpoint (nothing signed covers it, and the ring signs nothing now), log_broken,
        log_forked.
        """
        wanted = parse_payment_id(payment_id)
        try:
            return await self._store.read_apart(lambda tx: self._receipt(tx, wanted, actor))
        except LocalError as error:
            if error.code != "no_checkpoint":
                raise
        await self._checkpoints.make_if_ready()  # at most one a second, whoever asks
        return await self._store.read_apart(lambda tx: self._receipt(tx, wanted, actor))

    def _receipt(self, tx: Tx, payment_id: bytes, actor: Actor) -> PaymentReceipt:
        payment = records.load_payment(tx, payment_id)
        if payment is not None and self._views.is_readable(tx, payment, actor):
            return _ordered_here(tx, payment)
        credited, _ = self._views.received(tx, payment_id, actor)
        order = orders.load_paid(tx, credited.payer_ring, payment_id)
        assert order is not None
        return _write(tx, payment_id, evidence.sent_in(order), order.transfer_id, credited.account)


def _ordered_here(tx: Tx, payment: Payment) -> PaymentReceipt:
    if payment.payee_account is not None:
        return _write(tx, payment.id, None, payment.transfer_id, payment.payer_account)
    order = orders.load_out(tx, payment.id)
    sent = None if order is None else evidence.sent_out(order)
    return _write(tx, payment.id, sent, None if order is None else order.transfer_id, payment.payer_account)


def _write(
    tx: Tx, payment_id: bytes, sent: Sent | None, transfer_id: bytes | None, account: int
) -> PaymentReceipt:  # fmt: skip
    """Put together what there is. Raises LocalError: no_receipt, no_checkpoint."""
    signed = None if sent is None else evidence.find_signed(tx, sent)
    parts = _opened(tx, transfer_id, account)
    for name, part in zip(("order", "decision"), signed or (), strict=False):
        parts |= {name: part.item.decode(), f"{name}_proof": _proof(tx, part)}
    if not parts:
        raise LocalError("no_receipt")
    return PaymentReceipt(payment_id=payment_text(payment_id), **parts)


def _opened(tx: Tx, transfer_id: bytes | None, account: int) -> dict[str, str]:
    """The booking of the member's own account; one that rests on the ring's is not the member's to show."""
    transfer = None if transfer_id is None else ledger.transfer_by_id(tx, transfer_id)
    if transfer is None or account not in (transfer.debit, transfer.credit):
        return {}
    opened = booking.open_booking(tx, transfer)
    return {} if opened is None else {"booking": opened[0].decode(), "booking_proof": opened[1].to_bytes().decode()}


def _proof(tx: Tx, part: Evidence) -> str:
    """The receipt of a frame; without its entry where that carried others' payments too."""
    receipt = proving.prove(tx, part.leaf)
    return (receipt if part.is_alone else receipt._replace(entry=None)).to_bytes().decode()
