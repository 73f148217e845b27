# SPDX-License-Identifier: AGPL-3.0-or-later
"""Peers, proxies and strange ports that answer as badly as one can, all at once, each in a line of its own.

While they do, the node pays and is paid over its honest line; its memory stays small; afterwards, when the true rings
are back, every payment that waited ends once.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import pytest

from tests.processes.hostile import MODES
from tests.processes.towns import Town, close_and_verify, ended, introduce, line_state, most_memory_bytes, until

MEMORY_MOST_BYTES = 256 * 1024 * 1024
#: These hold a question as long as the node lets them; the others are asked again and again.
PATIENT = {"slow-head", "slow-body", "silence"}


@contextmanager
def hostile(ports: dict[str, int]) -> Iterator[Counter[str]]:
    """The hostile process, and how often each of its ports was asked."""
    seen: Counter[str] = Counter()
    command = [sys.executable, "-m", "tests.processes.hostile", *(f"{mode}={port}" for mode, port in ports.items())]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        out = process.stdout
        assert out is not None
        assert "ready\n" == out.readline()
        counting = threading.Thread(target=_count, args=(out, seen), daemon=True)
        counting.start()
        try:
            yield seen
        finally:
            process.kill()
            counting.join(10)


def _count(lines: Iterator[str], seen: Counter[str]) -> None:
    for line in lines:
        seen[line.strip()] += 1


def _pay_both_ways(oak: Town, ash: Town, first: int) -> list[int]:
    numbers = list(range(first, first + 10))
    for number in numbers:
        oak.pay(ash, number)
        ash.pay(oak, number + 5_000)
    assert {"paid"} == set(ended(oak, numbers).values())
    assert {"paid"} == set(ended(ash, [number + 5_000 for number in numbers]).values())
    return numbers


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_every_bad_server_at_once_and_the_honest_line_goes_on(found: Callable[..., Town]) -> None:
    oak, ash = found("oak"), found("ash")
    villains = {mode: found(f"v-{mode}") for mode in MODES}
    first, *rest = villains.values()
    _begin(oak, ash, first, rest)

    with hostile({mode: town.port for mode, town in villains.items()}) as seen:
        waiting = {mode: 100 + place for place, mode in enumerate(villains)}
        for mode, number in waiting.items():  # a member has five payments under way at most
            assert oak.pay(villains[mode], number, who=number % 4)["state"] in ("queued", "held")
        wanted = {mode: 1 if mode in PATIENT else 3 for mode in villains}
        until(lambda: all(seen[mode] >= count for mode, count in wanted.items()), f"{wanted}")
        _pay_both_ways(oak, ash, 1_000)
        assert {"away"} == {line_state(oak, town) for mode, town in villains.items() if mode not in PATIENT}
        assert "open" == line_state(oak, ash)
        assert seen["wait-for-ever"] < 60, "Retry-After: 0 makes nobody ask without a pause"
        memory = most_memory_bytes(oak.pid)

    assert memory <= MEMORY_MOST_BYTES
    _back_again(oak, first, rest)
    assert {"paid"} == set(ended(oak, list(waiting.values())).values())
    log = oak.log.read_text()
    assert "Traceback" not in log
    assert "internal" not in log
    close_and_verify(oak, ash)


def _begin(oak: Town, ash: Town, first: Town, rest: Sequence[Town]) -> None:
    """Everybody peers with oak; the villains' true rings share a process, which ends."""
    oak.start()
    ash.start()
    first.start(*rest)
    for town in (oak, ash, first, *rest):
        for number in range(4):
            town.ask("member.add", handle=f"m{number}", name="Mitglied", min_seconds=-360_000)
    for town in (ash, first, *rest):
        introduce(oak, town)
    assert 0 == first.stop()


def _back_again(oak: Town, first: Town, rest: Sequence[Town]) -> None:
    """The true rings answer again; a node that is started anew does not wait for the end of its back-off."""
    first.start(*rest)
    assert 0 == oak.stop()
    oak.start()
