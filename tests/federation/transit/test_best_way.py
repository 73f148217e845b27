# SPDX-License-Identifier: AGPL-3.0-or-later
"""The best way: fewest hops, then fewest raised debts, then the widest narrowest line (SPEC.md 7.12)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise, permutations
from random import Random

import pytest

from ringtausch_node.federation.routes.paths import Road, Roads, choose
from ringtausch_protocol.limits import PATH_MAX

#: How a map says what it shows of one direction of a line.
MARKS = {
    "wide": Road(900, lowers_debt=False, is_transit=True),
    "narrow": Road(300, lowers_debt=False, is_transit=True),
    "pays back": Road(300, lowers_debt=True, is_transit=True),
    "carries nobody": Road(900, lowers_debt=False, is_transit=False),
    "too narrow": Road(99, lowers_debt=True, is_transit=True),
}


def roads(**ways: str) -> Roads:
    """Roads by `oak_elm="wide"`; the other direction of each is wide where nothing else is said."""
    drawn: dict[str, dict[str, Road]] = {}
    for way, mark in ways.items():
        one, other = way.split("_")
        drawn.setdefault(one, {})[other] = MARKS[mark]
        drawn.setdefault(other, {}).setdefault(one, MARKS["wide"])
    return drawn


def way(drawn: Roads, closed: tuple[tuple[str, str], ...] = ()) -> str | None:
    """The way from oak to yew for 100 seconds."""
    chosen = choose(drawn, "oak", "yew", 100, closed)
    return None if chosen is None else " ".join(chosen)


def test_fewest_hops_go_before_debts_paid_back_and_before_width() -> None:
    drawn = roads(
        oak_elm="narrow", elm_yew="narrow", oak_ash="pays back", ash_fir="pays back", fir_yew="pays back"
    )  # fmt: skip
    assert "oak elm yew" == way(drawn)
    assert "oak yew" == way({**drawn, "oak": {**drawn["oak"], "yew": MARKS["narrow"]}})


def test_of_two_ways_as_short_the_one_that_pays_a_debt_back_is_taken_though_it_is_narrower() -> None:
    assert "oak elm yew" == way(roads(oak_ash="wide", ash_yew="wide", oak_elm="wide", elm_yew="pays back"))
    assert "oak fir yew" == way(roads(oak_ash="wide", ash_yew="wide", oak_fir="pays back", fir_yew="wide"))


def test_the_more_debts_are_paid_back_the_better() -> None:
    drawn = roads(
        oak_ash="pays back", ash_yew="wide", oak_elm="wide", elm_yew="pays back", oak_fir="pays back",
        fir_yew="pays back",
    )  # fmt: skip
    assert "oak fir yew" == way(drawn)


def test_where_as_many_debts_are_raised_the_widest_narrowest_line_decides() -> None:
    drawn = roads(oak_ash="narrow", ash_yew="wide", oak_elm="wide", elm_yew="narrow", oak_fir="wide", fir_yew="wide")
    assert "oak fir yew" == way(drawn)


def test_the_line_of_the_payers_own_ring_counts_as_any_other() -> None:
    assert "oak fir yew" == way(roads(oak_ash="narrow", ash_yew="wide", oak_fir="wide", fir_yew="wide"))


def test_no_way_leads_over_a_line_without_room_or_one_that_failed() -> None:
    drawn = roads(oak_elm="wide", elm_yew="too narrow", oak_ash="wide", ash_yew="wide")
    assert "oak ash yew" == way(drawn)
    assert way(drawn, closed=(("ash", "yew"),)) is None
    assert "oak ash yew" == way(drawn, closed=(("yew", "ash"),))


@pytest.mark.parametrize("said", [{"elm_yew": "carries nobody"}, {"elm_yew": "wide", "elm_oak": "carries nobody"}])
def test_a_ring_between_carries_from_the_one_before_it_and_to_the_one_behind_it(said: dict[str, str]) -> None:
    assert way(roads(oak_elm="wide", **said)) is None


def test_the_two_ends_need_not_carry_for_anybody() -> None:
    assert "oak elm yew" == way(roads(oak_elm="carries nobody", elm_yew="wide", yew_elm="carries nobody"))


def test_a_ring_that_does_not_carry_for_one_neighbour_is_reached_by_another() -> None:
    """Over elm, fir would be reached as well, and better; but fir carries nothing that comes from elm."""
    drawn = roads(
        oak_elm="pays back", elm_fir="pays back", oak_ash="wide", ash_fir="wide", fir_yew="wide",
        fir_elm="carries nobody",
    )  # fmt: skip
    assert "oak ash fir yew" == way(drawn)


def test_a_neighbour_that_does_not_carry_for_us_is_reached_by_another() -> None:
    drawn = roads(oak_fir="wide", fir_yew="wide", fir_oak="carries nobody", oak_ash="wide", ash_fir="wide")
    assert "oak ash fir yew" == way(drawn)


def test_four_lines_are_a_way_and_five_are_none() -> None:
    drawn = roads(oak_ash="wide", ash_elm="wide", elm_fir="wide", fir_yew="wide", yew_box="wide")
    assert "oak ash elm fir yew" == way(drawn)
    assert choose(drawn, "oak", "box", 100) is None


# -- against every way there is ----------------------------------------------------------------------------------------

RINGS = ("oak", "ash", "elm", "fir", "yew", "box")
#: One of them is too narrow.
WIDTHS = (99, 100, 300, 500, 900)


def every_way(drawn: Roads) -> Iterator[tuple[str, ...]]:
    """All ways from oak to yew on which each ring between carries and each line has room for 100 seconds."""
    between = [ring for ring in RINGS if ring not in ("oak", "yew")]
    for count in range(PATH_MAX - 1):
        for middle in permutations(between, count):
            path = ("oak", *middle, "yew")
            if all(_has_room(drawn, one, other) for one, other in pairwise(path)) and all(
                _carries(drawn, ring, neighbour)
                for before, ring, behind in zip(path, path[1:], path[2:], strict=False)
                for neighbour in (before, behind)
            ):
                yield path


def _has_room(drawn: Roads, one: str, other: str) -> bool:
    return other in drawn[one] and drawn[one][other].free_seconds >= 100


def _carries(drawn: Roads, ring: str, neighbour: str) -> bool:
    return neighbour in drawn[ring] and drawn[ring][neighbour].is_transit


def worth(drawn: Roads, path: tuple[str, ...]) -> tuple[int, int, int]:
    """Smaller is better, word for word as in SPEC.md 7.12."""
    lines = [drawn[one][other] for one, other in pairwise(path)]
    return len(lines), sum(not each.lowers_debt for each in lines), -min(each.free_seconds for each in lines)


def a_map(chance: Random) -> Roads:
    """Few lines or many, but none between oak and yew; most rings carry, or far ones would never be reached."""
    share = chance.choice((0.3, 0.6, 0.9))
    return {
        ring: {
            other: Road(chance.choice(WIDTHS), chance.random() < 0.5, chance.random() < 0.9)
            for other in RINGS if {ring, other} not in ({ring}, {"oak", "yew"}) and chance.random() < share
        }
        for ring in RINGS
    }  # fmt: skip


def test_no_way_on_any_small_map_is_better_than_the_one_chosen() -> None:
    chance, hops = Random(712), set()
    for _ in range(1_000):
        drawn = a_map(chance)
        best = min((worth(drawn, each) for each in every_way(drawn)), default=None)

        chosen = choose(drawn, "oak", "yew", 100)

        assert best == (chosen and worth(drawn, chosen)), drawn
        assert chosen is None or chosen in set(every_way(drawn)), drawn
        hops.add(0 if chosen is None else len(chosen) - 1)
    assert {0, 2, 3, 4} == hops  # the maps show ways of every length
