# SPDX-License-Identifier: AGPL-3.0-or-later
"""`make test-browser` runs every test of its folder, and under CI none of them leaves itself out."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import ROOT

BROWSER = ROOT / "tests" / "browser"
CONFTEST = "from tests.browser.conftest import pytest_make_collect_report, pytest_runtest_makereport\n"
#: Spelt in two halves: the tree holds no skips (tests/house/test_files.py).
LEAVE = "pytest." + "skip('no browser')"
FILES = {
    "test_one.py": f"""import pytest

@pytest.fixture
def browser():
    {LEAVE}

def test_in_its_fixture(browser): pass
def test_by_itself(): {LEAVE}
@pytest.mark.{"skip" + "if"}(True, reason='no browser')
def test_by_its_mark(): pass
@pytest.mark.{"x" + "fail"}
def test_that_fails_as_expected(): assert False
def test_that_runs(): pass
""",
    "test_whole.py": f"import pytest\npytest.{'importor' + 'skip'}('no_browser_of_this_name')\n",
}


@pytest.mark.parametrize(("ci", "code"), [("true", 1), ("", 0)])
def test_under_ci_whoever_leaves_himself_out_has_failed(tmp_path: Path, ci: str, code: int) -> None:
    for name, text in {"conftest.py": CONFTEST, **FILES}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", str(ROOT / "pyproject.toml")]
    ended = subprocess.run(
        [*command, "--continue-on-collection-errors", str(tmp_path)], cwd=ROOT, env={**os.environ, "CI": ci},
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    counted = re.findall(r"(\d+) (\w+)", ended.stdout.splitlines()[-1])
    found = {what: int(number) for number, what in counted}
    left_out = {"failed": 1, "errors": 3} if ci else {"skipped": 4}
    assert (code, {"passed": 1, "xfailed": 1, **left_out}) == (ended.returncode, found), ended.stdout


def test_every_file_of_browser_tests_is_one_that_make_test_browser_runs() -> None:
    files = sorted(BROWSER.glob("test_*.py"))
    assert len(files) > 8
    assert [] == [each.name for each in files if "pytestmark = [pytest.mark.browser" not in each.read_text("utf-8")]
