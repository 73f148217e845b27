# SPDX-License-Identifier: AGPL-3.0-or-later
"""What every booking is: a transfer in the ledger and a salted commitment in the signed log, in one transaction.

The two rooms below know nothing of each other; whoever books does it here, so that no booking is without its leaf.
"""

from __future__ import annotations

from collections.abc import Iterator

from ringtausch_node.ledger import service as ledger
from ringtausch_node.ledger.model import Finding, LimitPolicy, Transfer
from ringtausch_node.store import Tx
from ringtausch_node.translog import commitments, proving
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


def seal(tx: Tx) -> None:
    """The seal hook behind the log's: notes where the commitments of this group stand, for the receipts to come."""
    leaves: list[int] = tx.collected(translog.COMMITTED)
    if not leaves:
        return
    first = ledger.last_number(tx) - len(leaves) + 1
    for number, leaf in enumerate(leaves, first):
        if number == first or leaf != leaves[number - first - 1] + 1:
            commitments.insert_run(tx, number, leaf)


def open_booking(tx: Tx, transfer: Transfer) -> tuple[bytes, Receipt] | None:
    """A booking opened for whose it is, and the receipt of its entry; None where its salt was erased.

    Raises LocalError: no_checkpoint; log_broken where the log does not hold what was booked.
    """
    if transfer.salt is None:
        return None
    number = ledger.number_of(tx, transfer.id)
    receipt = proving.prove_commitment(tx, number, _leaf_of(transfer, transfer.salt))
    return bookings.open_booking(_booking_of(transfer), transfer.salt, receipt), receipt


def find_faults(tx: Tx) -> Iterator[Finding]:
    """The commitments of the log in their order are those of the transfers in theirs; the first that is not is named.

    Where somebody had the salt erased the commitment still stands, and nobody can say to what. The runs by which
    receipts find them are those that follow from this.
    """
    standing, runs = translog.each_commitment(tx), _Runs(tx)
    for transfer in ledger.each_transfer(tx):
        leaf, entry = next(standing, (None, b""))
        if leaf is None:
            yield Finding("transfer", transfer.id.hex(), "not_logged", "no entry of the log is left for it")
            return
        if transfer.salt is not None and entry != _leaf_of(transfer, transfer.salt):
            yield Finding("transfer", transfer.id.hex(), "commitment", f"leaf {leaf} commits to something else")
            return
        runs.go_on(leaf)
    for leaf, _ in standing:
        yield Finding("leaf", str(leaf), "no_transfer", "a commitment without its transfer")
        return
    yield from runs.faults()


class _Runs:
    """The stored runs of commitments against those that the log makes, in their order."""

    def __init__(self, tx: Tx) -> None:
        self._stored = commitments.load_runs(tx)
        self._number = 0
        self._apart: int | None = None
        self._wrong: int | None = None

    def go_on(self, leaf: int) -> None:
        """The next commitment stands at this leaf."""
        self._number += 1
        if leaf - self._number == self._apart:
            return
        self._apart = leaf - self._number
        if self._wrong is None and next(self._stored, None) != (self._number, leaf):
            self._wrong = self._number

    def faults(self) -> Iterator[Finding]:
        """The first run that is not stored as it is; else one that is stored and is none."""
        wrong = next(self._stored, (None,))[0] if self._wrong is None else self._wrong
        if wrong is not None:
            yield Finding("commitment_run", str(wrong), "wrong_leaf", "receipts would look for it in another place")


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
