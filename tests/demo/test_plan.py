# SPDX-License-Identifier: AGPL-3.0-or-later
"""The month of real time banks: its size and its amounts are those of the figures."""

from __future__ import annotations

import random
from collections import Counter
from itertools import combinations

import pytest

from ringtausch_node.demo import plan
from ringtausch_node.demo.real import LINE_SECONDS

BANKS = plan.load_banks()
PAYMENTS = plan.plan_month(BANKS)


def test_the_month_has_at_least_a_thousand_payments_and_a_tenth_goes_across() -> None:
    across = [payment for payment in PAYMENTS if payment.payer_ring != payment.payee_ring]

    assert len(PAYMENTS) >= 1_000
    assert -(-len(PAYMENTS) // 10) == len(across)
    assert 6 == len({(payment.payer_ring, payment.payee_ring) for payment in across})


def test_every_run_plays_the_same_month() -> None:
    assert PAYMENTS == plan.plan_month(BANKS)


@pytest.mark.parametrize("ring", range(3))
def test_the_mean_is_that_of_the_real_bank(ring: int) -> None:
    amounts = [payment.amount_seconds for payment in PAYMENTS if payment.payer_ring == ring]

    assert BANKS[ring].hours_each == pytest.approx(sum(amounts) / len(amounts) / plan.HOUR, abs=0.01)
    assert all(amount >= plan.QUARTER and amount % plan.QUARTER == 0 for amount in amounts)


def test_busier_banks_pay_more_often() -> None:
    counts = Counter(payment.payer_ring for payment in PAYMENTS)
    rates = [bank.exchanges / bank.days for bank in BANKS]

    assert [pytest.approx(len(PAYMENTS) * rate / sum(rates), abs=1) for rate in rates] == [counts[n] for n in range(3)]


def test_days_go_forward() -> None:
    days = [payment.day for payment in PAYMENTS]

    assert sorted(days) == days
    assert set(range(1, plan.DAYS + 1)) == set(days)


def test_nobody_is_asked_what_they_may_not() -> None:
    members = [{handle for handle, _ in plan.handles_of(bank)} for bank in BANKS]
    balances: Counter[tuple[int, str]] = Counter()
    for payment in PAYMENTS:
        payer, payee = (payment.payer_ring, payment.payer), (payment.payee_ring, payment.payee)
        assert payer != payee
        assert payment.payer in members[payment.payer_ring]
        assert payment.payee in members[payment.payee_ring]
        balances[payer] -= payment.amount_seconds
        balances[payee] += payment.amount_seconds
        assert balances[payer] >= plan.LOWER_SECONDS
        assert balances[payee] <= plan.UPPER_SECONDS


def test_the_lines_never_fill_up() -> None:
    owed: Counter[tuple[int, int]] = Counter()
    for payment in PAYMENTS:
        owed[payment.payer_ring, payment.payee_ring] += payment.amount_seconds
        for one, other in combinations(range(3), 2):
            # Twice over: what is on its way in both directions counts beside what is owed.
            assert 2 * abs(owed[one, other] - owed[other, one]) <= LINE_SECONDS


@pytest.mark.parametrize("weights", [[1.0], [1.0, 1.0, 1.0], [5.0, 0.1, 3.3], [1e-9, 1.0]])
@pytest.mark.parametrize("total", [0, 1, 7, 1_000])
def test_shares_are_in_proportion_and_complete(total: int, weights: list[float]) -> None:
    shares = plan.share(total, weights)

    assert total == sum(shares)
    assert all(abs(each - total * weight / sum(weights)) < 1 for each, weight in zip(shares, weights, strict=True))


def test_amounts_are_never_less_than_a_quarter_of_an_hour() -> None:
    assert [plan.QUARTER] * 5 == plan.draw_amounts(5, 0.01, random.Random(1))
