# SPDX-License-Identifier: AGPL-3.0-or-later
"""How long functions and files are, and the most they may be: `python -m tests.house.sizes` lowers `ratchet.json`.

The ratchet turns one way. Whoever shortens something writes the smaller number down; nobody writes a larger one.
"""

from __future__ import annotations

import ast
import json
import sys
from functools import cache
from pathlib import Path

from tests.house.tree import NODE, PROTOCOL, ROOT, name_of, python_files, syntax_of

RATCHET = Path(__file__).with_name("ratchet.json")
PLACES = {"node": NODE, "protocol": PROTOCOL, "tests": ROOT / "tests"}
#: Above these a reader scrolls: the function has a second thing in it, the file a second room.
FUNCTION_LINES = 30
FILE_LINES = 300

Sizes = dict[str, dict[str, int]]


@cache
def functions(place: Path) -> list[tuple[int, str]]:
    """Length and place of every function, the longest first. Docstrings count, tables in decorators do not."""
    return sorted(
        (
            ((node.end_lineno or node.lineno) - node.lineno + 1, f"{name_of(path)}:{node.lineno} {node.name}")
            for path in python_files(place)
            for node in ast.walk(syntax_of(path))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        ),
        reverse=True,
    )


@cache
def files(place: Path) -> list[tuple[int, str]]:
    """Lines and place of every file, the longest first."""
    lengths = ((len(path.read_text(encoding="utf-8").splitlines()), name_of(path)) for path in python_files(place))
    return sorted(lengths, reverse=True)


def measure() -> Sizes:
    """The sizes as they are."""
    return {
        name: {
            "longest_function": max((lines for lines, _ in functions(place)), default=0),
            f"functions_over_{FUNCTION_LINES}": sum(lines > FUNCTION_LINES for lines, _ in functions(place)),
            f"files_over_{FILE_LINES}": sum(lines > FILE_LINES for lines, _ in files(place)),
        }
        for name, place in PLACES.items()
    }


def allowed() -> Sizes:
    """The sizes as they may be."""
    sizes: Sizes = json.loads(RATCHET.read_text(encoding="utf-8"))
    return sizes


def longest(name: str, most: int = 10) -> str:
    """What to look at first in a place."""
    rows = [f"  {lines:4} {where}" for lines, where in functions(PLACES[name]) if lines > FUNCTION_LINES][:most]
    rows += [f"  {lines:4} {where}" for lines, where in files(PLACES[name]) if lines > FILE_LINES][:most]
    return "\n".join(rows)


def main() -> int:
    """Write the present sizes down, unless one of them has grown."""
    present = measure()
    before = allowed() if RATCHET.exists() else present
    grown = [
        f"{name} {what}: {size}, allowed {before[name][what]}\n{longest(name)}"
        for name, sizes in present.items()
        for what, size in sizes.items()
        if size > before[name][what]
    ]
    if grown:
        sys.stderr.write("Nothing written; this has grown:\n" + "\n".join(grown) + "\n")
        return 1
    RATCHET.write_text(json.dumps(present, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
