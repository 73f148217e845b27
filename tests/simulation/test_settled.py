# SPDX-License-Identifier: AGPL-3.0-or-later
"""What two rings list of a line in the end is held side by side, and against what their books say."""

from __future__ import annotations

import sqlite3
from contextlib import closing, nullcontext

import pytest

from tests.simulation.checks import _settled

_TABLES = """
CREATE TABLE peer (id INTEGER, address TEXT);
CREATE TABLE order_out (peer, order_hash, payment_id, amount_seconds, state, purpose, refund_of);
CREATE TABLE order_in (peer, order_hash, payment_id, amount_seconds, state, purpose, refund_of);
CREATE TABLE order_between (peer_in, peer_out, order_hash, amount_seconds, state);
INSERT INTO peer VALUES (1, 'oak.example'), (2, 'elm.example');
"""
#: In oak's list and in elm's: hash and seconds of what oak has paid elm.
BOTH, FEWER, OTHER = {"a": 60, "b": 30}, {"a": 60}, {"a": 60, "b": 31}


def _ring(table: str, peer: int, paid: dict[str, int]) -> sqlite3.Connection:
    file = sqlite3.connect(":memory:")
    file.executescript(_TABLES)
    rows = [(peer, each, each, seconds) for each, seconds in paid.items()]
    file.executemany(f"INSERT INTO {table} VALUES (?, ?, ?, ?, 'posted', 'transfer', NULL)", rows)
    return file


@pytest.mark.parametrize(
    ("oak", "elm", "owed", "forgotten", "complaint"),
    [
        (BOTH, BOTH, 90, (), ""),
        (BOTH, FEWER, 90, (), "not the same at both"),
        (FEWER, BOTH, 90, (), "not the same at both"),
        ({}, BOTH, 90, (), "not the same at both"),
        (BOTH, OTHER, 90, (), "not the same at both"),
        (BOTH, BOTH, 91, (), "91 in the books, 90 by payments"),
        (FEWER, BOTH, 90, (("oak", "elm"),), ""),
        (BOTH, FEWER, 90, (("elm", "oak"),), ""),
        (BOTH, FEWER, 60, (("oak", "elm"),), "not the same at both"),
        (FEWER, BOTH, 90, (("elm", "oak"),), "not the same at both"),
        (FEWER, BOTH, 91, (("oak", "elm"),), "-91 in the books, -90 by payments"),
    ],
)
def test_what_a_ring_has_forgotten_it_may_list_less_of_and_nothing_else(
    oak: dict[str, int], elm: dict[str, int], owed: int, forgotten: tuple[tuple[str, str], ...], complaint: str
) -> None:
    with closing(_ring("order_out", 2, oak)) as here, closing(_ring("order_in", 1, elm)) as there:
        files, books = {"oak": here, "elm": there}, {"oak>elm": owed, "elm>oak": -owed}
        with pytest.raises(AssertionError, match=complaint) if complaint else nullcontext():
            assert len(oak) == _settled(files, books, forgotten, 7)
