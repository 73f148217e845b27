# SPDX-License-Identifier: AGPL-3.0-or-later
"""The command line `ringtausch`: arguments in, plain words or JSON out. No rule of a ring lives here."""

from __future__ import annotations

from ringtausch_node.cli import (
    assigning,
    auditing,
    carrying,
    circles,
    doubts,
    evidence,
    figures,
    invoices,
    log_readers,
    member_data,
    member_life,
    members,
    payment_receipts,
    payments,
    peers,
    recovered,
    recovering,
    resetting,
    rings,
    serving,
    signed_log,
    statements,
    timekeeping,
    winding_down,
    witnesses,
)
from ringtausch_node.cli.tree import root

__all__ = [
    "assigning",
    "auditing",
    "carrying",
    "circles",
    "doubts",
    "evidence",
    "figures",
    "invoices",
    "log_readers",
    "main",
    "member_data",
    "member_life",
    "members",
    "payment_receipts",
    "payments",
    "peers",
    "recovered",
    "recovering",
    "resetting",
    "rings",
    "root",
    "serving",
    "signed_log",
    "statements",
    "timekeeping",
    "winding_down",
    "witnesses",
]


def main() -> None:
    """The entry point of the installed command."""
    root.main()
