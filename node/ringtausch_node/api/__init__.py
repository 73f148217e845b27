# SPDX-License-Identifier: AGPL-3.0-or-later
"""JSON for the programs of members."""

from __future__ import annotations

from ringtausch_node.api.app import ApiLimits, build_app

__all__ = ["ApiLimits", "build_app"]
