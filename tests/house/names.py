# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which names from elsewhere a file uses, written in full: `from time import time as now; now()` is `time.time`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tests.house.tree import name_of, syntax_of


class Use(NamedTuple):
    """A name from elsewhere, where it is used."""

    file: str
    line: int
    name: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line} uses {self.name}"


def imported_modules(path: Path) -> Iterator[tuple[int, str]]:
    """Line and full name of every import, relative ones left out (there are none)."""
    for node in ast.walk(syntax_of(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, each.name) for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.lineno, f"{node.module}.{each.name}") for each in node.names)


@cache
def uses(path: Path) -> tuple[Use, ...]:
    """Every use of an imported name, and every name as it is imported with `from`."""
    return tuple(_uses(path))


def _uses(path: Path) -> Iterator[Use]:
    known = dict(_bindings(syntax_of(path)))
    for node in ast.walk(syntax_of(path)):
        if isinstance(node, ast.Attribute | ast.Name):
            full = _full_name(node, known)
            if full is not None:
                yield Use(name_of(path), node.lineno, full)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (Use(name_of(path), node.lineno, f"{node.module}.{each.name}") for each in node.names)


def _bindings(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for each in node.names:
                yield (each.asname, each.name) if each.asname else (each.name.partition(".")[0],) * 2
        elif isinstance(node, ast.ImportFrom) and node.module:
            for each in node.names:
                yield each.asname or each.name, f"{node.module}.{each.name}"


def _full_name(node: ast.Attribute | ast.Name, known: dict[str, str]) -> str | None:
    parts: list[str] = []
    inner: ast.expr = node
    while isinstance(inner, ast.Attribute):
        parts.append(inner.attr)
        inner = inner.value
    if not isinstance(inner, ast.Name) or inner.id not in known:
        return None
    return ".".join([known[inner.id], *reversed(parts)])
