# SPDX-License-Identifier: AGPL-3.0-or-later
"""Signed messages of other rings."""

from __future__ import annotations

from ringtausch_node.peer_api.app import build_app
from ringtausch_node.peer_api.edge import PeerLimits

__all__ = ["PeerLimits", "build_app"]
