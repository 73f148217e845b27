# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is said of days holds: who is cut off from whom, for how long, which boots' frames come, what is told of it."""

from __future__ import annotations

import asyncio
import math
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest

from tests.simulation.chance import Options
from tests.simulation.checks import Witness
from tests.simulation.cuts import Cuts, Ways
from tests.simulation.many import Played, Summary, play_one, report
from tests.simulation.playing import templates
from tests.simulation.revision import commit
from tests.simulation.test_days import ROOT
from tests.simulation.world import World

#: What CI plays, and the least of it that goes through aiohttp.
SEEDS, OVER_HTTP = 800, 0.1
NAMES = ("ash", "elm", "fir", "ivy")
PAIRS = [("ash", "elm"), ("ash", "ivy"), ("elm", "fir"), ("fir", "ivy")]
#: A day whose restored rings meet frames of their boots before.
LATE = 86
#: A day without any trouble, and one with many kinds of it.
QUIET, ROUGH = 310, 586


@pytest.fixture(scope="module")
def root() -> Iterator[Path]:
    with templates() as place:
        yield place


@pytest.mark.parametrize("first", [1, 801, 1_900])
def test_a_tenth_of_the_seeds_goes_through_real_http(first: int) -> None:
    drawn = [Options.of(seed) for seed in range(first, first + SEEDS)]

    assert sum(each.has_bytes for each in drawn) >= OVER_HTTP * SEEDS
    assert not any(each.has_bytes and each.liar for each in drawn)


def _cuts(root: Path) -> list[tuple[Ways, float]]:
    """A hundred long cuts among four rings in a circle: what is cut in the midst of each, and how long it was."""
    world = World(1, root)
    for name in NAMES:
        world.add(name)
    world.pairs = PAIRS
    found: list[tuple[Ways, float]] = []

    async def story() -> None:
        for number in range(100):
            began = world.loop.time()
            task = asyncio.ensure_future(Cuts(world).once(random.Random(number), 1.0))
            await asyncio.sleep(2.0)
            cut = set(world.network.cut)
            await task
            found.append((cut, world.loop.time() - began))

    with mock.patch("tests.simulation.loop.LONGEST_SECONDS", math.inf):  # a hundred cuts are more than any day has
        world.run(story())
    assert set() == world.network.cut
    return found


def test_cuts_go_one_way_and_back_around_a_ring_and_between_groups_and_some_last_for_hours(tmp_path: Path) -> None:
    cuts = _cuts(tmp_path)
    drawn = [cut for cut, _ in cuts]
    elm = {("elm", "ash"), ("ash", "elm"), ("elm", "fir"), ("fir", "elm")}
    halves = {("elm", "fir"), ("fir", "elm"), ("ash", "ivy"), ("ivy", "ash")}

    for ways in ({("ash", "elm")}, {("elm", "ash")}, {("ash", "elm"), ("elm", "ash")}, elm, halves):
        assert ways in drawn
    assert sum(seconds > 3_600 for _, seconds in cuts) > len(cuts) / 2


def test_frames_of_a_boot_that_a_copy_replaced_come_after_it_and_are_not_taken(root: Path) -> None:
    played = play_one(root, LATE)

    assert played.failure is None
    assert all(played.points[f"a frame is not taken: {each}"] for each in ("fenced", "restored"))


def test_a_trace_names_what_went_wrong() -> None:
    command = [sys.executable, "-m", "tests.simulation", "--seed", str(ROUGH), "--trace"]
    told = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout

    for what in ("network drop", "network duplicate", "network one way", "disk ", "clock jumps"):
        assert what in told


def test_a_failure_names_the_commit_that_was_played(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    summary = Summary()
    summary.add(Played(QUIET, "seven hours too many", (), summary.seen, summary.points, 0.5))

    assert 1 == report(summary, tmp_path, time.monotonic(), None)
    assert f"seed {QUIET} failed: seven hours too many\nagain, at {commit()}: " in capsys.readouterr().out


def test_an_old_copy_hears_of_a_payments_tries_one_by_one_and_changes_no_word_of_any(tmp_path: Path) -> None:
    """Seed 182, before the days changed: the first try's end came back from one neighbour before the second's."""
    world = World(1, tmp_path)
    world.loop.close()  # nothing runs here
    node, witness = world.add("ash"), Witness(world)
    witness._check_decided(world.add("fir"), "0E", "posted", "second")
    witness._check_sent(node, "0E", "posted", "elm.example", "second")
    witness.forget(node)
    for state, peer, order_hash in (("released", "ivy.example", "first"), ("posted", "elm.example", "second")):
        witness._check_sent(node, "0E", state, peer, order_hash)
    assert [] == world.complaints

    witness._check_sent(node, "0E", "released", "elm.example", "second")
    assert 1 == len(world.complaints)
