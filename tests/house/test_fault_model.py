# SPDX-License-Identifier: AGPL-3.0-or-later
"""The fault model names tests and mutants: what it names is there, and no mutant is left out."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.house.tree import ROOT, name_of, python_files, syntax_of
from tests.mutants.table import MUTANTS

PAGE = ROOT / "docs" / "fault-model.md"
#: `test_file.py#test_name`, `tests/room/test_file.py`, or `#test_name` alone, which goes on with the file named before.
NAMED = re.compile(r"`([\w/]*test_\w+\.py)?(?:#(\w+))?`")
_Function = (ast.FunctionDef, ast.AsyncFunctionDef)


def _named() -> Iterator[tuple[str, str]]:
    """File and function of every test that the page names; the function may be empty."""
    file = ""
    for named, function in NAMED.findall(PAGE.read_text(encoding="utf-8")):
        file = named or file
        if named or function:
            yield file, function


def _files_of(name: str) -> list[Path]:
    return [path for path in python_files(ROOT / "tests") if f"/{name_of(path)}".endswith(f"/{name}")]


def _is_there(name: str, function: str) -> bool:
    found = _files_of(name)
    names = {node.name for path in found for node in syntax_of(path).body if isinstance(node, _Function)}
    return bool(found) and (not function or function in names)


def test_every_test_that_the_page_names_is_there() -> None:
    assert len([*_named()]) > 50
    assert [] == [f"{name}#{function}" for name, function in _named() if not _is_there(name, function)]


def test_every_mutant_of_days_stands_on_the_page_and_no_other() -> None:
    rows = re.findall(r"^\| ([^|]+) \| [^|]+ \| \d+ \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)

    assert sorted(mutant.name for mutant in MUTANTS if not mutant.tests) == sorted(rows)
