# SPDX-License-Identifier: AGPL-3.0-or-later
"""How every ring's lines truly stand, read from outside in the rings' files with SQL of our own."""

from __future__ import annotations

import sqlite3
from typing import Any, NamedTuple

from ringtausch_node.federation.routes.paths import Road, choose
from tests.simulation.loop import Life
from tests.simulation.nodes import Node
from tests.simulation.world import World

_LINES = (
    "SELECT p.address, l.limit_out_seconds - l.held_out_seconds - a.balance_seconds, a.balance_seconds, l.carries"
    " FROM line l JOIN peer p ON p.id = l.peer JOIN account a ON a.id = p.clearing_account"
)
_WAITING = "SELECT count(*) FROM order_between WHERE state = 'waiting'"
_OPEN = "SELECT count(*) FROM order_out WHERE state IN ('queued', 'held', 'in_doubt')"
_SUM = "SELECT coalesce(sum(balance_seconds), 0), coalesce(sum(held_seconds), 0) FROM account"
#: What every ring on the way had reserved for payments, and how long: at the payer's ring, at the rings between.
_HELD = (
    "SELECT coalesce(sum(amount_seconds * (ended_at - at)), 0) FROM ("
    " SELECT amount_seconds, ended_at, created_at AS at FROM order_out WHERE purpose = 'transfer'"
    " UNION ALL SELECT amount_seconds, ended_at, arrived_at FROM order_between)"
)


class Book(NamedTuple):
    """One ring: what may still go to each neighbour, what it owes them (below zero: is owed), what is open."""

    roads: dict[str, Road]
    debts: dict[str, int]
    waiting: int
    open: int


class Books:
    """Every ring's book as of its last commit; read again only when something was committed."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._files: dict[str, tuple[Life, Any]] = {}
        self._known: dict[str, Book] = {}
        world.after_commit = self._committed

    def _committed(self, node: Node) -> None:
        self._known.pop(node.name, None)

    def of(self, name: str) -> Book:
        """The book of a ring, whether it is there or away."""
        if name not in self._known:
            self._known[name] = self._read(name)
        return self._known[name]

    def path(self, start: str, goal: str, amount_seconds: int) -> tuple[str, ...] | None:
        """The best way that has room for an amount, by the product's own choice, if every debt were known."""
        return choose({name: self.of(name).roads for name in self._world.nodes}, start, goal, amount_seconds)

    def debts(self) -> dict[str, dict[str, int]]:
        """Who owes whom how much, by creditor."""
        owed: dict[str, dict[str, int]] = {name: {} for name in self._world.nodes}
        for name in self._world.nodes:
            for other, seconds in self.of(name).debts.items():
                if seconds > 0:
                    owed[other][name] = seconds
        return owed

    def faults(self) -> list[str]:
        """What does not hold: a sum that is not zero, something held, neighbours that do not say the same."""
        found = []
        for name in self._world.nodes:
            total, held = self._file(name).execute(_SUM).fetchone()
            if total or held or self.of(name).open:
                found.append(f"{name}: sum {total}, held {held}, {self.of(name).open} open")
            for other, seconds in self.of(name).debts.items():
                if self.of(other).debts.get(name) != -seconds:
                    found.append(f"{name} and {other}: not the same debt")
        return found

    def held_seconds_squared(self) -> int:
        """Seconds of credit times seconds for which they were held, over all payments and all rings on their way."""
        return sum(int(self._file(name).execute(_HELD).fetchone()[0]) for name in self._world.nodes)

    def close(self) -> None:
        """Close the files."""
        for _, file in self._files.values():
            file.close()

    def _read(self, name: str) -> Book:
        file = self._file(name)
        rows = [(address.partition(".")[0], *rest) for address, *rest in file.execute(_LINES)]
        return Book(
            {other: Road(free, debt < 0, bool(carries)) for other, free, debt, carries in rows},
            {other: debt for other, _, debt, _ in rows},
            file.execute(_WAITING).fetchone()[0],
            file.execute(_OPEN).fetchone()[0],
        )

    def _file(self, name: str) -> Any:
        """A node's life has a file of its own."""
        node = self._world.nodes[name]
        life, file = self._files.get(name, (None, None))
        if life != node.life:
            if file is not None:
                file.close()
            path = self._world.folder(node) / "ring.sqlite"
            file = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)
            self._files[name] = (node.life, file)
        return file
