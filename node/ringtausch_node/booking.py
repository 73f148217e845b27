# SPDX-License-Identifier: AGPL-3.0-or-later
"""What every booking is: a transfer in the ledger and a salted commitment in the signed log, in one transaction.

The two rooms below know nothing of each other; whoever books does it here, so that no booking is without its leaf.
"""

from __future__ import annotations

from collections.abc import Iterator

from ringtausch_node.ledger import service as ledger
from ringtausch_node.ledger.model import Finding, LimitPolicy, Transfer
from ringtausch_node.store import Tx
from ringtausch_node.translog import proving
from ringtausch_node.translog import service as translog
from ringtausch_protocol import bookings
from ringtausch_protocol.bookings import Booking
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.receipts import Receipt


def book(
    tx: Tx,
    *,
    transfer_id: bytes,
    salt: bytes,
    debit: int,
    credit: int,
    amount_seconds: int,
    kind: str,
    at: int,
    policy: LimitPolicy,
    payment_id: bytes | None = None,
    guard: bool = True,
) -> tuple[str, ...]:
    """Move credit from `debit` to `credit`. -> codes of warnings. Raises what `ledger.service.post` raises."""
    warnings = ledger.post(
        tx, transfer_id=transfer_id, debit=debit, credit=credit, amount_seconds=amount_seconds, kind=kind, at=at,
        payment_id=payment_id, salt=salt, policy=policy, guard=guard,
    )  # fmt: skip
    _log(tx, transfer_id, debit, credit, amount_seconds, at, salt)
    return warnings


def book_hold(
    tx: Tx,
    *,
    hold_id: bytes,
    transfer_id: bytes,
    salt: bytes,
    debit: int,
    credit: int,
    amount_seconds: int,
    kind: str,
    at: int,
    payment_id: bytes | None = None,
) -> None:
    """Turn an open hold of `debit` into a transfer of its amount. Raises what `ledger.service.post_hold` raises."""
    ledger.post_hold(
        tx, hold_id=hold_id, transfer_id=transfer_id, credit=credit, kind=kind, at=at, payment_id=payment_id, salt=salt
    )
    _log(tx, transfer_id, debit, credit, amount_seconds, at, salt)


def book_back(tx: Tx, *, transfer_id: bytes, new_id: bytes, salt: bytes, at: int) -> Transfer:
    """Counter-book a transfer, once. -> the counter-booking. Raises what `ledger.service.reverse` raises."""
    counter = ledger.reverse(tx, transfer_id=transfer_id, new_id=new_id, at=at, salt=salt)
    _log(tx, counter.id, counter.debit, counter.credit, counter.amount_seconds, at, salt)
    return counter


def open_booking(tx: Tx, transfer: Transfer, near_leaf: int) -> tuple[bytes, Receipt] | None:
    """A booking opened for whose it is, and the receipt of its entry; None where its salt was erased.

    near_leaf: a leaf that is hardly older. Raises LocalError('no_checkpoint').
    """
    entry = b"" if transfer.salt is None else _leaf_of(transfer, transfer.salt)
    leaf = proving.find_leaf(tx, entry, near_leaf) if entry else None
    if leaf is None or transfer.salt is None:
        return None
    receipt = proving.prove(tx, leaf)
    return bookings.open_booking(_booking_of(transfer), transfer.salt, receipt), receipt


def find_faults(tx: Tx) -> Iterator[Finding]:
    """The commitments of the log in their order are those of the transfers in theirs; the first that is not is named.

    Where somebody had the salt erased the commitment still stands, and nobody can say to what.
    """
    commitments = translog.each_commitment(tx)
    for transfer in ledger.each_transfer(tx):
        leaf, entry = next(commitments, (None, b""))
        if leaf is None:
            yield Finding("transfer", transfer.id.hex(), "not_logged", "no entry of the log is left for it")
            return
        if transfer.salt is not None and entry != _leaf_of(transfer, transfer.salt):
            yield Finding("transfer", transfer.id.hex(), "commitment", f"leaf {leaf} commits to something else")
            return
    for leaf, _ in commitments:
        yield Finding("leaf", str(leaf), "no_transfer", "a commitment without its transfer")
        return


def _booking_of(transfer: Transfer) -> Booking:
    return Booking(
        transfer_id=b64(transfer.id), debit=transfer.debit, credit=transfer.credit,
        amount_seconds=transfer.amount_seconds, at=transfer.at,
    )  # fmt: skip


def _leaf_of(transfer: Transfer, salt: bytes) -> bytes:
    return translog.booking_leaf(
        transfer_id=transfer.id, debit=transfer.debit, credit=transfer.credit,
        amount_seconds=transfer.amount_seconds, at=transfer.at, salt=salt,
    )  # fmt: skip


def _log(tx: Tx, transfer_id: bytes, debit: int, credit: int, amount_seconds: int, at: int, salt: bytes) -> None:
    leaf = translog.booking_leaf(
        transfer_id=transfer_id, debit=debit, credit=credit, amount_seconds=amount_seconds, at=at, salt=salt
    )
    translog.append_later(tx, leaf)
