# SPDX-License-Identifier: AGPL-3.0-or-later
"""The node of a ring: books, members, payments, lines to other rings, command line. ARCHITECTURE.md shows the rooms."""

from __future__ import annotations

__all__ = ["__version__"]

__version__: str


def __getattr__(name: str) -> str:
    """`__version__`, read from the installed distribution when somebody asks: it costs as much as a whole command."""
    if name == "__version__":
        from ringtausch_node.version import version

        return version()
    raise AttributeError(name)
