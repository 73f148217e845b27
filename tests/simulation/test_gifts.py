# SPDX-License-Identifier: AGPL-3.0-or-later
"""On a day with gifts funds get and give; what does not stand in both statements as it was wished is noticed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.simulation.chance import Options
from tests.simulation.gifts import Gifts
from tests.simulation.many import play_one
from tests.simulation.playing import templates
from tests.simulation.wishes import FUND, Side, Wish

#: A short day on which people give.
GIVING = 43


@pytest.fixture(scope="module")
def root() -> Iterator[Path]:
    with templates() as place:
        yield place


def test_funds_get_and_give_and_gifts_are_booked_back_and_refused_abroad(root: Path) -> None:
    played = play_one(root, GIVING)

    assert played.failure is None
    assert all(played.seen[f"gift {what}"] for what in ("arrived", "booked back", "refused"))
    assert (True, False) == (Options.of(GIVING).gives, Options.of(GIVING, frozenset({"giving"})).gives)


def test_a_gift_that_is_booked_otherwise_than_it_was_wished_fails_the_day(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = Gifts._note

    def otherwise(self: Gifts, number: int, giver: Side, payee: Side, work: random.Random) -> Wish:
        wish = note(self, number, giver, payee, work)
        if wish.payee.handle == FUND:  # as if the office had booked it to a member
            self._wishes.payments = {
                number: each._replace(payee=Side(each.payee.ring, "m0")) if each == wish else each
                for number, each in self._wishes.payments.items()
            }
        return wish

    monkeypatch.setattr(Gifts, "_note", otherwise)
    failure = play_one(root, GIVING).failure

    assert failure is not None
    assert FUND in failure
