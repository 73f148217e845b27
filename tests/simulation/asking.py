# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the simulator's command may be asked for."""

from __future__ import annotations

import argparse
import math
from pathlib import Path

from tests.simulation.chance import EVENINGS, GIVING, KINDS, LATER_KINDS, LATEST_KINDS, LIARS, PASSING

#: What can be switched off.
TROUBLE = (*KINDS, *LATER_KINDS, *LATEST_KINDS, PASSING, *LIARS, *EVENINGS, "handing over", "put back", GIVING)


def asked(words: list[str] | None = None) -> argparse.Namespace:
    """What these words, or those of the command line, ask for. Ends the program where nobody could do it."""
    parser = _parser()
    found = parser.parse_args(words)
    unknown = sorted(found.off - set(TROUBLE))
    if unknown:
        parser.error(f"--off: there is no {', '.join(unknown)}; there are {', '.join(TROUBLE)}")
    if found.seed is None and (found.off or found.trace or found.hash):
        parser.error("--off, --trace and --hash are for one day: say which by --seed")
    if found.seed is not None and (found.json or found.record):
        parser.error("--json and --record are for many days, not for one --seed")
    return found


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("--seed", type=int, help="play this one")
    parser.add_argument("--trace", action="store_true", help="and tell everything that happens")
    parser.add_argument("--hash", action="store_true", help="and print the hash of its trace only")
    parser.add_argument(
        "--off", type=_names, default=frozenset(), metavar="A,B", help=f"without this trouble, of: {', '.join(TROUBLE)}"
    )
    parser.add_argument("--seeds", type=int, default=100, help="how many")
    parser.add_argument("--first", type=int, default=1, help="from which on")
    parser.add_argument("--jobs", type=int, default=2, help="in how many processes")
    parser.add_argument(
        "--minutes", type=float, default=math.inf, help="begin none after so many, except the first 200"
    )
    parser.add_argument("--json", type=Path, help="write the summary there, too")
    parser.add_argument("--record", type=Path, help="go on behind what this page says was played, and write it there")
    return parser


def _names(text: str) -> frozenset[str]:
    return frozenset(name.strip() for name in text.split(",") if name.strip())
