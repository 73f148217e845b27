# SPDX-License-Identifier: AGPL-3.0-or-later
"""Notes beside payments in SQL."""

from __future__ import annotations

from typing import Literal, NamedTuple

from ringtausch_node.store import Tx
from ringtausch_protocol.letters import TOPICS, PaymentNote

#: How a note travels to another ring (SPEC.md 7.11).
TOPIC = TOPICS[PaymentNote]


class Note(NamedTuple):
    """A row of `payment_note`. `actor` is empty for the other ring's, `peer` None inside the ring."""

    payer_ring: str
    payment_id: bytes
    id: bytes
    writer: Literal["payer", "payee"]
    text: str
    actor: str
    peer: int | None
    at: int


_COLUMNS = ", ".join(Note._fields)


def insert_note(tx: Tx, note: Note) -> None:
    """Keep a note."""
    tx.change(f"INSERT INTO payment_note ({_COLUMNS}) VALUES (?,?,?,?,?,?,?,?)", tuple(note))


def load_note(tx: Tx, note: Note) -> Note | None:
    """The note that has this one's place and id, or None."""
    row = tx.row(
        f"SELECT {_COLUMNS} FROM payment_note WHERE (payer_ring, payment_id, writer, id) = (?,?,?,?)",
        (note.payer_ring, note.payment_id, note.writer, note.id),
    )
    return Note(*row) if row else None


def load_notes(tx: Tx, payer_ring: str, payment_id: bytes) -> list[Note]:
    """The notes of a payment, in the order in which this ring learned of them."""
    rows = tx.execute(
        f"SELECT {_COLUMNS} FROM payment_note WHERE (payer_ring, payment_id) = (?,?) ORDER BY number",
        (payer_ring, payment_id),
    )
    return [Note(*row) for row in rows]


def count_notes(tx: Tx, payer_ring: str, payment_id: bytes, writer: str) -> int:
    """How many notes one side has written."""
    row = tx.one(
        "SELECT count(*) FROM payment_note WHERE (payer_ring, payment_id, writer) = (?,?,?)",
        (payer_ring, payment_id, writer),
    )
    return int(row[0])
