# SPDX-License-Identifier: AGPL-3.0-or-later
"""The record of the long run is a page that can be read again, and adds up."""

from __future__ import annotations

import pytest

from tests.simulation.record import SUM, Failure, Met, Record, Row, read
from tests.simulation.revision import RECORD, ROOT

FIRST = Row("0123456789ab", 1, 1500, Met(51_234, 2_950, 310, 160), (7, 1212), 480, "2026-11-27")
SECOND = Row("ba9876543210", 1501, 2000, Met(17_000, 900, 101, 50), (), 160, "2026-11-28")
FAILURES = [Failure.of(7, "oak: the books | sum to 1\nat step 5"), Failure(1212, "a hold is left", "abcdefabcdef")]
PLAYED = Record([FIRST, SECOND], FAILURES)


def test_what_is_written_is_read_again() -> None:
    again = read(PLAYED.as_text())

    assert (PLAYED.rows, PLAYED.failures) == (again.rows, again.failures)
    assert PLAYED.as_text() == again.as_text()
    assert Record().as_text() == read(Record().as_text()).as_text()


def test_the_last_row_is_the_sum_of_the_others() -> None:
    assert Row(SECOND.commit, 1, 2000, Met(68_234, 3_850, 411, 210), (7, 1212), 640, "2026-11-28") == PLAYED.together()
    assert f"| {SUM} | 1 | 2000 | 2 000 | 68 234 | 3 850 | 411 | 210 | 2 | 640 | 2026-11-28 |" in PLAYED.as_text()


def test_the_record_of_this_repository_is_one() -> None:
    text = (ROOT / RECORD).read_text(encoding="utf-8")

    assert text == read(text).as_text()


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("68 234", "68 235", "not the sum"),
        ("51 234", "51 235", "not the sum"),
        ("| 1501 | 2000 | 500 |", "| 1502 | 2001 | 500 |", "seed 1502 follows on seed 1500"),
        ("| 1501 | 2000 | 500 |", "| 1501 | 2000 | 499 |", "there are 500 seeds, not 499"),
        ("| ba9876543210 |", "| another |", "not the sum"),
        ("7 1212", "7", "not the sum"),
        ("| 1212 | a", "| 1213 | a", "not those of its rows"),
        (" | 2 | 640 | ", " | two | 640 | ", "not the sum"),
        (PLAYED.as_text(), "no record at all", "not the sum"),
    ],
)
def test_a_page_that_does_not_add_up_is_no_record(old: str, new: str, fault: str) -> None:
    text = PLAYED.as_text()
    assert old in text

    with pytest.raises(ValueError, match=fault):
        read(text.replace(old, new, 1))
