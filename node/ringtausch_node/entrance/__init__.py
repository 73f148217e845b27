# SPDX-License-Identifier: AGPL-3.0-or-later
"""How people come in: codes on paper and by mail, a password if they like, and devices that stay signed in."""

from __future__ import annotations

from ringtausch_node.entrance.service import Entrance

__all__ = ["Entrance"]
