# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a ring does by itself every few minutes: accept invoices that nobody declined, tell members what happened."""

from __future__ import annotations

from ringtausch_node.rounds.service import Rounds

__all__ = ["Rounds"]
