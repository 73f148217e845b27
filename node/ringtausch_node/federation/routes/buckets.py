# SPDX-License-Identifier: AGPL-3.0-or-later
"""The coarse steps in which adverts tell room, and what they still tell of a debt (SPEC.md 7.5, 7.14)."""

from __future__ import annotations

from bisect import bisect_right

from ringtausch_protocol.documents import Edge
from ringtausch_protocol.limits import AMOUNT_MAX

#: In seconds: half an hour to twenty hours and more.
BUCKETS = tuple(minutes * 60 for minutes in (0, 30, 60, 120, 300, 600, 1_200))


def bucket(seconds: int) -> int:
    """The largest step that is not above what is there."""
    return BUCKETS[max(0, bisect_right(BUCKETS, seconds) - 1)]


def above(step: int) -> int:
    """What a figure that is told as this step stays below; beyond the widest step there is no end."""
    place = bisect_right(BUCKETS, step)
    return BUCKETS[place] if place < len(BUCKETS) else AMOUNT_MAX


def claim_seconds(there: Edge, back: Edge) -> int:
    """The most that a neighbour can owe a ring by what both tell, if it surely owes something; else 0.

    `there`: the ring's edge to its neighbour, `back`: the neighbour's to the ring. Who owes has less room than his
    limit, and who is owed may come to owe more than his. Where signs point both ways, a line rests or somebody lies.
    """
    is_owed = there.free_bucket > there.limit_bucket or back.free_bucket < back.limit_bucket
    return guess_seconds(there, back) if is_owed else 0


def guess_seconds(there: Edge, back: Edge) -> int:
    """The most that a neighbour can owe a ring by what both tell, if nothing says that the ring owes it; else 0."""
    owes = back.free_bucket > back.limit_bucket or there.free_bucket < there.limit_bucket
    if owes:
        return 0
    return min(above(there.free_bucket) - there.limit_bucket, above(back.limit_bucket) - back.free_bucket)
