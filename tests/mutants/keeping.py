# SPDX-License-Identifier: AGPL-3.0-or-later
"""What was found so far, in a file of text: an hour's work that a machine may interrupt.

The first line says of which commit it is. Another commit, or a tree that was changed, begins anew.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.simulation.revision import CHANGED

NEVER = "never"
#: Between number, name and what noticed it: names have colons.
GAP = "  "


class Record:
    """Seeds that each mutant needed, by name; None: it was never noticed. Each is printed as it comes."""

    def __init__(self, path: Path | None, of: str) -> None:
        self._path, self._of = path, of
        self.needed: dict[str, int | None] = {}

    @classmethod
    def opened(cls, path: Path | None, of: str) -> Record:
        """Go on where the file ends, or begin one."""
        record = cls(path, of)
        lines = path.read_text(encoding="utf-8").splitlines() if path is not None and path.exists() else []
        if lines[:1] == [record._head] and not of.endswith(CHANGED):
            for line in lines[1:]:
                record._take(line)
        elif path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(record._head + "\n", encoding="utf-8")
        return record

    def add(self, name: str, number: int | None, what: str) -> None:
        """One more."""
        line = f"{NEVER if number is None else number:>5}{GAP}{name}{GAP}{what}"
        self._take(line)
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
        if self._path is not None:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(line + "\n")

    @property
    def _head(self) -> str:
        return f"commit {self._of}"

    def _take(self, line: str) -> None:
        number, name, _ = line.lstrip().split(GAP, 2)
        self.needed[name] = None if number == NEVER else int(number)
