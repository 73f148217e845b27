# SPDX-License-Identifier: AGPL-3.0-or-later
"""The 156 real rings: how large and how lively they are, and how near each other."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from math import asin, cos, radians, sin, sqrt
from pathlib import Path
from typing import NamedTuple

TABLE = Path(__file__).with_name("rings.csv")
#: How long the directory was watched.
DAYS_OBSERVED = 123
EARTH_KM = 6_371


class Ring(NamedTuple):
    """One ring; exchanges and hours of the time in which the directory was watched. `place`: degrees, if known."""

    name: str
    country: str
    place: tuple[float, float] | None
    postcode: str
    members: int
    exchanges: int
    hours: float


def load_rings() -> list[Ring]:
    """All rings of the table, in its order."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return [_ring(row) for row in csv.DictReader(line for line in file if not line.startswith("#"))]


def _ring(row: dict[str, str]) -> Ring:
    place = (float(row["latitude"]), float(row["longitude"])) if row["latitude"] else None
    return Ring(
        row["ring"], row["country"], place, row["postcode"], int(row["members"]), int(row["exchanges"]),
        float(row["hours"]),
    )  # fmt: skip


def by_nearness(ring: Ring, others: Sequence[Ring]) -> list[Ring]:
    """Other rings of a ring's country, the nearest first: by coordinates, or where those are not known by postcode.

    Neighbouring postcodes are neighbouring places in the countries concerned (New Zealand, Canada).
    """
    near = [other for other in others if other.country == ring.country and other.name != ring.name]
    if ring.place is not None and all(other.place is not None for other in near):
        return sorted(near, key=lambda other: (_distance_km(ring, other), other.name))
    ranks = {code: rank for rank, code in enumerate(sorted({ring.postcode, *(other.postcode for other in near)}))}
    mine = ranks[ring.postcode]
    return sorted(near, key=lambda other: (abs(ranks[other.postcode] - mine), other.name))


def _distance_km(one: Ring, other: Ring) -> float:
    """Along the surface of the earth (haversine)."""
    assert one.place is not None and other.place is not None  # noqa: PT018 - asked by the caller, of both
    (north, east), (north_there, east_there) = (tuple(map(radians, place)) for place in (one.place, other.place))
    half = sin((north_there - north) / 2) ** 2 + cos(north) * cos(north_there) * sin((east_there - east) / 2) ** 2
    return 2 * EARTH_KM * asin(sqrt(half))
