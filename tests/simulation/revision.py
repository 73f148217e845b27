# SPDX-License-Identifier: AGPL-3.0-or-later
"""Of which commit the tree is that is played: a seed is the same day only there."""

from __future__ import annotations

import subprocess
from pathlib import Path

#: Stands behind a commit whose files were changed since: nobody knows what was played, so nothing goes on behind it.
CHANGED = "+"
ROOT = Path(__file__).resolve().parents[2]
#: Written while the long run is played, and read by nothing that plays: it may differ from the commit.
RECORD = "docs/simulation-record.md"
#: Where seeds that once failed are kept as tests.
KEPT = "tests/simulation/test_days.py"


def commit(root: Path = ROOT) -> str:
    """What is played: the commit of this tree. Where there is no git: `unknown+`."""
    found = _git(root, "rev-parse", "--short=12", "HEAD")
    changed = _git(root, "status", "--porcelain", "--untracked-files=no", "--", ".", f":(exclude){RECORD}")
    if found is None or changed is None:
        return f"unknown{CHANGED}"
    return found + CHANGED * bool(changed)


def kept_by(seed: int, since: str, root: Path = ROOT) -> str | None:
    """The first commit after `since` that keeps this seed as a test: the one that mended it. None while none does."""
    pattern = (f'-S^    {seed}: "', "--pickaxe-regex")
    found = _git(root, "log", "--reverse", "--format=%h", "--abbrev=12", *pattern, f"{since}..HEAD", "--", KEPT)
    return found.split()[0] if found else None


def _git(root: Path, *words: str) -> str | None:
    """What git says; None where there is none, or no repository."""
    try:
        found = subprocess.run(["git", *words], cwd=root, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return found.stdout.strip()
