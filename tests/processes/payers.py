# SPDX-License-Identifier: AGPL-3.0-or-later
"""Members who pay another town while its node, or their own, is killed under them."""

from __future__ import annotations

import random
import shutil
import sqlite3
import tempfile
import threading
import time
from contextlib import closing
from pathlib import Path

from ringtausch_node.errors import RingtauschError
from tests.processes.towns import Away, Town

BURST = 6
_OPEN = "SELECT count(*) FROM order_out WHERE state IN ('queued', 'held') AND purpose = 'transfer'"


class Payers:
    """Members of one town who pay the other; what was acknowledged to them is remembered."""

    def __init__(self, town: Town, other: Town, first: int) -> None:
        self.town, self.other, self._next = town, other, first
        self.asked: list[int] = []
        self.acknowledged: list[int] = []
        self.refused = 0

    def begin(self) -> threading.Thread:
        """A burst of payments, in a thread: the node may be killed at any moment of it."""
        thread = threading.Thread(target=self._pay, daemon=True)
        thread.start()
        return thread

    def _pay(self) -> None:
        for _ in range(BURST):
            number, self._next = self._next, self._next + 1
            self.asked.append(number)
            try:
                self.town.pay(self.other, number, who=number % 4)
            except Away:
                return
            except RingtauschError:
                self.refused += 1
            else:
                self.acknowledged.append(number)

    def count_open(self, *, is_dead: bool) -> int:
        """How many payments are under way in the books of this town, whether its node lives or not."""
        if not is_dead:
            return int(self.town.ask("state")["open_holds"])
        with tempfile.TemporaryDirectory() as name:  # a copy: the files of the dead are left as they lie
            for part in ("ring.sqlite", "ring.sqlite-wal"):
                shutil.copy(self.town.folder / part, name)
            with closing(sqlite3.connect(Path(name) / "ring.sqlite")) as books:
                found: int = books.execute(_OPEN).fetchone()[0]
        return found


def kill_once(payers: Payers, victim: Town, chance: random.Random) -> bool:
    """-> whether a payment was under way."""
    before = len(payers.asked)
    thread = payers.begin()
    while len(payers.asked) == before:
        time.sleep(0.0005)
    time.sleep(chance.uniform(0.0, 0.06))
    victim.kill()
    is_open = payers.count_open(is_dead=payers.town is victim) > 0
    victim.start()
    thread.join(60)
    assert not thread.is_alive()
    return is_open
