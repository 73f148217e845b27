# SPDX-License-Identifier: AGPL-3.0-or-later
"""Days of loss, repeats, delays, cuts and deaths from seeds: the books always sum to zero, everybody is paid once."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.simulation.chance import MEMBERS, RINGS, play_seed
from tests.simulation.story import fast_folder, lay_out

SEEDS = range(1, 31)
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def template() -> Iterator[Path]:
    with fast_folder() as root:
        lay_out(root, RINGS, MEMBERS)
        yield root


@pytest.fixture(scope="module")
def seen() -> Counter[str]:
    return Counter()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_bad_day_ends_well(template: Path, seen: Counter[str], seed: int) -> None:
    world, day = play_seed(template, seed)

    assert day.ends["paid"] > 0
    seen.update(world.network.seen)
    seen.update(day.ends)
    seen["killed"] += world.kills


def test_every_kind_of_trouble_came(seen: Counter[str]) -> None:
    """A fault that never happens proves nothing."""
    few = {"drop": 50, "drop_answer": 50, "duplicate": 50, "straggle": 20, "cut": 20, "killed": 50}
    ends = {"paid": 400, "refused": 50, "cancelled": 20}

    assert {} == {what: seen[what] for what, least in {**few, **ends}.items() if seen[what] < least}


def _trace(seed: int, hash_seed: str) -> str:
    command = [sys.executable, "-m", "tests.simulation", "--seed", str(seed)]
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": "node:protocol"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout


def test_the_same_seed_is_the_same_day() -> None:
    """Twice, in processes whose sets and dictionaries of strings are shuffled differently."""
    first, second = _trace(2, "1"), _trace(2, "2")

    assert first == second
    assert first.split()[1] != _trace(3, "1").split()[1]
