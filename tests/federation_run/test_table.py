# SPDX-License-Identifier: AGPL-3.0-or-later
"""The table of real rings, and the lines that za:rt's rule draws between them."""

from __future__ import annotations

from collections import Counter

from tests.federation_run.plan import HOUR, Line, lines_of, rule_seconds
from tests.federation_run.table import Ring, by_nearness, load_rings

RINGS = load_rings()


def ring(name: str, place: tuple[float, float] | None, hours: float, postcode: str = "") -> Ring:
    return Ring(name, "Here", place, postcode, 10, 10, hours)


def test_the_table_has_156_rings_with_names_of_their_own() -> None:
    assert 156 == len(RINGS) == len({each.name for each in RINGS})
    assert {"United States": 106, "New Zealand": 30, "Canada": 11} == dict(
        Counter(each.country for each in RINGS).most_common(3)
    )
    assert (15_215, 10_387) == (sum(each.members for each in RINGS), sum(each.exchanges for each in RINGS))


def test_neighbours_are_the_nearest_of_the_same_country() -> None:
    known = {each.name: each for each in RINGS}
    assert ["fablabchch", "bridge2rocks"] == [each.name for each in by_nearness(known["newzealand"], RINGS)[1:3]]
    assert {"United States"} == {each.country for each in by_nearness(known["westseattle"], RINGS)}
    north, middle, south = ring("n", (50.0, 8.0), 1), ring("m", (49.0, 8.0), 1), ring("s", (40.0, 8.0), 1)
    assert [middle, south] == by_nearness(north, [south, north, middle])


def test_a_line_is_the_smaller_share_of_a_tenth_of_the_year() -> None:
    """123 hours in 123 days are 365 a year: 36.5 may be owed in all, told in half hours."""
    small, large, idle = ring("a", (50.0, 8.0), 123), ring("b", (50.0, 9.0), 1_230), ring("c", (50.0, 8.5), 0)
    assert [131_400, 1_314_000, 0] == [rule_seconds(each) for each in (small, large, idle)]
    assert [Line("a", "b", 36 * HOUR + 1_800)] == lines_of([small, idle, large])


def test_no_ring_grants_more_than_the_rule_in_all() -> None:
    granted = Counter[str]()
    for line in lines_of(RINGS):
        granted.update({line.one: line.limit_seconds, line.other: line.limit_seconds})
    assert [] == [each.name for each in RINGS if granted[each.name] > rule_seconds(each)]


def test_hours_taken_back_open_no_line() -> None:
    assert 0 == rule_seconds(ring("a", None, -5))
