# SPDX-License-Identifier: AGPL-3.0-or-later
"""What an auditor has: a place to import from that holds the two libraries of the protocol package and nothing else."""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path


def _with_dependencies(name: str) -> set[str]:
    """A distribution and what it needs on this machine, by name."""
    found = {name}
    for requirement in metadata.requires(name) or ():
        if "extra ==" not in requirement:
            needed = re.match(r"[A-Za-z0-9._-]+", requirement)
            assert needed is not None
            try:
                metadata.version(needed[0])
            except metadata.PackageNotFoundError:
                continue  # for another Python or another system
            found |= _with_dependencies(needed[0])
    return found


def bare_site(folder: Path) -> Path:
    """A folder to import from that holds nothing but msgspec and cryptography with what they need."""
    folder.mkdir()
    for name in _with_dependencies("msgspec") | _with_dependencies("cryptography"):
        distribution = metadata.distribution(name)
        tops = {file.parts[0] for file in distribution.files or () if file.parts[0] not in {"..", "__pycache__"}}
        for top in tops:
            (folder / top).symlink_to(Path(str(distribution.locate_file(top))))
    return folder
