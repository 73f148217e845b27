# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where the root keys lie: at first in the folder, soon on a stick in a drawer, in any case in a file or on a sheet."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from ringtausch_node.errors import LocalError
from ringtausch_node.folder import RootFile, parse_seed, seed_text, write_file
from ringtausch_node.keyring.issue import Roots
from ringtausch_node.keyring.sheet import read_sheet
from ringtausch_protocol import limits

#: A file with the seeds of eight keys and of eight more; a sheet of paper typed in.
ROOT_FILE_BYTES = 16 * 1024


def root_path(folder: Path) -> Path:
    """Where `init` puts the root keys."""
    return folder / "keys" / "root.json"


def load_roots(folder: Path, file: Path | None = None) -> Roots:
    """The root keys from `file` (a root.json or a typed sheet), or from the folder if they still lie there.

    Raises LocalError: root_missing, file_unreadable, sheet_line, root_file.
    """
    place = file or root_path(folder)
    try:
        data = place.read_bytes()[: ROOT_FILE_BYTES + 1]
    except FileNotFoundError:
        raise LocalError("root_missing" if file is None else "file_unreadable", place.name) from None
    except OSError as error:
        raise LocalError("file_unreadable", f"{place.name}: {os.strerror(error.errno or 0)}") from None
    return parse_roots(data)


def parse_roots(data: bytes) -> Roots:
    """Read a root.json or a typed sheet. Raises LocalError: sheet_line, root_file."""
    if len(data) > ROOT_FILE_BYTES:
        raise LocalError("root_file", "too large")
    if not data.lstrip().startswith(b"{"):
        try:
            return read_sheet(data.decode())
        except UnicodeDecodeError:
            raise LocalError("root_file", "no text") from None
    try:
        table = msgspec.json.decode(data, type=RootFile)
        found = Roots([parse_seed(text) for text in table.root], [parse_seed(text) for text in table.next_root])
    except (ValueError, RecursionError):
        raise LocalError("root_file", "root.json") from None
    if not all(1 <= len(seeds) <= limits.ROOT_KEYS_MAX for seeds in found):
        raise LocalError("root_file", "root.json")
    return found


def write_roots(out: Path, roots: Roots) -> None:
    """Write a root.json where there is none. Raises LocalError: file_exists, file_unreadable."""
    if out.exists():
        raise LocalError("file_exists", out.name)
    table = RootFile(root=[*map(seed_text, roots.root)], next_root=[*map(seed_text, roots.next_root)])
    try:
        write_file(out, msgspec.json.format(msgspec.json.encode(table)) + b"\n")
    except OSError as error:
        raise LocalError("file_unreadable", f"{out.name}: {os.strerror(error.errno or 0)}") from None


def move_apart(folder: Path, out: Path) -> None:
    """Move the root keys out of the folder: written elsewhere and read again before they go here.

    Raises LocalError: root_missing, file_exists, file_unreadable, root_inside (that would still be the node's folder).
    """
    if out.absolute().resolve().is_relative_to(folder.absolute().resolve()):
        raise LocalError("root_inside", out.name)
    roots = load_roots(folder)
    write_roots(out, roots)
    if load_roots(folder, out) != roots:
        raise LocalError("file_unreadable", f"{out.name}: reads otherwise than written")
    root_path(folder).unlink()
