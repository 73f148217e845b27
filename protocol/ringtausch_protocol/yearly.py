# SPDX-License-Identifier: Apache-2.0
"""The yearly figures of a ring, which other rings and their members are told (SPEC.md 7.15)."""

from __future__ import annotations

from typing import Annotated

import msgspec

from ringtausch_protocol.canonical import Count, Net, RingId, Seconds0, Time, Wire, type_v1

KIND = "yearly-figures"
#: No ring's books are older than the word; later ones are a slip of the finger.
FIRST_YEAR, LAST_YEAR = 2000, 2999


class YearlyFigures(Wire, frozen=True):
    """`yearly-figures`: what a ring says of one of its years, by the za:rt rule, not logged (SPEC.md 7.15)."""

    v: type_v1
    net: Net
    ring_id: RingId
    year: Annotated[int, msgspec.Meta(ge=FIRST_YEAR, le=LAST_YEAR)]
    since: Time
    until: Time
    created_seconds: Seconds0
    turnover_seconds: Seconds0
    foreign_in_seconds: Seconds0
    foreign_out_seconds: Seconds0
    accounts: Count
