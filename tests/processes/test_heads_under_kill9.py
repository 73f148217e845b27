# SPDX-License-Identifier: AGPL-3.0-or-later
"""A node that signs its log is killed with -9 again and again: sizes never shrink, and no size has two roots."""

from __future__ import annotations

import random
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing

from ringtausch_node.errors import RingtauschError
from tests.processes.towns import Away, Town, close_and_verify, until

KILLS = 6
SEED = 14


class Heads:
    """Every head that was ever seen, signed or published, and whether it fits all before."""

    def __init__(self) -> None:
        self.roots: dict[tuple[int, int], bytes] = {}
        self.newest = (0, 0)

    def look(self, town: Town) -> None:
        """At the files of a dead node."""
        seen = []
        for name in ("ring.sqlite", "lock.sqlite"):
            with closing(sqlite3.connect(town.folder / name)) as found:
                seen += found.execute("SELECT log, size, root FROM checkpoint").fetchall()
        for log, size, root in seen:
            assert root == self.roots.setdefault((log, size), root), f"two roots at {size}"
        newest = max((log, size) for log, size, _ in seen)
        assert newest >= self.newest, "the log shrank"
        self.newest = newest


def pay_on(town: Town, first: int, stop: threading.Event) -> None:
    """Members pay each other until the node is gone."""
    for number in range(first, first + 10_000):
        if stop.is_set():
            return
        try:
            town.pay(town, number)
        except (Away, RingtauschError):
            return


def test_no_size_has_two_roots_whenever_the_node_is_killed(found: Callable[..., Town]) -> None:
    oak, heads, chance = found("oak"), Heads(), random.Random(SEED)
    oak.start()
    for number in range(2):
        oak.ask("member.add", handle=f"m{number}", name="M", min_seconds=-(10**9))
    for kill in range(KILLS):
        stop = threading.Event()
        payers = threading.Thread(target=pay_on, args=(oak, 10_000 * (kill + 1), stop), daemon=True)
        payers.start()
        size = heads.newest[1]
        until(lambda size=size: oak.ask("log.checkpoint")["size"] > size + 5, "another checkpoint")  # type: ignore[misc]
        time.sleep(chance.uniform(0, 0.3))  # wherever between an entry and its published head
        oak.kill()
        stop.set()
        payers.join(30)
        heads.look(oak)
        oak.start()
    close_and_verify(oak)
    heads.look(oak)
    assert KILLS <= len(heads.roots)
