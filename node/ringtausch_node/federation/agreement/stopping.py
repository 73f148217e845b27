# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whether this ring has announced that it stops (SPEC.md 5.6): from then on it agrees on nothing new with anybody.

All functions run inside a transaction.
"""

from __future__ import annotations

from typing import NamedTuple

from ringtausch_node.store import Tx
from ringtausch_protocol.errors import LocalError

#: Why nothing new begins here; and why nothing is begun anew.
CODE, CLOSED = "winding_down", "ring_closed"


class Stopping(NamedTuple):
    """Since when, and the closing certificate once the operators have signed it."""

    begun_at: int
    certificate: bytes | None


def load_stopping(tx: Tx) -> Stopping | None:
    """None while this ring goes on."""
    row = tx.row("SELECT begun_at, certificate FROM winding_down WHERE one = 1")
    return None if row is None else Stopping(*row)


def announce(tx: Tx, at: int) -> None:
    """From now on; a second call changes nothing."""
    tx.execute("INSERT INTO winding_down (one, begun_at) VALUES (1, ?) ON CONFLICT (one) DO NOTHING", (at,))


def keep_certificate(tx: Tx, signed: bytes) -> None:
    """The last word; it is kept, to be shown and printed whenever somebody asks."""
    tx.change("UPDATE winding_down SET certificate = ? WHERE one = 1", (signed,))


def verify_goes_on(tx: Tx) -> None:
    """Raises LocalError('winding_down')."""
    if load_stopping(tx) is not None:
        raise LocalError(CODE, "this ring winds down")


def is_closed(tx: Tx) -> bool:
    """Whether the operators have signed the closing certificate."""
    known = load_stopping(tx)
    return known is not None and known.certificate is not None


def verify_not_closed(tx: Tx) -> None:
    """Raises LocalError('ring_closed'): nothing that moves hours is signed after the certificate."""
    if is_closed(tx):
        raise LocalError(CLOSED, "the closing certificate is signed")
