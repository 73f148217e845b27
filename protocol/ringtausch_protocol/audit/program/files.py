# SPDX-License-Identifier: Apache-2.0
"""Writing files: whole or not at all."""

from __future__ import annotations

from pathlib import Path


def put(path: Path, data: bytes) -> None:
    """Write a file whole or not at all. Raises OSError."""
    draft = path.with_name(f".{path.name}.new")
    draft.write_bytes(data)
    draft.replace(path)


def put_below(path: Path, data: bytes) -> None:
    """Write a file, and the folders that it needs. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    put(path, data)
