# SPDX-License-Identifier: AGPL-3.0-or-later
"""What must be true when the demo ends, found in what the rings themselves say. Pure: states in, faults out."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple, TypeAlias

#: What `state` gives of one ring.
State: TypeAlias = Mapping[str, Any]


class Fault(NamedTuple):
    """Something that must not be: a kind (words.FAULTS has its sentence), where, and what was found there."""

    kind: str
    where: str
    found: str = ""


def find_faults(states: Sequence[State], pairs: Collection[tuple[str, str]] | None = None) -> list[Fault]:
    """Every fault in the states of rings. `pairs`: the addresses of those with a line to each other; None: all.

    kinds: not_ready, sum, open_holds of a ring; no_line, line_not_open, ended_open, line_holds, mirror, limits of a
    pair.
    """
    faults = [fault for state in states for fault in _faults_of_ring(state)]
    for one, other in combinations(states, 2):
        if pairs is None or (one["address"], other["address"]) in pairs:
            faults.extend(_faults_of_pair(one, other))
    return faults


def find_verify_faults(where: str, result: Mapping[str, Any]) -> list[Fault]:
    """The faults in what `verify` gives of a closed folder (kind: verify)."""
    faults = [
        Fault("verify", where, f"{finding['where']}: {finding['code']} {finding['detail']}".strip())
        for finding in result["findings"]
    ]
    if not faults and not result["ok"]:
        faults.append(Fault("verify", where))
    return faults


def _faults_of_ring(state: State) -> Iterator[Fault]:
    where = state["address"]
    if state["state"] != "ready":
        yield Fault("not_ready", where, state["state"])
    if state["sum_seconds"] != 0:
        yield Fault("sum", where, str(state["sum_seconds"]))
    if state["open_holds"] != 0:
        yield Fault("open_holds", where, str(state["open_holds"]))


def _faults_of_pair(one: State, other: State) -> Iterator[Fault]:
    where = f"{one['address']} - {other['address']}"
    here, there = _line(one, other), _line(other, one)
    if here is None or there is None:
        yield Fault("no_line", where)
        return
    for line in (here, there):
        if line["state"] == "ended":
            if line["clearing_seconds"] != 0:
                yield Fault("ended_open", where, str(line["clearing_seconds"]))
        elif line["state"] != "open":
            yield Fault("line_not_open", where, line["state"])
        if line["held_in"] or line["held_out"]:
            yield Fault("line_holds", where, f"{line['held_in']}, {line['held_out']}")
    if here["clearing_seconds"] + there["clearing_seconds"] != 0:
        yield Fault("mirror", where, f"{here['clearing_seconds']}, {there['clearing_seconds']}")
    if (here["limit_in"], here["limit_out"]) != (there["limit_out"], there["limit_in"]):
        yield Fault("limits", where)


def _line(state: State, other: State) -> Mapping[str, Any] | None:
    """The one line of a ring to another, known by its id as well as by its address."""
    lines = [
        peer for peer in state["peers"] if peer["ring_id"] == other["ring_id"] and peer["address"] == other["address"]
    ]
    return lines[0] if len(lines) == 1 else None
