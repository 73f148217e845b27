# SPDX-License-Identifier: AGPL-3.0-or-later
"""The store: one writer, whole functions in one hop, group commit. The only room that knows SQLite."""

from __future__ import annotations

from ringtausch_node.store.store import Store
from ringtausch_node.store.tx import Cursor, Row, Tx

__all__ = ["Cursor", "Row", "Store", "Tx"]
