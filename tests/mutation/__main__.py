# SPDX-License-Identifier: AGPL-3.0-or-later
"""`python -m tests.mutation --cosmic-ray FOLDER [--json FILE]`: the score of settlement and channel, and who survived.

cosmic-ray changes one operator, comparison, condition or number at a time, in a copy of the tree, and the tests of the
protocol must turn red. The score is how many of a hundred did; below SCORE_PERCENT the exit code is 1. The modules
share the cores: each has a copy, a session and a process of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
SCORE_PERCENT = 95.0
MODULES = ("settlement", "channel")
#: What the tests of a copy read.
COPIED = ("protocol", "tests/conftest.py", "tests/store/migrated.py", "tests/protocol", "tests/vectors")
#: Without plugins, which the tests of the protocol do not need: three of the five seconds that a run would take.
PYTEST = f"{sys.executable} -m pytest -q -x"
PYTEST_INI = (
    "[pytest]\npythonpath = protocol .\naddopts = --import-mode=importlib -p no:cacheprovider\nfilterwarnings = error\n"
)
#: The quick ones first; the others see only what those let through.
QUICK = " ".join(f"tests/protocol/test_{name}.py" for name in ("channel", "standing", "settlement", "frames"))
THOROUGH = "tests/protocol/test_settlement_machine.py tests/protocol/test_vectors.py"
TIMEOUT_SECONDS = 120.0
#: Changes that no test could see. A union stands only in annotations, which nobody evaluates; whether two numbers or
#: two members of an enumeration are compared by `==` or by `is` is the same question.
NOT_ASKED = ("core/ReplaceBinaryOperator_BitOr_.*", r"core/ReplaceComparisonOperator_(Eq|NotEq)_Is(Not)?$")


class Score(NamedTuple):
    """What became of the changes of one module; `survived` as differences to read."""

    module: str
    killed: int
    survived: list[str]

    @property
    def percent(self) -> float:
        return 100 * self.killed / (self.killed + len(self.survived))


def _config(module: str) -> str:
    command = f"sh -c '{PYTEST} {QUICK} && {PYTEST} {THOROUGH}'"
    return "\n".join(
        [
            "[cosmic-ray]",
            f'module-path = "protocol/ringtausch_protocol/{module}.py"',
            f"timeout = {TIMEOUT_SECONDS}",
            f"test-command = {json.dumps(command)}",
            "[cosmic-ray.distributor]",
            'name = "local"',
            "[cosmic-ray.filters.operators-filter]",
            f"exclude-operators = {json.dumps(NOT_ASKED)}",
        ]
    )


def lay_out(folder: Path) -> None:
    """A copy of the part of the tree that is changed and tested: the checkout itself is never touched."""
    for name in COPIED:
        source, target = ROOT / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    (folder / "pytest.ini").write_text(PYTEST_INI)


def _ask(module: str, programs: Path) -> Score:
    with tempfile.TemporaryDirectory(prefix="ringtausch-mutation-") as made:
        folder = Path(made)
        lay_out(folder)
        (folder / "config.toml").write_text(_config(module))
        environment = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONDONTWRITEBYTECODE": "1"}
        for step in (
            ("cosmic-ray", "init", "config.toml", "session.sqlite"),
            ("cr-filter-operators", "session.sqlite", "config.toml"),
            ("cosmic-ray", "baseline", "config.toml"),
            ("cosmic-ray", "exec", "config.toml", "session.sqlite"),
        ):
            subprocess.run([programs / step[0], *step[1:]], cwd=folder, env=environment, check=True)
        return _read(module, folder / "session.sqlite")


def _read(module: str, session: Path) -> Score:
    with sqlite3.connect(session) as connection:
        rows = connection.execute(
            "SELECT test_outcome, diff FROM work_results WHERE worker_outcome != 'SKIPPED' ORDER BY job_id"
        ).fetchall()
    survived = sorted(diff for outcome, diff in rows if outcome == "SURVIVED")
    return Score(module, len(rows) - len(survived), survived)


def _tell(scores: list[Score]) -> None:
    for score in scores:
        for difference in score.survived:
            sys.stdout.write(f"\nsurvived in {score.module}:\n{difference}\n")
    for score in scores:
        asked = score.killed + len(score.survived)
        sys.stdout.write(f"{score.module:<12} {score.killed:>4} of {asked:>4} noticed  {score.percent:5.1f} %\n")


def main() -> int:
    """Ask, tell, judge."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("--cosmic-ray", type=Path, required=True, help="the folder of its programs")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    with ThreadPoolExecutor(len(MODULES)) as pool:
        scores = list(pool.map(lambda module: _ask(module, arguments.cosmic_ray.resolve()), MODULES))
    _tell(scores)
    if arguments.json:
        arguments.json.write_text(json.dumps([score._asdict() for score in scores], indent=1))
    return 0 if all(score.percent >= SCORE_PERCENT for score in scores) else 1


if __name__ == "__main__":
    sys.exit(main())
