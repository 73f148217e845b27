# SPDX-License-Identifier: Apache-2.0
"""The one clock of the audit: it says how long an address has let us wait, and nothing that stands in a report."""

from __future__ import annotations

from datetime import UTC, datetime


def seconds() -> float:
    """Unix seconds."""
    return datetime.now(UTC).timestamp()
