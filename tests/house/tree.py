# SPDX-License-Identifier: AGPL-3.0-or-later
"""The repository as the house tests see it: its files, and its Python as syntax trees."""

from __future__ import annotations

import ast
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NODE = ROOT / "node" / "ringtausch_node"
PROTOCOL = ROOT / "protocol" / "ringtausch_protocol"

#: Made by setup and tools; only looked at where git cannot say what belongs to the tree.
_MADE = {".git", ".venv", ".hypothesis", ".mypy_cache", ".pytest_cache", ".ruff_cache", "__pycache__", "build", "dist"}


@cache
def all_files() -> tuple[Path, ...]:
    """Every file that is or would be committed. Without git (an unpacked archive): every file that nobody made."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    if listed.returncode == 0:
        found = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    else:
        found = [path for path in ROOT.rglob("*") if not _MADE & set(path.relative_to(ROOT).parts)]
    return tuple(sorted(path for path in found if path.is_file() and ".venv" not in path.relative_to(ROOT).parts))


def name_of(path: Path) -> str:
    """The path as a person writes it."""
    return path.relative_to(ROOT).as_posix()


def python_files(*places: Path) -> list[Path]:
    """The Python files below `places` (default: all)."""
    wanted = places or (ROOT,)
    return [path for path in all_files() if path.suffix == ".py" and any(path.is_relative_to(at) for at in wanted)]


@cache
def syntax_of(path: Path) -> ast.Module:
    """A file as a syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=name_of(path))


def text_of(path: Path) -> str | None:
    """A file as text; None for pictures and other bytes."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None
