# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a run has shown, as figures: pure, from what became of each wish."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import msgspec

from tests.federation_run.netting import Netted
from tests.federation_run.people import Fate
from tests.federation_run.plan import HOUR
from tests.federation_run.play import Played


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """One run. Shares lie between 0 and 1 and are None where there is nothing to share; hours are hours of credit.

    paid: of all payments; paid_across: of those to other rings; paid_with_room: of those that had any way with room
    when they were first asked for; paid_at_once: of these, without coming again. edges: how many were paid over so many
    lines. latency_seconds: of paid payments across, from the wish to its end: median, 95th and 99th of a hundred.
    freed, in_circles, four, six, any_circle, unavoidable: shares of what was owed. four, six: what circles of at most
    so many rings could end, what was surely found and what is the most; any_circle: circles of whatever length.
    """

    seed: int
    across: float
    factor: float
    payments: int
    payments_across: int
    with_room: int
    paid: float | None
    paid_across: float | None
    paid_with_room: float | None
    paid_at_once: float | None
    edges: dict[int, int]
    codes: dict[str, int]
    codes_with_room: dict[str, int]
    latency_seconds: list[float]
    hold_hours: float
    owed_hours: float
    left_hours: float
    freed: float | None
    in_circles: float | None
    four: tuple[float | None, float | None]
    six: tuple[float | None, float | None]
    any_circle: float | None
    debts: list[tuple[str, str, int]]
    unavoidable: float | None
    away: float
    faults: list[str]
    trace: str


def figures(played: Played) -> Figures:
    """The figures of one run."""
    across = [fate for fate in played.fates if fate.is_across]
    room = [fate for fate in across if fate.room_edges is not None]
    paid, netted = [fate for fate in across if fate.is_paid], played.netted
    return Figures(
        seed=played.seed, across=played.across, factor=played.factor, payments=len(played.fates),
        payments_across=len(across), with_room=len(room), paid=_paid(played.fates), paid_across=_paid(across),
        paid_with_room=_paid(room),
        paid_at_once=share(sum(each.is_paid and each.tries == 1 for each in room), len(room)),
        edges=dict(sorted(Counter(each.edges for each in paid).items())), codes=_codes(across),
        codes_with_room=_codes(room), latency_seconds=latency([each.latency_seconds for each in paid]),
        hold_hours=played.hold_hours, owed_hours=_hours(netted.owed_seconds), left_hours=_hours(netted.left_seconds),
        freed=share(netted.owed_seconds - netted.left_seconds, netted.owed_seconds),
        in_circles=share(netted.in_circles_seconds, netted.owed_seconds),
        four=_framed(netted, 0), six=_framed(netted, 1), any_circle=share(netted.most_seconds, netted.owed_seconds),
        debts=netted.debts,
        unavoidable=share(netted.least_seconds, netted.owed_seconds), away=played.away_share, faults=played.faults,
        trace=played.trace,
    )  # fmt: skip


def share(part: int, whole: int) -> float | None:
    """A part of a whole; None of nothing."""
    return round(part / whole, 4) if whole else None


def _framed(netted: Netted, place: int) -> tuple[float | None, float | None]:
    bound = netted.bounds[place]
    return share(bound.found_seconds, netted.owed_seconds), share(bound.most_seconds, netted.owed_seconds)


def latency(seconds: Sequence[float]) -> list[float]:
    """The median, and what 95 and 99 of a hundred stay at or below; nothing of nothing."""
    taken = sorted(seconds)
    return [taken[min(len(taken) - 1, len(taken) * part // 100)] for part in (50, 95, 99)] if taken else []


def _paid(fates: Sequence[Fate]) -> float | None:
    return share(sum(each.is_paid for each in fates), len(fates))


def _codes(fates: Sequence[Fate]) -> dict[str, int]:
    """Why payments were not paid in the end."""
    return dict(sorted(Counter(each.code for each in fates if each.code).items()))


def _hours(seconds: int) -> float:
    return round(seconds / HOUR, 2)
