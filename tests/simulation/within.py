# SPDX-License-Identifier: AGPL-3.0-or-later
"""Nobody owes more than he was given: what a line carries and what a member spends, looked at after every commit.

Only what grows is judged. A limit may be moved below what is owed already, and a ring put back from a backup takes
facts, whatever the limits say by then (PROTOCOL 4): it is left out from there on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from tests.simulation.nodes import COPY, Node

#: Rows and one value of the statement in `checks`.
LINES = (
    "SELECT 'line', p.address, a.balance_seconds, l.held_out_seconds, l.limit_out_seconds,"
    " CASE WHEN 'ended' IN (l.state_out, l.state_in) THEN 'ended' ELSE l.state_out END,"
    " l.limit_in_seconds FROM line l JOIN peer p ON p.id = l.peer JOIN account a ON a.id = p.clearing_account"
)
BELOW = "SELECT count(*) FROM account WHERE kind = 'member' AND balance_seconds - held_seconds < min_seconds"


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

    def check_members(self, node: Node, below: int) -> None:
        """Right after a COMMIT of a node. `below`: how many members owe more than they may."""
        if node.name not in self._restored:
            self._demand(below == 0, f"{node.name}: {below} members below their limit")

    def check_line(
        self, node: Node, peer: str, debt: int, held: int, limit_out: int, state: str, limit_in: int
    ) -> None:
        """Right after a COMMIT of a node that moved something on this line. `state`: ended where either end says so."""
        if node.name in self._restored:
            return
        peer = peer.partition("~")[0]  # a line that was given up has a mark behind its address
        before = self._carried(node.name, peer)
        now = _Carried(debt + held, -debt, max(before.most, limit_in))
        self._before[node.name, peer] = now
        line = f"{node.name} to {peer}"
        if now.owed > before.owed:
            limit = 0 if state == "ended" else limit_out  # only what brings a balance home
            self._demand(state != "paused", f"{line}: grew to {now.owed} while {state}")
            self._demand(now.owed <= limit, f"{line}: {now.owed} on a line of {limit}")
        if now.lent > before.lent:
            self._demand(now.lent <= now.most, f"{line}: {now.lent} lent, never more than {now.most} given")

    def _carried(self, name: str, peer: str) -> _Carried:
        """At the commit before; of a copy that was just started: what its original carried, and had given."""
        known = self._before.get((name, peer)) or self._before.get((name.removesuffix(COPY), peer))
        return known or _Carried(0, 0, 0)
