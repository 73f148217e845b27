# SPDX-License-Identifier: AGPL-3.0-or-later
"""A ring that was opened by the version before: its members and their accesses are all still there."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from ringtausch_node.clock import SystemClock
from ringtausch_node.config import Limits
from ringtausch_node.ids import SystemIds
from ringtausch_node.members import Members
from ringtausch_node.members.access import hash_of
from ringtausch_node.store import Store
from ringtausch_node.store.migrations import migrate
from tests.members.conftest import code_of


def write_as_before(path: Path) -> None:
    """Alma with two accesses, one of them revoked; Ben frozen; Cem left."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA foreign_keys=ON")
    migrate(connection, 5, applied_at=1)
    for number, (handle, state) in enumerate((("alma", "active"), ("ben", "frozen"), ("cem", "left")), 1):
        connection.execute(
            "INSERT INTO account (id, kind, key, created_at) VALUES (?, 'member', ?, 1)", (number, f"member:{handle}")
        )
        connection.execute(
            "INSERT INTO member (id, handle, name, role, account_id, state, created_at) VALUES (?,?,?,?,?,?,1)",
            (bytes([number]) * 16, handle, handle.title(), "member", number, state),
        )
    for token, number, revoked_at in (("old", 1, 9), ("new", 1, None), ("bens", 2, None), ("cems", 3, None)):
        connection.execute(
            "INSERT INTO token (hash, member_id, created_at, revoked_at) VALUES (?,?,5,?)",
            (hash_of(token), bytes([number]) * 16, revoked_at),
        )
    connection.close()


async def test_members_and_accesses_of_the_version_before_are_carried_over(tmp_path: Path) -> None:
    write_as_before(tmp_path / "ring.sqlite")
    store = await Store.open(tmp_path / "ring.sqlite", clock=SystemClock())
    members = Members(store, SystemIds(SystemClock()), SystemClock(), Limits(), "oak.example")
    assert [("alma", "active", None), ("ben", "frozen", None), ("cem", "left", None)] == [
        (each.handle, each.state, each.account_of) for each in await members.list()
    ]
    assert ("alma", True) == ((await members.authenticate("new")).handle, (await members.authenticate("new")).is_active)
    assert not (await members.authenticate("bens")).is_active
    assert ["unauthorized"] * 2 == [await code_of(members.authenticate(token)) for token in ("old", "cems")]
    assert 1 == len((await members.access.list("alma")).tokens)
    assert ["alma", "carl"] == [
        (await members.add("carl", "Carl", account_of="alma")).account_of,
        (await members.helping.grant("carl", "ben")).helper,
    ]
    assert [] == await store.read(lambda tx: tx.execute("PRAGMA foreign_key_check").fetchall())
    await store.close()
