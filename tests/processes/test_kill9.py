# SPDX-License-Identifier: AGPL-3.0-or-later
"""Two nodes, each killed with -9 again and again while payments are open: nothing acknowledged is ever lost."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from tests.processes.payers import Payers, kill_once
from tests.processes.towns import FINAL, Town, befriend, check_books, close_and_verify, ended

KILLS = 40
SEED = 2_026


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_forty_kills_while_payments_are_open(found: Callable[..., Town]) -> None:
    chance = random.Random(SEED)
    oak, elm = found("oak"), found("elm")
    oak.start()
    elm.start()
    befriend(oak, elm)
    sides = [Payers(oak, elm, 1), Payers(elm, oak, 100_000)]
    kills = dict.fromkeys(("oak", "elm"), 0)
    for number in range(3 * KILLS):
        if sum(kills.values()) == KILLS:
            break
        victim = (oak, elm)[number % 2]
        kills[victim.name] += kill_once(chance.choice(sides), victim, chance)

    assert sum(kills.values()) == KILLS
    assert min(kills.values()) >= KILLS // 4, kills
    states = {number: state for side in sides for number, state in ended(side.town, side.acknowledged).items()}
    assert set(states.values()) == {"paid"}, states
    assert len(states) >= KILLS
    clearing = check_books(oak, elm)
    assert clearing["oak"] == 60 * (_paid(sides[0]) - _paid(sides[1]))
    close_and_verify(oak, elm)


def _paid(side: Payers) -> int:
    """Payments that ended paid, those included whose answer got lost in a kill."""
    views = [side.town.payment(number) for number in side.asked]
    assert all(view is None or view["state"] in FINAL for view in views)
    return sum(view is not None and view["state"] == "paid" for view in views)
