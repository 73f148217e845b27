# SPDX-License-Identifier: AGPL-3.0-or-later
"""`python -m tests.fuzz [NAME...] [--seconds S] [--jobs N] [--seed N] [--keep]`: search each target, print a table.

Ends with 1 if anything broke, with the input's place and how to try it again; `--try NAME FILE` tries one input.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import mkdtemp
from typing import NamedTuple

from tests.fuzz import seeds
from tests.fuzz.table import TARGETS
from tests.fuzz.target import accepts

#: Beyond its time a search may need this long to start and to end.
_GRACE_SECONDS = 900
_SAID_LINES = 30
#: Inputs that one search adds to a corpus: it is read by people when it changes.
_KEPT_AT_ONCE = 12
_ROOT = Path(__file__).parents[2]


class Searched(NamedTuple):
    """What a search came to."""

    name: str
    runs: int
    found: int
    crashes: list[Path]
    said: str


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _search(name: str, seconds: int, seed: int, place: Path) -> Searched:
    folder = place / name
    command = [sys.executable, "-m", "tests.fuzz.search", name, str(seconds), str(seed), str(folder)]
    done = subprocess.run(
        command, cwd=_ROOT, capture_output=True, text=True, timeout=seconds + _GRACE_SECONDS, check=False
    )
    runs = re.search(r"stat::number_of_executed_units:\s*(\d+)", done.stderr)
    crashes = sorted(place.glob(f"{name}.crash-*"))
    said = "" if runs and not crashes else f"{done.stderr}\nended with {done.returncode}"
    return Searched(name, int(runs[1]) if runs else 0, len(list(folder.glob("*"))), crashes, said)


def _keep(name: str, folder: Path) -> None:
    """Leave in the corpus some of the fewest inputs that reach as much, short ones and long ones."""
    best = folder.parent / f"{name}.best"
    best.mkdir()
    command = [sys.executable, "-m", "tests.fuzz.search", name, "merge", str(best), str(folder)]
    subprocess.run(command, cwd=_ROOT, capture_output=True, check=True)
    known = {*seeds.seeds_of(TARGETS[name]), *seeds.kept(name)}
    new = sorted({file.read_bytes() for file in best.iterdir()} - known, key=lambda data: (len(data), data))
    with (seeds.CORPUS / f"{name}.txt").open("a") as kept:
        kept.writelines(f"{b64encode(data).decode()}\n" for data in new[:: 1 + len(new) // _KEPT_AT_ONCE])


def _tell(done: Searched, seconds: int) -> None:
    _say(f"{done.name:<14}{done.runs:>10}{done.runs // seconds:>9}/s{done.found:>8}{len(done.crashes):>8}")
    for crash in done.crashes:
        _say(f"  again: python -m tests.fuzz --try {done.name} {crash}")
    if done.said:
        _say("\n".join(f"  {line}" for line in done.said.splitlines()[-_SAID_LINES:]))


def _search_all(names: Iterable[str], given: argparse.Namespace) -> int:
    place = Path(mkdtemp(prefix="ringtausch-fuzz-"))
    _say(f"{'target':<14}{'inputs':>10}{'rate':>11}{'corpus':>8}{'broken':>8}")
    broken = False
    with ThreadPoolExecutor(given.jobs) as pool:
        for done in pool.map(lambda name: _search(name, given.seconds, given.seed, place), names):
            _tell(done, given.seconds)
            broken |= bool(done.crashes) or not done.runs
            if given.keep and not done.crashes:
                _keep(done.name, place / done.name)
    return int(broken)


def main(arguments: list[str]) -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("names", nargs="*", metavar="NAME", help=" ".join(TARGETS))
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="put the best of what was found into the corpus")
    parser.add_argument("--try", dest="once", nargs=2, metavar=("NAME", "FILE"))
    given = parser.parse_args(arguments)
    if given.once:
        name, file = given.once
        _say("taken" if accepts(TARGETS[name], Path(file).read_bytes()) else "refused")
        return 0
    return _search_all(given.names or TARGETS, given)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
