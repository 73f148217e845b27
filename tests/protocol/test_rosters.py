# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a roster tells those who go by it: rings listed twice, keys of logs, and which roster may follow which."""

from __future__ import annotations

import msgspec
import pytest

from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.notes import Note
from ringtausch_protocol.roster import (
    RosterLog,
    listed_keys,
    parse_roster,
    sign_roster,
    verify_successor,
    write_roster,
)
from tests.vectors.rosters import FEDERATION, RINGS, head_of, signed

ONE = RINGS[0]
MOVED = msgspec.structs.replace(ONE, address="anderswo.example")
MORE = msgspec.structs.replace(ONE, logs=[*ONE.logs, RosterLog(log=9, keys=["A" * 43])])


def test_a_ring_that_is_listed_with_two_addresses_is_doubled() -> None:
    assert () == parse_roster(signed(head_of(1), [ONE], FEDERATION[0])).doubled
    assert (ONE.ring_id,) == parse_roster(signed(head_of(1), [ONE, MOVED], FEDERATION[0])).doubled


def test_keys_of_a_log_are_those_of_every_line_that_lists_it() -> None:
    found = listed_keys(parse_roster(signed(head_of(1), [ONE, MORE], FEDERATION[0])))
    expected = {(ONE.ring_id, each.log): frozenset(each.keys) for each in MORE.logs}
    assert expected == found


def test_a_roster_of_another_net_follows_none() -> None:
    before = parse_roster(signed(head_of(1), [ONE], FEDERATION[0]))
    text = write_roster(msgspec.structs.replace(head_of(2), net="other"), [ONE])
    other = Note(text, (sign_roster(text, FEDERATION[0], "other"),)).to_bytes()
    with pytest.raises(RemoteError, match="wrong_net"):
        verify_successor(before, other)
