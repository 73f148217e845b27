# SPDX-License-Identifier: AGPL-3.0-or-later
"""Of which commit the tree is that is played: a seed is the same day only there."""

from __future__ import annotations

import subprocess
from pathlib import Path

#: Stands behind a commit whose files were changed since: nobody knows what was played, so nothing goes on behind it.
CHANGED = "+"
ROOT = Path(__file__).resolve().parents[2]


def commit() -> str:
    """What is played: the commit of this tree. Where there is no git: `unknown+`."""
    describe = ["git", "describe", "--always", "--abbrev=12", f"--dirty={CHANGED}"]
    try:
        found = subprocess.run(describe, cwd=ROOT, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError):
        return f"unknown{CHANGED}"
    return found.stdout.strip()
