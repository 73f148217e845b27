# SPDX-License-Identifier: AGPL-3.0-or-later
"""The lists shipped with the demo are what a ring would bring: they import without a word of complaint."""

from __future__ import annotations

import pytest

from ringtausch_node.config import Limits
from ringtausch_node.demo import circle, real, story
from ringtausch_node.demo.plan import load_banks
from ringtausch_node.demo.world import Founding
from ringtausch_node.members.lists import MemberList, parse_list
from ringtausch_protocol.units import parse_unit

RINGS = story.foundings()
FOUR = circle.four()


def imported(founding: Founding) -> MemberList:
    return parse_list(founding.members, parse_unit(founding.unit), Limits())


@pytest.mark.parametrize("founding", FOUR, ids=lambda founding: founding.short)
def test_a_list_of_the_day_imports_cleanly(founding: Founding) -> None:
    found = imported(founding)

    assert [] == found.ignored_columns
    assert 20 <= len(found.rows) <= 25
    assert any(member.balance_seconds > 0 for _, member in found.rows)
    assert any(member.balance_seconds < 0 for _, member in found.rows)
    assert {"member", "office", "auditor"} == {member.role for _, member in found.rows}


@pytest.mark.parametrize("founding", FOUR, ids=lambda founding: founding.short)
def test_nobody_begins_beyond_a_limit(founding: Founding) -> None:
    beyond = [
        member.handle
        for _, member in imported(founding).rows
        if not member.min_seconds <= member.balance_seconds <= member.max_seconds
    ]

    assert [] == beyond


def test_the_units_differ_and_so_do_the_limits() -> None:
    assert 3 == len({parse_unit(founding.unit) for founding in RINGS})
    assert {"block", "warn"} == {founding.lower_limit for founding in RINGS}
    assert {"block", "warn"} == {founding.upper_limit for founding in RINGS}


def test_a_real_bank_gets_as_many_members_as_it_has() -> None:
    sizes = [len(imported(founding).rows) for founding in real.foundings()]

    assert [bank.members for bank in load_banks()] == sizes
