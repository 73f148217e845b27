# SPDX-License-Identifier: AGPL-3.0-or-later
"""Each thing that `within` looks at, broken once: it says which, and says nothing of what is allowed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import NamedTuple

import pytest

from tests.simulation import within
from tests.simulation.clockwork import SimClock, SimIds
from tests.simulation.loop import Life, SimLoop
from tests.simulation.nodes import COPY, Node
from tests.simulation.within import Within

_TABLES = """
CREATE TABLE peer (id INTEGER PRIMARY KEY, address TEXT, clearing_account INTEGER);
CREATE TABLE account (id INTEGER PRIMARY KEY, kind TEXT, balance_seconds INTEGER, held_seconds INTEGER,
  min_seconds INTEGER);
CREATE TABLE line (peer INTEGER, held_out_seconds INTEGER, limit_out_seconds INTEGER, state_out TEXT,
  limit_in_seconds INTEGER, state_in TEXT);
INSERT INTO peer VALUES (1, 'elm.example', 1);
INSERT INTO account VALUES (1, 'clearing', 0, 0, NULL), (2, 'member', 0, 0, -600);
INSERT INTO line VALUES (1, 0, 3600, 'open', 3600, 'open');
"""


class Seen(NamedTuple):
    """A ring's books, and what was found in them after each change."""

    books: sqlite3.Connection
    within: Within
    node: Node
    complaints: list[str]

    def commit(self, **changes: str | int) -> list[str]:
        """Change columns named `table_column`, look, and tell what is new."""
        known = len(self.complaints)
        for name, value in changes.items():
            table, _, column = name.partition("_")
            where = "kind = 'member'" if table == "member" else "kind = 'clearing'" if table == "account" else "1"
            self.books.execute(f"UPDATE {table.replace('member', 'account')} SET {column} = ? WHERE {where}", (value,))
        self.within.check_members(self.node, self.books.execute(within.BELOW).fetchone()[0])
        for _, *line in self.books.execute(within.LINES):
            self.within.check_line(self.node, *line)
        return self.complaints[known:]


@pytest.fixture
def seen() -> Iterator[Seen]:
    complaints = list[str]()

    def demand(holds: bool, complaint: str) -> None:
        complaints.extend([] if holds else [complaint])

    with closing(SimLoop(1)) as loop, closing(sqlite3.connect(":memory:")) as books:
        books.executescript(_TABLES)
        clock = SimClock(loop)
        node = Node("oak", clock, SimIds("oak", clock), Life("oak", 0), loop.create_future())
        found = Seen(books, Within(demand), node, complaints)
        assert [] == found.commit()
        yield found


def test_a_member_below_his_limit_is_seen(seen: Seen) -> None:
    assert [] == seen.commit(member_balance_seconds=-500, member_held_seconds=100)
    assert ["oak: 1 members below their limit"] == seen.commit(member_held_seconds=101)


def test_more_than_a_line_carries_is_seen(seen: Seen) -> None:
    assert [] == seen.commit(account_balance_seconds=3000, line_held_out_seconds=600)
    assert ["oak to elm.example: 3601 on a line of 3600"] == seen.commit(line_held_out_seconds=601)


def test_a_debt_that_grows_on_a_paused_line_is_seen(seen: Seen) -> None:
    assert [] == seen.commit(account_balance_seconds=60, line_state_out="open")
    assert [] == seen.commit(line_state_out="paused")
    assert ["oak to elm.example: grew to 61 while paused"] == seen.commit(account_balance_seconds=61)


@pytest.mark.parametrize("side", ["line_state_out", "line_state_in"])
def test_a_new_debt_on_an_ended_line_is_seen(seen: Seen, side: str) -> None:
    assert [] == seen.commit(account_balance_seconds=-60)
    assert [] == seen.commit(**{side: "ended"})
    assert [] == seen.commit(account_balance_seconds=0)  # what they owed is home
    assert ["oak to elm.example: 1 on a line of 0"] == seen.commit(account_balance_seconds=1)


def test_more_lent_than_was_ever_given_is_seen(seen: Seen) -> None:
    assert [] == seen.commit(line_limit_in_seconds=60)
    assert [] == seen.commit(account_balance_seconds=-3600)  # what was given once may still be under way
    assert 3600 == seen.within.most_given("oak", "elm.example")
    assert ["oak to elm.example: 3601 lent, never more than 3600 given"] == seen.commit(account_balance_seconds=-3601)


def test_a_copy_has_given_what_its_original_gave(seen: Seen) -> None:
    assert [] == seen.commit(line_limit_in_seconds=0)  # given once, and no more
    copy = seen._replace(node=replace(seen.node, name="oak" + COPY))
    assert [] == copy.commit(account_balance_seconds=-3600)
    complaint = "oak-copy to elm.example: 3601 lent, never more than 3600 given"
    assert [complaint] == copy.commit(account_balance_seconds=-3601)


def test_what_shrinks_is_not_judged(seen: Seen) -> None:
    assert [] == seen.commit(account_balance_seconds=3600)
    assert [] == seen.commit(line_limit_out_seconds=60)
    assert [] == seen.commit(account_balance_seconds=3599)


def test_a_ring_put_back_from_a_backup_is_left_out(seen: Seen) -> None:
    seen.within.forget(seen.node)

    assert [] == seen.commit(account_balance_seconds=9999, member_balance_seconds=-9999)
