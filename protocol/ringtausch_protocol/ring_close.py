# SPDX-License-Identifier: Apache-2.0
"""The last word of a ring that has wound down: all lines are over, nothing is open in its books (SPEC.md 5.6)."""

from __future__ import annotations

from typing import Annotated

import msgspec

from ringtausch_protocol import limits
from ringtausch_protocol.canonical import Hash32, Id16, Net, RingId, Time, Wire, type_v1

KIND = "ring-close"


class ClosedLine(Wire, frozen=True, omit_defaults=True):
    """A line that is over; `last_word`: H of what both signed at zero, none where it was given up."""

    peer: RingId
    epoch: Id16
    last_word: Hash32 | None = None


class RingClose(Wire, frozen=True):
    """`ring-close`: all lines that a ring ever had, each over and at zero, logged (SPEC.md 5.6)."""

    v: type_v1
    net: Net
    ring_id: RingId
    at: Time
    lines: Annotated[list[ClosedLine], msgspec.Meta(max_length=limits.CLOSED_LINES_MAX)]
