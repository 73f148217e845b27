# SPDX-License-Identifier: Apache-2.0
"""The last word of a ring about a line whose other ring never answers again (SPEC.md 5.5)."""

from __future__ import annotations

from typing import Literal

from ringtausch_protocol.canonical import Hash32, Id16, Net, RingId, Signed, Time, Wire, type_v1

KIND = "line-close"


class LineClose(Wire, frozen=True, omit_defaults=True):
    """`line-close`: what a ring does with the rest of a line that is over (SPEC.md 5.5). > 0: it owed the peer.

    `member_commit`: which of its members has settled it, so that operators who sign have said whose it is.
    """

    v: type_v1
    net: Net
    ring_id: RingId
    peer: RingId
    epoch: Id16
    balance_seconds: Signed
    how: Literal["settled", "written_off"]
    at: Time
    member_commit: Hash32 | None = None
