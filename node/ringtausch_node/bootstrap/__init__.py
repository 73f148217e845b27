# SPDX-License-Identifier: AGPL-3.0-or-later
"""The composition root: from a folder to a working ring. No rule lives here."""

from __future__ import annotations

from ringtausch_node.bootstrap.opening import found_ring, open_ring
from ringtausch_node.ring import Ring

__all__ = ["Ring", "found_ring", "open_ring"]
