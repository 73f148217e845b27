# SPDX-License-Identifier: AGPL-3.0-or-later
"""Oak and its peer elm, whose logs a test may make up; both silent."""

from __future__ import annotations

from tests.federation.conftest import elm, oak, open_pair, pair, towns

__all__ = ["elm", "oak", "open_pair", "pair", "towns"]
