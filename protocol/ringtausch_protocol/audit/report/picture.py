# SPDX-License-Identifier: Apache-2.0
"""Who owes whom, as a picture: rings on a circle, an arrow from each debtor to its creditor.

Whole numbers only, so that every machine draws the same bytes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from ringtausch_protocol.audit.auditing.result import LineSeen, Result
from ringtausch_protocol.audit.report.figures import hours

WIDTH, HEIGHT, RADIUS = 900, 520, 190
#: More rings than these make a ball of wool; the table has them all.
RINGS_MAX = 24
_GAP = 24
#: Above and below the outermost rings stand their names.
_MARGIN = 60
#: A longer name would leave the picture; the tables have it whole.
_NAME_LENGTH = 17


class _Spot(NamedTuple):
    """Where a ring stands."""

    x: int
    y: int


def picture(result: Result, title: str) -> str:
    """An inline SVG; empty where there is nothing to draw, or too much."""
    rings = sorted({ring for line in result.lines for ring in (line.a, line.b)}, key=result.address_of)
    if not 2 <= len(rings) <= RINGS_MAX:
        return ""
    spots = {ring: _spot(place, len(rings)) for place, ring in enumerate(rings)}
    most = max(abs(line.owed_seconds) for line in result.lines) or 1
    arrows = "".join(_arrow(line, spots, most) for line in result.lines)
    short = _short_names(result, rings)
    names = "".join(_name(result, ring, spot, short[ring]) for ring, spot in spots.items())
    top = min(spot.y for spot in spots.values()) - _MARGIN
    height = max(spot.y for spot in spots.values()) + _MARGIN - top
    return (
        f'<svg viewBox="0 {top} {WIDTH} {height}" role="img" aria-label="{escape(title)}">'
        '<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="20" markerHeight="20"'
        ' markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0L10 5L0 10z"/></marker></defs>'
        f"{arrows}{names}</svg>"
    )


def _spot(place: int, count: int) -> _Spot:
    angle = 2 * math.pi * place / count - (math.pi if count == 2 else math.pi / 2)
    return _Spot(WIDTH // 2 + round(RADIUS * math.cos(angle)), HEIGHT // 2 + round(RADIUS * math.sin(angle)))


def _arrow(line: LineSeen, spots: dict[str, _Spot], most: int) -> str:
    debtor, creditor = (line.a, line.b) if line.owed_seconds >= 0 else (line.b, line.a)
    start, end = _between(spots[debtor], spots[creditor])
    if not line.owed_seconds:
        return f'<path class="even" d="M{start.x} {start.y}L{end.x} {end.y}"/>'
    width = 2 + 4 * abs(line.owed_seconds) // most
    middle = _Spot((2 * start.x + 3 * end.x) // 5, (2 * start.y + 3 * end.y) // 5)
    return (
        f'<path class="owes" stroke-width="{width}" marker-end="url(#tip)" d="M{start.x} {start.y}L{end.x} {end.y}"/>'
        f'<text class="sum" text-anchor="middle" x="{middle.x}" y="{middle.y}">{hours(abs(line.owed_seconds))}</text>'
    )


def _between(one: _Spot, other: _Spot) -> tuple[_Spot, _Spot]:
    """The ends of an arrow, away from the dots of both rings."""
    length = max(1, math.isqrt((other.x - one.x) ** 2 + (other.y - one.y) ** 2))
    step = _Spot((other.x - one.x) * _GAP // length, (other.y - one.y) * _GAP // length)
    return _Spot(one.x + step.x, one.y + step.y), _Spot(other.x - step.x, other.y - step.y)


def _name(result: Result, ring: str, spot: _Spot, name: str) -> str:
    is_seen = any(each.ring_id == ring for each in result.rings)
    x, y, anchor = _label(spot)
    return (
        f'<circle class="{"seen" if is_seen else "unseen"}" cx="{spot.x}" cy="{spot.y}" r="14"/>'
        f'<text x="{x}" y="{y}" text-anchor="{anchor}">{escape(name)}</text>'
    )


def _short_names(result: Result, rings: Sequence[str]) -> dict[str, str]:
    """Of each address what stands before its first dot, if that tells the rings apart; cut where it is long."""
    whole = {ring: result.address_of(ring) for ring in rings}
    first = {ring: name.partition(".")[0] for ring, name in whole.items()}
    names = first if len(set(first.values())) == len(rings) else whole
    return {ring: name if len(name) <= _NAME_LENGTH else f"{name[: _NAME_LENGTH - 1]}…" for ring, name in names.items()}


def _label(spot: _Spot) -> tuple[int, int, str]:
    """Where a name stands: outside of the circle, so that no arrow crosses it."""
    aside = spot.x - WIDTH // 2
    if abs(aside) < RADIUS // 4:
        return spot.x, spot.y - 24 if spot.y < HEIGHT // 2 else spot.y + 36, "middle"
    return (spot.x + 22, spot.y + 6, "start") if aside > 0 else (spot.x - 22, spot.y + 6, "end")


def net_positions(result: Result) -> dict[str, int]:
    """What each ring is owed by all others together, in seconds; below zero it owes.

    Each by its own log, so that they add up to nothing only if the logs agree; without that by those of the others.
    """
    found: dict[str, int] = {}
    for line in result.lines:
        found[line.a] = found.get(line.a, 0) - line.owed_seconds
        found[line.b] = found.get(line.b, 0) + line.owed_seconds
    own = {ring.ring_id: ring.net_seconds for ring in result.rings if ring.net_seconds is not None}
    return {ring_id: own.get(ring_id, seconds) for ring_id, seconds in found.items()}
