# SPDX-License-Identifier: AGPL-3.0-or-later
"""The figures of a report, worked out by hand from a few payments."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import msgspec

from tests.federation_run.circulation import Bound, bound, most
from tests.federation_run.figures import Figures, figures, latency
from tests.federation_run.netting import Netted, in_circles, least
from tests.federation_run.people import Fate
from tests.federation_run.picture import picture
from tests.federation_run.play import Played
from tests.federation_run.report import Setting, text

SETTING = Setting(rings=3, lines=2, rings_on_lines=3, limit_hours=9.0, days=1.0, commit="commit abc")
NETTED = Netted(
    owed_seconds=36_000, left_seconds=27_000, rounds=[27_000, 27_000], walked=1, refused=0, in_circles_seconds=10_800,
    bounds=[Bound(rings=rings, found_seconds=9_000, most_seconds=most) for rings, most in ((4, 10_800), (6, 12_600))],
    most_seconds=14_400, least_seconds=18_000, debts=[],
)  # fmt: skip


def fate(number: int, payee: str, **changes: Any) -> Fate:
    fields = {"is_paid": True, "tries": 1, "latency_seconds": 2.0, **changes}
    return Fate(number=number, payer="elm", payee=payee, amount_seconds=900, **fields)


def run(**changes: Any) -> Figures:
    """At home one; across four: one at once, one at the second try, one refused in spite of room, one without room."""
    fates = [
        fate(0, "elm"),
        fate(1, "oak", room_edges=1, edges=1),
        fate(2, "ash", room_edges=3, edges=2, tries=2, latency_seconds=900.0),
        fate(3, "ash", room_edges=2, is_paid=False, tries=5, code="no_route"),
        fate(4, "fir", is_paid=False, tries=5, code="no_capacity"),
    ]
    fields: dict[str, Any] = {"faults": [], **changes}
    return figures(
        Played(
            seed=7, across=0.1, days=1.0, factor=4.5, absences=1, away_share=0.05, hold_hours=1.5, fates=fates,
            netted=NETTED, trace="", **fields,
        )
    )  # fmt: skip


def test_figures_are_what_one_counts_by_hand() -> None:
    found = run()
    assert (5, 4, 3) == (found.payments, found.payments_across, found.with_room)
    assert (0.6, 0.5, 0.6667, 0.3333) == (found.paid, found.paid_across, found.paid_with_room, found.paid_at_once)
    assert ({1: 1, 2: 1}, {"no_capacity": 1, "no_route": 1}) == (found.edges, found.codes)
    assert {"no_route": 1} == found.codes_with_room
    assert [900.0, 900.0, 900.0] == found.latency_seconds
    assert (10.0, 7.5, 0.25, 0.3, 0.5) == (
        found.owed_hours, found.left_hours, found.freed, found.in_circles, found.unavoidable,
    )  # fmt: skip
    assert ((0.25, 0.3), (0.25, 0.35), 0.4) == (found.four, found.six, found.any_circle)


def test_latency_is_a_value_that_occurred() -> None:
    assert [51.0, 96.0, 100.0] == latency([float(each) for each in range(1, 101)])
    assert [] == latency([])


def test_what_could_be_netted() -> None:
    """Oak owes elm 5, ash owes oak 3, elm owes ash 4: the circle ends 3 of each; elm stays owed 1, oak owes 2."""
    debts = {"elm": {"oak": 5_000}, "oak": {"ash": 3_000}, "ash": {"elm": 4_000}}
    assert (9_000, 2_000) == (in_circles(debts), least(debts))
    assert (9_000, Bound(rings=4, found_seconds=9_000, most_seconds=9_000)) == (most(debts), bound(debts, 4))


def test_longer_circles_count_where_they_may_be_walked() -> None:
    """Seven rings in one circle; a chord that makes one of three of it, with more in it than in the long one."""
    ring = [f"r{number}" for number in range(7)]
    debts = {one: {other: 600} for one, other in zip(ring, [*ring[1:], ring[0]], strict=True)}
    assert (4_200, 0, 4_200) == (most(debts), bound(debts, 6).most_seconds, bound(debts, 7).found_seconds)
    debts["r2"]["r0"] = 600
    assert (4_200, 1_800) == (most(debts), bound(debts, 4).most_seconds)


def test_the_largest_circulation_takes_back_what_stood_in_its_way() -> None:
    """Two circles share a debt with room for one: what the greedy search takes first may be the worse half."""
    debts = {"a": {"b": 2}, "b": {"c": 2, "d": 2}, "c": {"a": 1, "e": 1}, "d": {"a": 2}, "e": {"a": 1}}
    assert (7, 6) == (most(debts), bound(debts, 3).most_seconds)


def test_the_report_says_the_goal_is_missed_and_why_netting_frees_less() -> None:
    report = text(SETTING, [run(), run(faults=["elm: sum 5, held 0, 0 open"])])
    assert "of payments with way and room 98% are paid: MISSED" in report
    assert "paid, with way and room     66.7% (66.7% to 66.7%)" in report
    assert "in circles of whatever" in report
    assert "is 40.0%; of up to six rings 35.0%, of up to four 30.0%." in report
    assert "50% is what rings owe" in report
    assert report.endswith("WRONG, seed 7 at 10%: elm: sum 5, held 0, 0 open\n")


def test_the_report_names_what_it_was_made_with_and_tells_a_bound_from_a_find() -> None:
    report = text(SETTING, [run()])
    assert ("Made with commit abc." in report, "7 (activity x 4.50)" in report) == (True, True)
    rows = {line[2:30].strip(): line[30:] for line in report.splitlines()}
    assert (rows["up to 4: greedy find"], rows["up to 4: bound"]) == ("25.0%", "30.0%")
    assert rows["paid, of those across"] == "50.0%"


def test_what_is_fast_is_not_told_as_no_time() -> None:
    fast = msgspec.structs.replace(run(), latency_seconds=[0.1, 0.4, 0.4])
    assert "95 of a hundred within    0.4 s" in text(SETTING, [fast])


def test_one_seed_is_no_seeds() -> None:
    assert ["1 seed<" in picture(SETTING, [run()]), "2 seeds<" in picture(SETTING, [run(), run()])] == [True, True]


def test_the_picture_is_a_well_formed_svg_with_a_dot_for_each_seed() -> None:
    drawn = ET.fromstring(picture(SETTING, [run(), run()]))  # noqa: S314 - our own
    assert 2 == len(drawn.findall("{http://www.w3.org/2000/svg}circle"))
