# SPDX-License-Identifier: AGPL-3.0-or-later
"""`python -m ringtausch_node` is the command `ringtausch`."""

from __future__ import annotations

from ringtausch_node.cli import main

main()
