# SPDX-License-Identifier: AGPL-3.0-or-later
"""`python -m tests.mutants`: how many seeds each mutant needed until a check noticed it. One that never is fails."""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from tests.mutants.children import ROOT, Children
from tests.mutants.keeping import Record
from tests.mutants.model import Mutant
from tests.mutants.table import MUTANTS
from tests.simulation.revision import commit
from tests.simulation.stopping import STOPPED, deafen, swept
from tests.simulation.story import fast_folder

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


def hunt(children: Children, mutant: Mutant, first: int, seeds: int) -> tuple[int | None, str]:
    """-> how many seeds it took (0: a test noticed it; None: nothing did), and what noticed it."""
    with fast_folder() as root:
        plant(mutant, root)
        path = [str(root / "node"), str(root / "protocol"), str(ROOT)]
        return _test(children, mutant, path) if mutant.tests else _play(children, mutant, path, first, seeds)


def _play(children: Children, mutant: Mutant, path: list[str], first: int, seeds: int) -> tuple[int | None, str]:
    done = children.run(path, "tests.mutants.play", str(first), str(seeds), mutant.needs)
    if done.returncode != 0:
        return None, done.stderr.strip().rpartition("\n")[2]
    number, _, what = done.stdout.strip().partition(" ")
    return (int(number) or None), what


def _test(children: Children, mutant: Mutant, path: list[str]) -> tuple[int | None, str]:
    """The first test that fails; who imports the mutant from somewhere else notices nothing."""
    done = children.run(path, "pytest", "-qx", "-n", "0", "-o", f"pythonpath={' '.join(path)}", mutant.tests)
    failed = [line for line in done.stdout.splitlines() if line.startswith("FAILED ")]
    return (0, failed[0].removeprefix("FAILED ")) if failed else (None, done.stdout.strip().rpartition("\n")[2])


def main() -> int:
    """-> exit code: 1 where a mutant was not noticed, 130 where Ctrl-C has ended the hunt."""
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
    left = [mutant for mutant in chosen if mutant.name not in record.needed]
    is_stopped = _hunt_all(left, record, asked)
    code = _report([record.needed[mutant.name] for mutant in chosen if mutant.name in record.needed])
    return STOPPED if is_stopped else code


def _hunt_all(left: list[Mutant], record: Record, asked: argparse.Namespace) -> bool:
    """-> whether it was stopped."""
    children = Children()
    with swept(), ThreadPoolExecutor(asked.jobs, initializer=deafen) as pool:
        try:
            hunts = {pool.submit(hunt, children, mutant, asked.first, asked.seeds): mutant for mutant in left}
            for done in as_completed(hunts):
                record.add(hunts[done].name, *done.result())
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            children.end()
            return True
    return False


def _report(needed: list[int | None]) -> int:
    caught = [number for number in needed if number is not None]
    played = [number for number in caught if number]
    middle = statistics.median(played) if played else 0
    sys.stdout.write(f"{len(caught)} of {len(needed)} noticed, half of them within {middle:.0f} seeds\n")
    return int(len(caught) < len(needed))


if __name__ == "__main__":
    sys.exit(main())
