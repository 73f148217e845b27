# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is asked with every order that passes is answered without a look at the orders that are held, box and all."""

from __future__ import annotations

from contextlib import closing

from ringtausch_node.federation.orders import between_records
from ringtausch_node.store import Tx
from tests.store.migrated import migrated


def test_what_is_held_towards_a_ring_is_read_from_an_index_alone() -> None:
    asked: list[str] = []
    with closing(migrated()) as connection:
        connection.set_trace_callback(asked.append)
        assert (0, 0) == between_records.load_towards(Tx(connection), 1, "a" * 52)
        connection.set_trace_callback(None)
        (plan,) = connection.execute(f"EXPLAIN QUERY PLAN {asked[-1]}").fetchall()

    assert "USING COVERING INDEX order_between_out (peer_out=? AND last_ring=?)" in plan[3]
