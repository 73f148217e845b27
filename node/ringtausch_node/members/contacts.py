# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where members get mail: how an address is written, and where it is kept."""

from __future__ import annotations

import re

from ringtausch_node.errors import LocalError
from ringtausch_node.store import Tx

_EMAIL = re.compile(r"[^\s@<>()\[\],;:\\\"]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+")
EMAIL_LENGTH = 254


def parse_email(text: str) -> str:
    """A mail address as people have them, without a name around it. Raises LocalError('email')."""
    address = text.strip()
    if len(address) > EMAIL_LENGTH or not address.isascii() or _EMAIL.fullmatch(address) is None:
        raise LocalError("email")
    return address


def parse_email_or_none(text: str) -> str:
    """The same where nothing but blanks means that there is none: then it is empty. Raises LocalError('email')."""
    return parse_email(text) if text.strip() else ""


def load_email(tx: Tx, member_id: bytes) -> str | None:
    """Where a member gets mail, or None."""
    row = tx.row("SELECT email FROM contact WHERE member_id = ?", (member_id,))
    return str(row[0]) if row else None


def set_email(tx: Tx, member_id: bytes, email: str, at: int) -> None:
    """A member gets mail there from now on; nowhere if it is empty."""
    tx.change("DELETE FROM contact WHERE member_id = ?", (member_id,))
    if email:
        tx.change("INSERT INTO contact VALUES (?,?,?)", (member_id, email, at))
