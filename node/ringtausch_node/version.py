# SPDX-License-Identifier: AGPL-3.0-or-later
"""The version of this program, from its installed distribution."""

from __future__ import annotations


def version() -> str:
    """The version as in `pyproject.toml`; "0+unknown" where the source runs without being installed."""
    from importlib import metadata  # here, because it costs as much as the whole start of a small command

    try:
        return metadata.version("ringtausch")
    except metadata.PackageNotFoundError:
        return "0+unknown"
