# SPDX-License-Identifier: AGPL-3.0-or-later
"""How much of a set of debts any netting could end: a bound that needs no rings, only who owes whom how much.

What ends is a circulation inside the debts: at each ring as much comes in as goes out, along no debt more than it. The
largest one is a flow of least cost in which each second that ends costs -1, so for circles of any length the bound is
exact. With circles of at most so many rings the packing is hard, so two figures frame it: what a greedy search
found, and the largest circulation over the debts that lie on such a circle at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, pairwise

import msgspec

Debts = Mapping[str, Mapping[str, int]]
Edge = tuple[str, str]
#: Circles that are looked at: with more of them the greedy search finds less than there is, never more.
CIRCLES_MAX = 100_000


class Bound(msgspec.Struct, frozen=True, kw_only=True):
    """Circles of at most `rings` rings: `found_seconds` can surely end, more than `most_seconds` surely cannot."""

    rings: int
    found_seconds: int
    most_seconds: int


def most(debts: Debts) -> int:
    """What circles of whatever length could end, in seconds over all lines."""
    return _largest(_edges(debts))


def bound(debts: Debts, rings: int) -> Bound:
    """What circles of at most so many rings could end."""
    edges = _edges(debts)
    circles = list(islice(_circles(edges, rings), CIRCLES_MAX + 1))
    on_one = {edge for circle in circles for edge in circle}
    within = edges if len(circles) > CIRCLES_MAX else {edge: edges[edge] for edge in edges if edge in on_one}
    return Bound(rings=rings, found_seconds=_greedy(edges, circles), most_seconds=_largest(within))


def _edges(debts: Debts) -> dict[Edge, int]:
    return {
        (one, other): owed for one, others in sorted(debts.items()) for other, owed in sorted(others.items()) if owed
    }


def _circles(edges: Mapping[Edge, int], rings: int) -> Iterator[list[Edge]]:
    """Each simple circle once, from the smallest of its rings."""
    behind: dict[str, list[str]] = {}
    for one, other in edges:
        behind.setdefault(one, []).append(other)
    for first in sorted(behind):
        paths = [[first]]
        while paths:
            path = paths.pop()
            for other in behind.get(path[-1], ()):
                if other == first and len(path) > 1:
                    yield [*pairwise([*path, first])]
                elif other > first and other not in path and len(path) < rings:
                    paths.append([*path, other])


def _greedy(edges: Mapping[Edge, int], circles: Sequence[Sequence[Edge]]) -> int:
    """Circles one after the other, those first that end most."""
    left, ended = dict(edges), 0
    for circle in sorted(circles, key=lambda each: -len(each) * min(edges[edge] for edge in each)):
        amount = min(left[edge] for edge in circle)
        ended += amount * len(circle)
        for edge in circle:
            left[edge] -= amount
    return ended


def _largest(edges: Mapping[Edge, int]) -> int:
    """The largest circulation, by Klein: as long as a circle of what is left and of what may be taken back gains."""
    room = {(one, other, 1): amount for (one, other), amount in edges.items()}
    room.update({(other, one, -1): 0 for one, other in edges})
    while circle := _gaining(room):
        amount = min(room[step] for step in circle)
        for one, other, gain in circle:
            room[one, other, gain] -= amount
            room[other, one, -gain] += amount
    return sum(amount for (_, _, gain), amount in room.items() if gain < 0)


Step = tuple[str, str, int]


def _gaining(room: Mapping[Step, int]) -> list[Step]:
    """A circle of steps with room that gains more than it gives back (Bellman and Ford); empty where there is none."""
    steps = [step for step, amount in room.items() if amount]
    gained, before = {one: 0 for one, _, _ in room}, dict[str, Step]()
    last = ""
    for _ in gained:
        last = ""
        for one, other, gain in steps:
            if gained[one] + gain > gained[other]:
                gained[other], before[other], last = gained[one] + gain, (one, other, gain), other
        if not last:
            return []
    return _circle_at(before, last) if last else []


def _circle_at(before: Mapping[str, Step], ring: str) -> list[Step]:
    """Steps back until a ring comes twice: far enough back, one is on the circle for sure."""
    for _ in before:
        ring = before[ring][0]
    circle = [before[ring]]
    while circle[-1][0] != ring:
        circle.append(before[circle[-1][0]])
    return circle
