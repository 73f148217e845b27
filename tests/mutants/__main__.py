# SPDX-License-Identifier: AGPL-3.0-or-later
"""`python -m tests.mutants`: how many seeds each mutant needed until a check noticed it. One that never is fails."""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.mutants.keeping import Record
from tests.mutants.model import Mutant
from tests.mutants.table import MUTANTS
from tests.simulation.revision import commit
from tests.simulation.story import fast_folder

ROOT = Path(__file__).resolve().parents[2]
_HIDDEN = shutil.ignore_patterns("__pycache__")


def plant(mutant: Mutant, root: Path) -> None:
    """A copy of both packages with one rule taken out. Raises AssertionError if its text is not there once."""
    for package in ("node", "protocol"):
        shutil.copytree(ROOT / package, root / package, ignore=_HIDDEN)
    for name, old, new in mutant.places():
        file = root / name
        text = file.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{mutant.name}: found {text.count(old)} times in {name}"
        file.write_text(text.replace(old, new), encoding="utf-8")


def hunt(mutant: Mutant, first: int, seeds: int) -> tuple[int | None, str]:
    """-> how many seeds it took (0: a test noticed it; None: nothing did), and what noticed it."""
    with fast_folder() as root:
        plant(mutant, root)
        path = [str(root / "node"), str(root / "protocol"), str(ROOT)]
        return _test(mutant, path) if mutant.tests else _play(mutant, path, first, seeds)


def _play(mutant: Mutant, path: list[str], first: int, seeds: int) -> tuple[int | None, str]:
    done = _run(path, "tests.mutants.play", str(first), str(seeds), mutant.needs)
    if done.returncode != 0:
        return None, done.stderr.strip().rpartition("\n")[2]
    number, _, what = done.stdout.strip().partition(" ")
    return (int(number) or None), what


def _test(mutant: Mutant, path: list[str]) -> tuple[int | None, str]:
    """The first test that fails; who imports the mutant from somewhere else notices nothing."""
    done = _run(path, "pytest", "-qx", "-n", "0", "-o", f"pythonpath={' '.join(path)}", mutant.tests)
    failed = [line for line in done.stdout.splitlines() if line.startswith("FAILED ")]
    return (0, failed[0].removeprefix("FAILED ")) if failed else (None, done.stdout.strip().rpartition("\n")[2])


def _run(path: list[str], *command: str) -> subprocess.CompletedProcess[str]:
    """A program among the packages of a mutant."""
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, env={**os.environ, "PYTHONPATH": os.pathsep.join(path)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def main() -> int:
    """-> exit code: 1 where a mutant was not noticed."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants")
    parser.add_argument("--seeds", type=int, default=500, help="the most for each")
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", default="", help="those whose name holds these words")
    parser.add_argument("--record", type=Path, help="leave out those that this file has of this commit; add the others")
    asked = parser.parse_args()
    record = Record.opened(asked.record, commit())
    chosen = [mutant for mutant in MUTANTS if asked.only in mutant.name]
    if not chosen:
        parser.error(f"no mutant has {asked.only!r} in its name")
    with ThreadPoolExecutor(asked.jobs) as pool:
        left = [mutant for mutant in chosen if mutant.name not in record.needed]
        for mutant, found in zip(left, pool.map(lambda each: hunt(each, asked.first, asked.seeds), left), strict=True):
            record.add(mutant.name, *found)
    return _report([record.needed[mutant.name] for mutant in chosen])


def _report(needed: list[int | None]) -> int:
    caught = [number for number in needed if number is not None]
    played = [number for number in caught if number]
    middle = statistics.median(played) if played else 0
    sys.stdout.write(f"{len(caught)} of {len(needed)} noticed, half of them within {middle:.0f} seeds\n")
    return int(len(caught) < len(needed))


if __name__ == "__main__":
    sys.exit(main())
