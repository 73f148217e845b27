# SPDX-License-Identifier: AGPL-3.0-or-later
"""`python -m tests.federation_run [--seeds 5] [--across 10 50] [--days 3] [--rings 156]`, or `make federation`."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from tests.federation_run.many import Asked, run_all, setting_of
from tests.federation_run.picture import picture
from tests.federation_run.report import GOAL_ACROSS, is_reached, text
from tests.federation_run.table import load_rings


def main() -> int:
    """-> exit code: 1 where something was made or lost, or payments with a way and room fail too often."""
    asked = _asked()
    began = time.monotonic()
    runs = []
    for run in run_all(asked):
        runs.append(run)
        sys.stdout.write(f"seed {run.seed} at {run.across:.0%} after {time.monotonic() - began:.0f} s\n")
        sys.stdout.flush()
    runs.sort(key=lambda run: (run.across, run.seed))
    setting = setting_of(asked)
    report = text(setting, runs)
    sys.stdout.write("\n" + report)
    if asked.out is not None:
        asked.write(setting, runs, {"txt": report, "svg": picture(setting, runs)})
    goal = [run for run in runs if run.across == GOAL_ACROSS]
    return 1 if any(run.faults for run in runs) or not is_reached(goal) else 0


def _asked() -> Asked:
    parser = argparse.ArgumentParser(prog="python -m tests.federation_run")
    parser.add_argument("--seeds", type=int, default=5, help="how many")
    parser.add_argument("--first", type=int, default=1, help="from which on")
    parser.add_argument("--across", type=int, nargs="+", default=[10, 50], help="percent of payments to other rings")
    parser.add_argument("--days", type=float, default=3.0, help="for which members have wishes")
    parser.add_argument("--rings", type=int, default=0, help="only so many, the liveliest; 0: all")
    parser.add_argument("--jobs", type=int, default=2, help="in how many processes")
    parser.add_argument("--out", type=Path, help="write federation.txt, .json and .svg into this folder")
    found = parser.parse_args()
    seeds = range(found.first, found.first + found.seeds)
    rings = sorted(load_rings(), key=lambda ring: (-ring.exchanges, ring.name))[: found.rings or None]
    return Asked(rings, list(seeds), [each / 100 for each in found.across], found.days, found.jobs, found.out)


if __name__ == "__main__":
    sys.exit(main())
