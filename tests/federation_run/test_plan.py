# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a seed plays: payments by real activity, and always the same number of nodes away."""

from __future__ import annotations

import pytest

from tests.federation_run.plan import DAY, draw
from tests.federation_run.table import DAYS_OBSERVED, load_rings

RINGS = load_rings()


def test_the_same_seed_gives_the_same_plan_and_another_another() -> None:
    assert draw(RINGS, 1, 0.1, 2) == draw(RINGS, 1, 0.1, 2)
    assert draw(RINGS, 1, 0.1, 2).wishes != draw(RINGS, 2, 0.1, 2).wishes


def test_payments_are_the_real_ones_by_the_printed_factor_and_a_tenth_goes_across() -> None:
    plan = draw(RINGS, 3, 0.1, 10)
    real = sum(ring.exchanges for ring in RINGS) / DAYS_OBSERVED
    assert len(plan.wishes) == round(real * 10 * plan.factor)
    assert sum(wish.is_across for wish in plan.wishes) / len(plan.wishes) == pytest.approx(0.1, abs=0.01)
    countries = {ring.name: ring.country for ring in RINGS}
    assert all(countries[wish.payer] == countries[wish.payee] for wish in plan.wishes)


def test_more_payments_across_change_nothing_else() -> None:
    few, many = draw(RINGS, 3, 0.1, 2), draw(RINGS, 3, 0.5, 2)
    assert [wish[:3] + wish[4:] for wish in few.wishes] == [wish[:3] + wish[4:] for wish in many.wishes]
    assert few.absences == many.absences


def test_eight_of_156_nodes_are_away_at_any_time_and_some_for_days() -> None:
    absences = draw(RINGS, 4, 0.1, 10).absences
    for at in range(0, 10 * DAY, 3_600):
        away = [each.ring for each in absences if each.at <= at < each.at + each.seconds]
        assert 8 == len(away) == len(set(away))
    assert max(each.seconds for each in absences) > DAY
