# SPDX-License-Identifier: AGPL-3.0-or-later
"""The files that the receipt of a payment is; apart, so that a command that names them starts without a node."""

from __future__ import annotations

#: Name of a part -> the file that it becomes.
FILES = {
    "booking": "booking.json", "booking_proof": "booking.tlog-proof",
    "order": "order.json", "order_proof": "order.tlog-proof",
    "decision": "decision.json", "decision_proof": "decision.tlog-proof",
}  # fmt: skip
