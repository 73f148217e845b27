# SPDX-License-Identifier: AGPL-3.0-or-later
"""Nobody owes more than he was given: what a line carries and what a member spends, looked at after every commit.

Only what grows is judged. A limit may be moved below what is owed already, and a ring put back from a backup takes
facts, whatever the limits say by then (PROTOCOL 4): it is left out from there on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from tests.simulation.nodes import Node

_LINES = (
    "SELECT p.address, a.balance_seconds, l.held_out_seconds, l.limit_out_seconds, l.state_out, l.limit_in_seconds,"
    " l.state_in"
    " FROM line l JOIN peer p ON p.id = l.peer JOIN account a ON a.id = p.clearing_account"
)
_BELOW = "SELECT count(*) FROM account WHERE kind = 'member' AND balance_seconds - held_seconds < min_seconds"


class _Carried(NamedTuple):
    """`owed`: what we owe or may come to owe; `lent`: what they owe us; `most`: the highest limit we ever gave."""

    owed: int
    lent: int
    most: int


class Within:
    """Remembers what each line carried at the commit before. `demand(holds, complaint)` is told what it found."""

    def __init__(self, demand: Callable[[bool, str], None]) -> None:
        self._demand = demand
        self._before: dict[tuple[str, str], _Carried] = {}
        self._restored: set[str] = set()

    def forget(self, node: Node) -> None:
        """It was put back from a backup."""
        self._restored.add(node.name)

    def most_given(self, name: str, address: str) -> int:
        """The highest limit that a ring ever gave a neighbour, in seconds."""
        return self._before.get((name, address), _Carried(0, 0, 0)).most

    def check(self, node: Node, books: Any) -> None:
        """Right after a COMMIT of a node."""
        if node.name in self._restored:
            return
        below = books.execute(_BELOW).fetchone()[0]
        self._demand(below == 0, f"{node.name}: {below} members below their limit")
        for peer, debt, held, limit_out, state_out, limit_in, state_in in books.execute(_LINES):
            before = self._before.get((node.name, peer), _Carried(0, 0, 0))
            now = _Carried(debt + held, -debt, max(before.most, limit_in))
            self._before[node.name, peer] = now
            line = f"{node.name} to {peer}"
            if now.owed > before.owed:
                limit = 0 if "ended" in (state_out, state_in) else limit_out  # only what brings a balance home
                self._demand(state_out != "paused", f"{line}: grew to {now.owed} while {state_out}")
                self._demand(now.owed <= limit, f"{line}: {now.owed} on a line of {limit}")
            if now.lent > before.lent:
                self._demand(now.lent <= now.most, f"{line}: {now.lent} lent, never more than {now.most} given")
