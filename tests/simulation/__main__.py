# SPDX-License-Identifier: AGPL-3.0-or-later
"""One seed: `python -m tests.simulation --seed 7 [--trace | --hash]`. Many: `--seeds 300 --jobs 2 [--record FILE]`."""

from __future__ import annotations

import argparse
import logging
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.simulation.asking import asked
from tests.simulation.long import Refused, play_long
from tests.simulation.loop import SimLoop
from tests.simulation.many import Played, Summary, play_many, report
from tests.simulation.playing import play_seed, templates
from tests.simulation.quotas import QUOTA_FROM_SEEDS
from tests.simulation.revision import commit
from tests.simulation.stopping import STOPPED

#: After so many seeds a line that shows where it stands.
PROGRESS = 25


def main(words: list[str] | None = None) -> int:
    """-> exit code: 1 where a seed failed, or a kind of trouble came too seldom; 2 where nothing could be played."""
    wanted = asked(words)
    logging.disable(logging.CRITICAL)
    if wanted.seed is None:
        return _many(wanted, _long if wanted.record is not None else _short)
    with templates() as root:
        return _one(root, wanted)


def _one(root: Path, wanted: argparse.Namespace) -> int:
    if wanted.trace:
        _tell_everything()
    try:
        day = play_seed(root, wanted.seed, wanted.off)
    except AssertionError as error:
        sys.stdout.write(f"seed {wanted.seed} failed: {error}\nat {commit()}\n")
        return 1
    seen = {**day.world.seen, **day.world.network.seen, **day.ends}
    rest = "" if wanted.hash else f" {day.world.loop.steps} steps, {day.settled} settled, {seen}"
    sys.stdout.write(f"{wanted.seed} {day.world.loop.trace}{rest}\n")
    return 0


def _many(wanted: argparse.Namespace, play: Callable[[argparse.Namespace, Path, Summary, float], None]) -> int:
    """What was played until Ctrl-C is told, too; then what failed is not tried with less trouble."""
    summary, began = Summary(), time.monotonic()
    with templates() as root:
        try:
            play(wanted, root, summary, began)
        except Refused as error:
            sys.stderr.write(f"{error}\n")
            return 2
        except KeyboardInterrupt:
            report(summary, None, began, wanted.json)
            return STOPPED
        return report(summary, root, began, wanted.json)


def _long(wanted: argparse.Namespace, root: Path, summary: Summary, began: float) -> None:
    until = began + 60 * wanted.minutes
    play_long(wanted.record, root, summary, wanted.first, wanted.seeds, wanted.jobs, until)


def _short(wanted: argparse.Namespace, root: Path, summary: Summary, began: float) -> None:
    for played in _played(wanted, root, until=began + 60 * wanted.minutes):
        summary.add(played)
        if summary.seeds % PROGRESS == 0 or played.failure is not None:
            failed = f", seed {played.seed} failed" if played.failure is not None else ""
            sys.stdout.write(f"{summary.seeds} of {wanted.seeds}, {time.monotonic() - began:.0f} s{failed}\n")
            sys.stdout.flush()
    if summary.seeds < wanted.seeds:
        sys.stdout.write(f"the time was over after {summary.seeds} of {wanted.seeds} days\n")


def _played(wanted: argparse.Namespace, root: Path, until: float) -> Iterator[Played]:
    """Fewer than the quotas need are no run, however slow the machine is."""
    enough = wanted.first + min(wanted.seeds, QUOTA_FROM_SEEDS)
    yield from play_many(root, range(wanted.first, enough), wanted.jobs)
    yield from play_many(root, range(enough, wanted.first + wanted.seeds), wanted.jobs, until)


def _tell_everything() -> None:
    note = SimLoop.note

    def aloud(loop: SimLoop, *facts: object) -> None:
        sys.stdout.write(f"{loop.time():12.4f} {' '.join(map(str, facts))}\n")
        note(loop, *facts)

    SimLoop.note = aloud  # type: ignore[method-assign,assignment]


if __name__ == "__main__":
    sys.exit(main())
