# SPDX-License-Identifier: AGPL-3.0-or-later
"""The check at the end of the demo finds each kind of broken end."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations, permutations
from typing import Any

import pytest

from ringtausch_node.demo import words
from ringtausch_node.demo.checks import find_faults, find_verify_faults

State = dict[str, Any]
OWED = {("oak", "elm"): 5400, ("oak", "lime"): -60, ("elm", "lime"): 0}


def sound() -> list[State]:
    """Three rings after a good day."""
    states: dict[str, State] = {
        name: {
            "ring_id": f"id-{name}", "address": f"{name}.example", "state": "ready", "sum_seconds": 0, "open_holds": 0,
            "peers": [],
        }
        for name in ("oak", "elm", "lime")
    }  # fmt: skip
    for here, there in permutations(states, 2):
        states[here]["peers"].append(
            {
                "ring_id": f"id-{there}", "address": f"{there}.example", "state": "open", "limit_in": 36_000,
                "limit_out": 36_000, "held_in": 0, "held_out": 0,
                "clearing_seconds": OWED.get((here, there), -OWED.get((there, here), 0)),
            }
        )  # fmt: skip
    return list(states.values())


def kinds(states: list[State]) -> list[str]:
    return [fault.kind for fault in find_faults(states)]


def test_a_good_end_has_no_fault() -> None:
    assert [] == find_faults(sound())


def test_rings_that_never_met_need_no_line() -> None:
    states = sound()
    states[0]["peers"].pop()

    assert ["no_line"] == kinds(states)
    met = [(one["address"], other["address"]) for one, other in combinations(states, 2)]
    assert [] == find_faults(states, met[:1] + met[2:])


def test_a_line_may_have_ended_with_both_books_at_zero() -> None:
    states = sound()
    for here, there in (("oak", "lime"), ("lime", "oak")):
        line = next(
            peer for state in states if state["address"] == f"{here}.example" for peer in state["peers"]
            if peer["address"] == f"{there}.example"
        )  # fmt: skip
        line.update(state="ended", clearing_seconds=0, limit_in=0, limit_out=0)

    assert [] == find_faults(states)


def _line(states: list[State]) -> dict[str, Any]:
    found: dict[str, Any] = states[0]["peers"][0]
    return found


BREAKS: list[tuple[str, Callable[[list[State]], object]]] = [
    ("not_ready", lambda states: states[1].update(state="quarantined")),
    ("not_ready", lambda states: states[1].update(state="recovering")),
    ("sum", lambda states: states[2].update(sum_seconds=1)),
    ("open_holds", lambda states: states[0].update(open_holds=1)),
    ("no_line", lambda states: states[0]["peers"].pop()),
    ("no_line", lambda states: _line(states).update(ring_id="id-stranger")),
    ("no_line", lambda states: states[0]["peers"].append(dict(_line(states)))),
    ("line_not_open", lambda states: _line(states).update(state="away")),
    ("ended_open", lambda states: _line(states).update(state="ended")),
    ("line_holds", lambda states: _line(states).update(held_in=60)),
    ("line_holds", lambda states: _line(states).update(held_out=60)),
    ("mirror", lambda states: _line(states).update(clearing_seconds=-5400)),
    ("limits", lambda states: _line(states).update(limit_in=1)),
]


@pytest.mark.parametrize(("kind", "break_it"), BREAKS)
def test_each_kind_of_broken_end_is_found(kind: str, break_it: Callable[[list[State]], object]) -> None:
    states = sound()
    break_it(states)

    assert [kind] == kinds(states)


def test_every_fault_is_found_not_only_the_first() -> None:
    states = sound()
    states[0].update(sum_seconds=-3, open_holds=2)
    _line(states).update(clearing_seconds=0)

    assert ["sum", "open_holds", "mirror"] == kinds(states)


def test_findings_in_a_closed_folder_are_faults() -> None:
    finding = {"where": "account 3", "code": "balance", "detail": "replayed otherwise"}

    assert [] == find_verify_faults("oak.example", {"ok": True, "findings": []})
    assert ["verify"] == [f.kind for f in find_verify_faults("oak.example", {"ok": False, "findings": [finding]})]
    assert ["verify"] == [f.kind for f in find_verify_faults("oak.example", {"ok": False, "findings": []})]


def test_every_kind_has_its_sentence() -> None:
    assert {kind for kind, _ in BREAKS} | {"audit", "verify"} == set(words.FAULTS)
