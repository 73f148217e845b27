# SPDX-License-Identifier: AGPL-3.0-or-later
"""Two peered rings, silent; oak's log is read."""

from __future__ import annotations

from tests.federation.conftest import elm, oak, pair, towns

__all__ = ["elm", "oak", "pair", "towns"]
