# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where people stand in the tables of all rooms, in SQL.

`tests/forgetting/columns.txt` names every column there is: a new one must be put on one side or the other there, and on
the side of people also here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ringtausch_node.store import Tx

#: A member's handle where somebody acted: it becomes the name of nobody, the deed stays.
_RENAME = (
    "UPDATE helper SET granted_by = ?1 WHERE granted_by = ?2",
    "UPDATE helper SET ended_by = ?1 WHERE ended_by = ?2",
    "UPDATE departure SET noted_by = ?1 WHERE noted_by = ?2",
    "UPDATE report SET closed_by = ?1 WHERE closed_by = ?2",
    "UPDATE join_request SET decided_by = ?1 WHERE decided_by = ?2",
    "UPDATE assignment SET assigned_by = ?1 WHERE assigned_by = ?2",
    "UPDATE limit_change SET set_by = ?1 WHERE set_by = ?2",
    "UPDATE role_change SET set_by = ?1 WHERE set_by = ?2",
    "UPDATE transfer_category SET set_by = ?1 WHERE set_by = ?2",
    "UPDATE community SET opened_by = ?1 WHERE opened_by = ?2",
    "UPDATE payment SET payer = ?1 WHERE payer = ?2",
    "UPDATE payment SET payee = ?1 WHERE payee = ?2",
    "UPDATE payment SET actor = ?1 WHERE actor = ?2",
    "UPDATE payment_note SET actor = ?1 WHERE actor = ?2",
    "UPDATE invoice_written SET payer = ?1 WHERE payer = ?2",
    "UPDATE invoice_written SET payee = ?1 WHERE payee = ?2",
    "UPDATE invoice_written SET actor = ?1 WHERE actor = ?2",
    "UPDATE invoice_written SET ended_by = ?1 WHERE ended_by = ?2",
    "UPDATE invoice_asked SET payer = ?1 WHERE payer = ?2",
    "UPDATE invoice_asked SET ended_by = ?1 WHERE ended_by = ?2",
)
#: What is about one member alone.
_DROP_OWN = (
    "DELETE FROM token WHERE member_id = ?",
    "DELETE FROM entry_code WHERE member_id = ?",
    "DELETE FROM password WHERE member_id = ?",
    "DELETE FROM contact WHERE member_id = ?",
    "DELETE FROM mail_choice WHERE member_id = ?",
    "DELETE FROM member_block WHERE member_id = ?",
    "DELETE FROM report WHERE member_id = ?",
    "DELETE FROM departure WHERE member_id = ?",
)
#: The ring of an address, without the handle before it; what has no @ stays.
_RING_OF_PAYEE = "CASE WHEN payee LIKE '%@%' THEN substr(payee, instr(payee, '@') + 1) ELSE payee END"
_RING_OF_PAYER = "CASE WHEN payer LIKE '%@%' THEN substr(payer, instr(payer, '@') + 1) ELSE payer END"
#: As `payments.remembering`: the same as nothing that anybody asks.
_NOTHING_ASKED = "zeroblob(32)"
_BOOKED = (
    "SELECT transfer_id FROM payment WHERE id = ?1 UNION ALL SELECT transfer_id FROM order_out WHERE payment_id = ?1"
)
_BOOKED_OF_ACCOUNT = "SELECT t.id FROM entry e JOIN transfer t ON t.number = e.transfer_number WHERE e.account_id = ?"


class Traces(NamedTuple):
    """A member's payments, the letters to and from peers that are about them, and requests: (peer, id) each."""

    payments: list[bytes]
    letters: list[tuple[int, bytes]]
    requests: list[tuple[int, bytes]]


def load_traces(tx: Tx, handle: str) -> Traces:
    """What leads from a handle to payments and letters, before the handle is gone."""
    payments = [row[0] for row in tx.execute("SELECT id FROM payment WHERE payer = ?1 OR payee = ?1", (handle,))]
    notes = tx.execute(
        "SELECT n.peer, n.id FROM payment_note n JOIN payment p ON p.id = n.payment_id"
        " WHERE n.peer IS NOT NULL AND (p.payer = ?1 OR p.payee = ?1)",
        (handle,),
    )
    requests = tx.execute(
        "SELECT peer, id FROM invoice_written WHERE peer IS NOT NULL AND payee = ?1"
        " UNION SELECT peer, id FROM invoice_asked WHERE payer = ?1",
        (handle,),
    ).fetchall()
    return Traces(payments, [*notes, *requests], requests)


def load_note_ids(tx: Tx, payer_ring: str, payment_id: bytes) -> list[tuple[int, bytes]]:
    """(peer, id) of the notes of one payment that went to or came from peers."""
    sql = "SELECT peer, id FROM payment_note WHERE (payer_ring, payment_id) = (?,?) AND peer IS NOT NULL"
    return list(tx.execute(sql, (payer_ring, payment_id)))


