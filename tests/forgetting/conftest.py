# SPDX-License-Identifier: AGPL-3.0-or-later
"""Towns, as in the tests of their lines."""

from __future__ import annotations

from tests.federation.conftest import elm, oak, open_pair, pair, towns

__all__ = ["elm", "oak", "open_pair", "pair", "towns"]
