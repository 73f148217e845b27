# SPDX-License-Identifier: Apache-2.0
"""The Ringtausch protocol between time banks: pure, bytes in, values out. SPEC.md beside this file is the law."""

from __future__ import annotations

from ringtausch_protocol.errors import LocalError, RemoteError, RingtauschError

__all__ = [
    "LocalError",
    "RemoteError",
    "RingtauschError",
    "addresses",
    "advert_bodies",
    "advert_proofs",
    "bookings",
    "canonical",
    "cards",
    "channel",
    "checkpoints",
    "codes",
    "documents",
    "entries",
    "envelope",
    "errors",
    "forks",
    "frames",
    "items",
    "keys",
    "letters",
    "limits",
    "line_close",
    "log_keys",
    "merkle",
    "notes",
    "posts",
    "receipts",
    "requests",
    "reset_bodies",
    "ring_card",
    "ring_close",
    "roster",
    "sealing",
    "settlement",
    "tiles",
    "units",
    "witness",
    "words",
    "yearly",
]
