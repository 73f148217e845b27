# SPDX-License-Identifier: AGPL-3.0-or-later
"""Play seeds again: `python -m tests.simulation --seed 7 --trace`, or many: `--seed 1 --to 1000`."""

from __future__ import annotations

import argparse
import sys

from tests.simulation.chance import MEMBERS, RINGS, play_seed
from tests.simulation.loop import SimLoop
from tests.simulation.story import fast_folder, lay_out


def main() -> None:
    """Print the hash of each seed's trace, and with --trace what happened."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--to", type=int, default=None)
    parser.add_argument("--trace", action="store_true")
    asked = parser.parse_args()
    with fast_folder() as root:
        lay_out(root, RINGS, MEMBERS)
        if asked.trace:
            _tell_everything()
        for seed in range(asked.seed, (asked.to or asked.seed) + 1):
            world, day = play_seed(root, seed)
            seen = {**world.network.seen, "kills": world.kills, **day.ends}
            sys.stdout.write(f"{seed} {world.loop.trace} {world.loop.steps} steps {seen}\n")


def _tell_everything() -> None:
    note = SimLoop.note

    def aloud(loop: SimLoop, *facts: object) -> None:
        sys.stdout.write(f"{loop.time():12.4f} {' '.join(map(str, facts))}\n")
        note(loop, *facts)

    SimLoop.note = aloud  # type: ignore[method-assign,assignment]


if __name__ == "__main__":
    main()