def erase_notes(tx: Tx, payments: Iterable[tuple[str, bytes]]) -> None:
    """What was written beside payments (payer's ring, id)."""
    tx.executemany("DELETE FROM payment_note WHERE (payer_ring, payment_id) = (?,?)", payments)


def erase_payments(tx: Tx, payments: Iterable[bytes]) -> None:
    """What payments were for, who elsewhere got them, why they were given back, and what opens the bookings."""
    keys = [(each,) for each in payments]
    tx.executemany(
        f"UPDATE payment SET memo = '', content = {_NOTHING_ASKED}, payee = {_RING_OF_PAYEE}, payee_name = ''"
        " WHERE id = ?",
        keys,
    )
    tx.executemany(f"UPDATE transfer SET salt = NULL WHERE id IN ({_BOOKED})", keys)
    tx.executemany(
        "DELETE FROM reversal_reason WHERE transfer_id IN"
        f" (SELECT id FROM transfer WHERE id IN ({_BOOKED}) OR reverses IN ({_BOOKED}))",
        keys,
    )


def erase_salts_of_account(tx: Tx, account: int) -> None:
    """What opens every booking of an account, and why any of them was booked back."""
    tx.change(f"UPDATE transfer SET salt = NULL WHERE salt IS NOT NULL AND id IN ({_BOOKED_OF_ACCOUNT})", (account,))
    tx.change(f"DELETE FROM reversal_reason WHERE transfer_id IN ({_BOOKED_OF_ACCOUNT})", (account,))
    tx.change("UPDATE invoice SET salt = zeroblob(16) WHERE account = ?", (account,))
    tx.change("UPDATE operator_document SET account = NULL, salt = NULL WHERE account = ?", (account,))


def erase_invoices(tx: Tx, handle: str) -> None:
    """What a member's invoices were for, and who in another ring was to pay or to get the hours."""
    tx.change(
        f"UPDATE invoice_written SET memo = '', content = {_NOTHING_ASKED}, payer = {_RING_OF_PAYER}"
        " WHERE payer = ?1 OR payee = ?1",
        (handle,),
    )
    tx.change(f"UPDATE invoice_asked SET memo = '', payee = {_RING_OF_PAYEE} WHERE payer = ?", (handle,))


def load_requests_paid(tx: Tx, peer: int, payment_id: bytes) -> list[bytes]:
    """The requests along a line that were paid by a payment."""
    sql = (
        "SELECT id FROM invoice_asked WHERE peer = ?1 AND payment_id = ?2"
        " UNION SELECT id FROM invoice_written WHERE peer = ?1 AND payment_id = ?2"
    )
    return [row[0] for row in tx.execute(sql, (peer, payment_id))]


def erase_request(tx: Tx, peer: int, invoice_id: bytes) -> bool:
    """Who in the other ring asked or was asked, and what for; False where there is no such request on that line."""
    key = (peer, invoice_id)
    asked = tx.change(f"UPDATE invoice_asked SET memo = '', payee = {_RING_OF_PAYEE} WHERE peer = ? AND id = ?", key)
    written = tx.change(
        f"UPDATE invoice_written SET memo = '', content = {_NOTHING_ASKED}, payer = {_RING_OF_PAYER}"
        " WHERE peer = ? AND id = ?",
        key,
    )
    return bool(asked or written)


def erase_access(tx: Tx, member_id: bytes, handle: str) -> None:
    """How somebody came in, where mail went, whom the member avoided or told the office about, and who did so of him.

    Letters that were sent go too: of all members, since their subjects are nobody's any more.
    """
    tx.change(
        "DELETE FROM outbox WHERE state <> 'waiting' OR recipient IN (SELECT email FROM contact WHERE member_id = ?)",
        (member_id,),
    )
    for sql in _DROP_OWN:
        tx.change(sql, (member_id,))
    tx.change("DELETE FROM member_block WHERE other = ?", (handle,))
    tx.change("DELETE FROM report WHERE about = ?", (handle,))


def rename(tx: Tx, member_id: bytes, handle: str, known_as: str, name: str) -> None:
    """Everything that a handle did was done by nobody in particular; the member's row keeps its place."""
    for sql in _RENAME:
        tx.change(sql, (known_as, handle))
    tx.change("UPDATE member SET handle = ?, name = ? WHERE id = ?", (known_as, name, member_id))
    keys = (f"member:{known_as}", f"member:{handle}")
    tx.change("UPDATE account SET key = ? WHERE key = ?", keys)
