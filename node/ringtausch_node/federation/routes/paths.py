# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which way a payment takes through other rings: a pure choice over what rings say of their lines (SPEC.md 7.12).

Fewest hops first; of these the way on which the payment raises the fewest debts; of these the one with the widest
narrowest line. All three can only get worse as a way grows, so the best way to a ring is a part of the best ways beyond
it, and each line is looked at once.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from ringtausch_protocol.limits import PATH_MAX


class Road(NamedTuple):
    """One direction of a line as its debtor-to-be tells it: how much more may go this way, in seconds.

    `lowers_debt`: what goes this way pays back what is owed the other way.
    """

    free_seconds: int
    lowers_debt: bool
    is_transit: bool


#: From ring to ring; only lines that both ends name.
Roads = Mapping[str, Mapping[str, Road]]


class _Reached(NamedTuple):
    """The best way to a ring so far; smaller is better."""

    raised_debts: int
    narrowest: int
    path: tuple[str, ...]


def choose(
    roads: Roads, start: str, goal: str, amount_seconds: int, closed: Collection[tuple[str, str]] = ()
) -> tuple[str, ...] | None:
    """The best way from a ring to another for an amount, or None. `closed`: lines that failed a while ago."""
    if not _is_reachable(roads, start, goal, amount_seconds, closed):
        return None
    reached = {start: _Reached(0, 0, (start,))}
    newest = [start]
    for edges in range(1, PATH_MAX):
        found: dict[str, _Reached] = {}
        for ring in newest:
            for neighbour, road in _onward(roads, ring, amount_seconds, closed, is_first=ring == start):
                # What the last edge reaches beside the goal leads nowhere any more.
                if neighbour not in reached and (
                    neighbour == goal or (edges < PATH_MAX - 1 and _carries_from(roads, ring, neighbour))
                ):
                    way = _grown(reached[ring], neighbour, road)
                    found[neighbour] = min(found.get(neighbour, way), way)
        if goal in found:
            return found[goal].path
        reached |= found
        newest = list(found)
    return None


def _is_reachable(
    roads: Roads, start: str, goal: str, amount_seconds: int, closed: Collection[tuple[str, str]]
) -> bool:
    """Whether there is any way: from both ends, always at the one with fewer rings, until they meet or one is stuck.

    Where there is none, mostly nothing leads out of the payer's ring or into the payee's: then this ends soon.
    """

    def leads(one: str, other: str) -> bool:
        road = roads.get(one, {}).get(other)
        return (
            road is not None and road.free_seconds >= amount_seconds and (one == start or road.is_transit)
            and (other == goal or _carries_from(roads, one, other)) and (one, other) not in closed
        )  # fmt: skip

    forth, back = {start}, {goal}
    seen_forth, seen_back = {start}, {goal}
    for _ in range(1, PATH_MAX):
        if len(forth) <= len(back):
            forth = {to for ring in forth for to in roads.get(ring, ()) if leads(ring, to)} - seen_forth
            seen_forth |= forth
        else:  # a ring between names whoever it carries for; the payee's ring need not
            back = {
                one for ring in back for one in (roads if ring == goal else roads.get(ring, ())) if leads(one, ring)
            } - seen_back  # fmt: skip
            seen_back |= back
        if not seen_forth.isdisjoint(seen_back) or not (forth and back):
            break
    return not seen_forth.isdisjoint(seen_back)


def _onward(
    roads: Roads, ring: str, amount_seconds: int, closed: Collection[tuple[str, str]], *, is_first: bool
) -> list[tuple[str, Road]]:
    """The roads that a payment may take from a ring; `is_first`: the payer's, which carries for nobody."""
    return [
        (neighbour, road) for neighbour, road in roads.get(ring, {}).items()
        if road.free_seconds >= amount_seconds and (is_first or road.is_transit) and (ring, neighbour) not in closed
    ]  # fmt: skip


def _carries_from(roads: Roads, before: str, ring: str) -> bool:
    """Whether a ring carries on what comes from the one before it.

    Asked before the ring counts as reached: by another neighbour, perhaps later, the payment may pass through it.
    """
    back = roads.get(ring, {}).get(before)
    return back is not None and back.is_transit


def _grown(way: _Reached, neighbour: str, road: Road) -> _Reached:
    narrowest = -road.free_seconds if len(way.path) == 1 else max(way.narrowest, -road.free_seconds)
    return _Reached(way.raised_debts + (not road.lowers_debt), narrowest, (*way.path, neighbour))
