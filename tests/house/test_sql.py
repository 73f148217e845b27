# SPDX-License-Identifier: AGPL-3.0-or-later
"""SQL is put together from our own constants only; every value is bound. S608 of ruff cannot tell the two apart."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.house.tree import NODE, name_of, python_files, syntax_of

SQL = re.compile(r"^\s*(SELECT|INSERT|UPDATE|DELETE|WITH|CREATE|DROP|ALTER|PRAGMA|ATTACH)\b")
CONSTANT = re.compile(r"^_*[A-Z][A-Z0-9_]*$")


def _is_constant(node: ast.expr) -> bool:
    if isinstance(node, ast.Name):
        return CONSTANT.match(node.id) is not None
    return isinstance(node, ast.Attribute) and CONSTANT.match(node.attr) is not None


def _formatted_sql() -> Iterator[tuple[str, ast.expr]]:
    """Every value that an f-string of SQL takes up."""
    for path in python_files(NODE):
        for node in ast.walk(syntax_of(path)):
            if isinstance(node, ast.JoinedStr) and SQL.match(_beginning(node)):
                for part in node.values:
                    if isinstance(part, ast.FormattedValue):
                        yield f"{name_of(path)}:{node.lineno}", part.value


def _beginning(node: ast.JoinedStr) -> str:
    first = node.values[0] if node.values else None
    return str(first.value) if isinstance(first, ast.Constant) else ""


def test_sql_takes_up_constants_only() -> None:
    variable = [f"{where} {ast.unparse(value)}" for where, value in _formatted_sql() if not _is_constant(value)]

    assert [] == variable, "bind it with ?"


def test_sql_is_not_put_together_from_pieces() -> None:
    pieces = [
        f"{name_of(path)}:{node.lineno}"
        for path in python_files(NODE)
        for node in ast.walk(syntax_of(path))
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod)
        if isinstance(node.left, ast.Constant) and isinstance(node.left.value, str) and SQL.match(node.left.value)
        if not _is_constant(node.right)
    ]

    assert [] == pieces, "bind it with ?"
