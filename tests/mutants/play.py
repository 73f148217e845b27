# SPDX-License-Identifier: AGPL-3.0-or-later
"""Run inside a mutant: play seeds until a check fails. Prints how many it took and what it said; `0` if none did."""

from __future__ import annotations

import logging
import sys
from itertools import count, islice

from tests.simulation.chance import Options
from tests.simulation.many import play_one
from tests.simulation.playing import templates


def main() -> None:
    """A seed in which the program only crashed proves nothing: anybody would see that."""
    logging.disable(logging.CRITICAL)
    first, seeds, needs = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    chosen = (seed for seed in count(first) if not needs or needs in _kinds(seed))
    crashes = 0
    with templates() as root:
        for number, seed in enumerate(islice(chosen, seeds), 1):
            played = play_one(root, seed)
            if played.failure is not None and not played.is_crash:
                sys.stdout.write(f"{number} {played.failure.partition(chr(10))[0]}\n")
                return
            crashes += played.is_crash
    sys.stdout.write(f"0 crashed in {crashes} of {seeds}\n")


def _kinds(seed: int) -> frozenset[str]:
    options = Options.of(seed)
    return options.kinds | options.evening


if __name__ == "__main__":
    main()
