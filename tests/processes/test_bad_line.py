# SPDX-License-Identifier: AGPL-3.0-or-later
"""Answers lost after delivery, requests that come twice, flipped bits, half a message: each payment is booked once."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

import pytest

from ringtausch_node.errors import RingtauschError
from tests.ports import free_port
from tests.processes.proxy import MISHAPS, BadLine
from tests.processes.towns import Town, befriend, check_books, close_and_verify, ended

#: The line stays bad until each mishap came so often.
EACH = 2
BAD_SECONDS = 60.0


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_bad_line_between_two_processes(found: Callable[..., Town]) -> None:
    ports = {name: free_port() for name in ("oak", "elm")}
    oak, elm = (found(name, ports[name]) for name in ports)
    oak.start()
    elm.start()
    with BadLine(ports["oak"], oak.port, 1).open() as to_oak, BadLine(ports["elm"], elm.port, 2).open() as to_elm:
        befriend(oak, elm)
        to_oak.is_bad = to_elm.is_bad = True
        numbers = _pay_both_ways(oak, elm, lambda: to_oak.seen + to_elm.seen)
        to_oak.is_bad = to_elm.is_bad = False
        states = {town.name: ended(town, numbers[town.name]) for town in (oak, elm)}
        clearing = check_books(oak, elm)
        seen = to_oak.seen + to_elm.seen

    # A bit that flips inside a sealed box spoils that payment: it is refused, and the member keeps the hours.
    assert {"paid"} <= {*states["oak"].values(), *states["elm"].values()} <= {"paid", "refused"}
    paid = {name: sum(state == "paid" for state in found.values()) for name, found in states.items()}
    assert all(3 * paid[name] >= 2 * len(states[name]) > 0 for name in paid), states
    assert 60 * (paid["oak"] - paid["elm"]) == clearing["oak"]
    assert {} == {mishap: seen[mishap] for mishap in MISHAPS if seen[mishap] < EACH}
    close_and_verify(oak, elm)


def _pay_both_ways(oak: Town, elm: Town, seen: Callable[[], Counter[str]]) -> dict[str, list[int]]:
    """Payments one after the other while the line is bad; a node that waits for the line keeps them in its queue."""
    numbers: dict[str, list[int]] = {"oak": [], "elm": []}
    end = time.monotonic() + BAD_SECONDS
    for number in range(1_000):
        if min(seen()[mishap] for mishap in MISHAPS) >= EACH or time.monotonic() > end:
            break
        for town, other in ((oak, elm), (elm, oak)):
            wanted = number + (0 if town is oak else 1_000)
            try:
                town.pay(other, wanted, who=number % 4)
            except RingtauschError as error:
                if error.code not in {"no_capacity", "too_many_holds"}:
                    raise
            else:
                numbers[town.name].append(wanted)
        time.sleep(0.1)
    return numbers
