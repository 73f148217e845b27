# SPDX-License-Identifier: AGPL-3.0-or-later
"""What commands that write a file have in common."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from ringtausch_node.cli.commands import F, option
from ringtausch_node.cli.failures import misuse
from ringtausch_node.errors import LocalError
from ringtausch_node.folder import write_file


def out_option(german: str, english: str, *, required: bool = True) -> Callable[[F], F]:
    """--out, where a file is written."""
    return option(
        "--out", type=click.Path(path_type=Path), metavar="FILE", required=required, german=german, english=english
    )


def write_new(out: Path, data: bytes) -> None:
    """Write a file where there is none. Raises LocalError('file_exists')."""
    if out.exists():
        raise LocalError("file_exists", out.name)
    try:
        write_file(out, data)
    except OSError as error:
        raise misuse("file_unreadable", f"{out.name}: {error.strerror}") from None
