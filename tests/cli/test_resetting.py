# SPDX-License-Identifier: AGPL-3.0-or-later
"""What `peer reset` tells of a proposal: who waives how much, or that the office will look for whose hours they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ringtausch_node.cli.resetting import _text
from ringtausch_protocol.units import Unit
from tests.cli.conftest import Run

HOURS = Unit("hours", 1, 2)
TWO = 7_200


def _shown(waives: str | None, difference_seconds: int, kept_seconds: int = 0, dropped_at: int | None = None) -> str:
    theirs: dict[str, Any] = {
        "we_owe_seconds": 0, "difference_seconds": difference_seconds, "waives": waives, "go_on": 0, "freed": 0,
        "may_sign": True,
    }  # fmt: skip
    found = {
        "address": "eiche.example", "clearing_seconds": -difference_seconds, "kept_seconds": kept_seconds,
        "open_orders": 0, "open_seconds": 0, "ours": None, "theirs": theirs,
        "closed_there_at": dropped_at,
    }  # fmt: skip
    return _text(found, HOURS)


@pytest.mark.parametrize(
    ("waives", "difference", "told"),
    [
        ("us", TWO, "we waive 2 hours (2 h), and lose it"),
        ("them", -TWO, "they waive 2 hours (2 h), which we keep"),
        (None, TWO, "difference to our books 2 hours (2 h) (to the account 'recovered')"),
    ],
)
def test_a_proposal_says_who_gives_up_what(waives: str | None, difference: int, told: str) -> None:
    assert told in _shown(waives, difference)


def test_who_gives_something_up_reads_how_he_signs_for_it() -> None:
    assert "Then sign with --sign --waive 2; if not" in _shown("us", TWO)
    assert "--waive 1:23:20;" in _shown("us", 5_000)
    assert all("Then sign with --sign; if not" in _shown(waives, -TWO) for waives in ("them", None))


def test_what_was_given_up_earlier_stays_named() -> None:
    assert "Given up earlier: 2 hours (2 h) lost." in _shown(None, 0, -TWO)
    assert "Given up earlier" not in _shown(None, 0)


def test_a_proposal_that_fell_away_is_named_with_its_reason() -> None:
    assert "Our last proposal fell away: the other ring has certified" in _shown(None, 0, dropped_at=1)
    assert "fell away" not in _shown(None, 0)


def test_a_balance_that_is_none_is_told_that_it_may_be_zero_or_less(run: Run, ring: Path) -> None:
    told = run("peer", "reset", ring, "ulme.example", "--propose", "--we-owe", "abc")
    assert (2, True) == (told.code, "it may be 0, or have a minus before it" in told.err), told.err
