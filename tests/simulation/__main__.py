# SPDX-License-Identifier: AGPL-3.0-or-later
"""One seed: `python -m tests.simulation --seed 7 [--trace | --hash]`. Many: `--seeds 300 --jobs 2 [--record FILE]`."""

from __future__ import annotations

import argparse
import logging
import math
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.simulation.chance import KINDS
from tests.simulation.long import Refused, play_long
from tests.simulation.loop import SimLoop
from tests.simulation.many import Played, Summary, play_many, report
from tests.simulation.playing import play_seed, templates
from tests.simulation.quotas import QUOTA_FROM_SEEDS
from tests.simulation.revision import commit

#: After so many seeds a line that shows where it stands.
PROGRESS = 25


def main() -> int:
    """-> exit code: 1 where a seed failed, or a kind of trouble came too seldom."""
    logging.disable(logging.CRITICAL)
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("--seed", type=int, help="play this one")
    parser.add_argument("--trace", action="store_true", help="and tell everything that happens")
    parser.add_argument("--hash", action="store_true", help="and print the hash of its trace only")
    parser.add_argument("--off", default="", help=f"without these kinds of trouble, of {','.join(KINDS)}")
    parser.add_argument("--seeds", type=int, default=100, help="how many")
    parser.add_argument("--first", type=int, default=1, help="from which on")
    parser.add_argument("--jobs", type=int, default=2, help="in how many processes")
    parser.add_argument(
        "--minutes", type=float, default=math.inf, help="begin none after so many, except the first 200"
    )
    parser.add_argument("--json", type=Path, help="write the summary there, too")
    parser.add_argument("--record", type=Path, help="go on behind what this page says was played, and write it there")
    asked = parser.parse_args()
    if asked.record is not None:
        return _long(asked)
    if asked.seed is None:
        return _many(asked)
    with templates() as root:
        return _one(root, asked)


def _long(asked: argparse.Namespace) -> int:
    until = time.monotonic() + 60 * asked.minutes
    try:
        return play_long(asked.record, asked.first, asked.seeds, asked.jobs, until)
    except Refused as error:
        sys.stderr.write(f"{error}\n")
        return 2


def _one(root: Path, asked: argparse.Namespace) -> int:
    off = frozenset(filter(None, asked.off.split(",")))
    if asked.trace:
        _tell_everything()
    try:
        day = play_seed(root, asked.seed, off)
    except AssertionError as error:
        sys.stdout.write(f"seed {asked.seed} failed: {error}\nat {commit()}\n")
        return 1
    seen = {**day.world.seen, **day.world.network.seen, **day.ends}
    rest = "" if asked.hash else f" {day.world.loop.steps} steps, {day.settled} settled, {seen}"
    sys.stdout.write(f"{asked.seed} {day.world.loop.trace}{rest}\n")
    return 0


def _many(asked: argparse.Namespace) -> int:
    summary, began = Summary(), time.monotonic()
    for played in _played(asked, until=began + 60 * asked.minutes):
        summary.add(played)
        if summary.seeds % PROGRESS == 0 or played.failure is not None:
            failed = f", seed {played.seed} failed" if played.failure is not None else ""
            sys.stdout.write(f"{summary.seeds} of {asked.seeds}, {time.monotonic() - began:.0f} s{failed}\n")
            sys.stdout.flush()
    with templates() as root:
        return report(summary, root, began, asked.json)


def _played(asked: argparse.Namespace, until: float) -> Iterator[Played]:
    """Fewer than the quotas need are no run, however slow the machine is."""
    enough = asked.first + min(asked.seeds, QUOTA_FROM_SEEDS)
    yield from play_many(range(asked.first, enough), asked.jobs)
    yield from play_many(range(enough, asked.first + asked.seeds), asked.jobs, until)


def _tell_everything() -> None:
    note = SimLoop.note

    def aloud(loop: SimLoop, *facts: object) -> None:
        sys.stdout.write(f"{loop.time():12.4f} {' '.join(map(str, facts))}\n")
        note(loop, *facts)

    SimLoop.note = aloud  # type: ignore[method-assign,assignment]


if __name__ == "__main__":
    sys.exit(main())
