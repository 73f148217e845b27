# SPDX-License-Identifier: AGPL-3.0-or-later
"""deploy/smoke.sh and the page about it. `make smoke` runs it; here only that it stays what it is."""

from __future__ import annotations

import re
import subprocess

from tests.house.tree import ROOT, all_files

DEPLOY = ROOT / "deploy"
SMOKE = (DEPLOY / "smoke.sh").read_text(encoding="utf-8")


def test_bash_can_read_it() -> None:
    assert 0 == subprocess.run(["bash", "-n", DEPLOY / "smoke.sh"], check=False, timeout=10).returncode


def test_it_installs_only_what_is_locked() -> None:
    installs = [line for line in SMOKE.splitlines() if re.search(r"^\s*pip .*\binstall ", line)]

    assert 3 == len(installs)
    assert 2 == sum("--require-hashes --no-deps --only-binary=:all: -r" in line for line in installs)
    assert all("--no-deps" in line for line in installs)
    assert all((DEPLOY / name).is_file() for name in re.findall(r"requirements-[a-z]+\.lock", SMOKE))


def test_it_is_run_after_the_tests() -> None:
    steps = re.findall(r"^make ([a-z]+)", (ROOT / ".ci" / "run").read_text(encoding="utf-8"), re.MULTILINE)
    assert steps.index("test") < steps.index("smoke")
    assert "deploy/smoke.sh" in (ROOT / "Makefile").read_text(encoding="utf-8")


def test_the_page_names_every_file() -> None:
    page = (DEPLOY / "README.md").read_text(encoding="utf-8")
    names = [path.name for path in all_files() if path.parent == DEPLOY and path.name != "README.md"]

    assert len(names) > 10
    assert [] == [name for name in names if f"`{name}`" not in page]
